// Whose key this is, from its looks. Pure, no allocation.
#pragma once

#include <optional>
#include <string_view>

#include "lectr/config/snapshot.hpp"

namespace lectr::policy {

// `certain`: a prefix or an unmistakable shape; it may settle where a request goes. `likely`: a shape that others' keys can have too; it only
// breaks ties.
struct KeyOwner {
  std::optional<config::ProviderIndex> certain, likely;
};

KeyOwner key_owner(const config::Registry& registry, std::string_view credential) noexcept;

}  // namespace lectr::policy
