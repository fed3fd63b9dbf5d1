// What the members of a control state must be to each other and to the world. Pure.
#pragma once

#include "lectr/config/control.hpp"

namespace lectr::config {

Problems check_control(const Control& control, const Registry& registry);

// Whether everything that `narrow` matches is matched by `wide` too. May say no where it would take a proof: then a rule stays that is of no use.
bool covers(const Match& wide, const Match& narrow) noexcept;

}  // namespace lectr::config
