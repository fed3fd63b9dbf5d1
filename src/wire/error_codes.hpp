// Classes of provider errors (PROVIDERS.md §1.3). The texts are a known list: what a peer wrote never leaves.
#pragma once

#include <cstdint>
#include <string_view>

#include "lectr/base/event.hpp"

namespace lectr::wire {

struct KnownError {
  std::string_view text;  // static
  ErrorCategory category = ErrorCategory::none;
  bool generic = false;  // says little (invalid_request_error comes with a wrong key too): a telling status decides
};

// Null: not on the list.
const KnownError* find_known_error(std::string_view text) noexcept;

ErrorCategory category_of_status(unsigned status) noexcept;  // none below 400

}  // namespace lectr::wire
