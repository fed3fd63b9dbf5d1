// Texts that look like a secret don't get into a document that is stored, shown and committed. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "lectr/config/control.hpp"

namespace lectr::config {

// Whether this is in all likelihood a credential: a provider's or a well-known service's form of key, a token in a header's form, a private key, or a
// long random word. Names of models and features are not.
bool looks_secret(std::string_view text, const Registry& registry) noexcept;

// A problem for each member of the document that holds one. It is never repeated.
void refuse_secrets(const nlohmann::json& document, const Registry& registry, Problems& problems);

}  // namespace lectr::config
