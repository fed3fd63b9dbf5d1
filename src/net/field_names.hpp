// Which field a name is. Pure.
#pragma once

#include <string_view>

#include "lectr/net/head.hpp"

namespace lectr::net {

FieldId field_id(std::string_view name) noexcept;  // in any case

}  // namespace lectr::net
