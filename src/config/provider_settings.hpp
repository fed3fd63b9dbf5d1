// The settings of one provider, from the file and from the environment.
#pragma once

#include <string>
#include <string_view>

#include "lectr/config/settings.hpp"

namespace lectr::config {

// The entry for a name (lower case), made if there is none yet. Valid until the next call.
ProviderOverride& provider_entry(Settings& settings, std::string_view name);

// "base_url" or "ca_file" of a provider. The reason of a refusal, or empty.
std::string set_provider(ProviderOverride& provider, std::string_view field, std::string_view text);

}  // namespace lectr::config
