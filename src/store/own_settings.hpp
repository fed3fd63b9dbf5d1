#pragma once

#include "lectr/store/control_store.hpp"

namespace lectr::store {

// What orgs have set before settings belonged to their control states becomes part of these: a version each, once.
Result<void> adopt_own_settings(ControlStore& store);

}  // namespace lectr::store
