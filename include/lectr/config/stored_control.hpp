// Control states as they were stored: what was good enough when it was written stays in force.
#pragma once

#include "lectr/config/control.hpp"

namespace lectr::config {

// As parse_control, but texts that look like a secret are taken: an older version of Lectr let them in, and an upgrade must not put an org's rules and
// limits out of force. The next change by hand or by file is asked to name a reference instead.
boost::system::result<Control, Problems> parse_stored_control(std::string_view json, const Registry& registry);

}  // namespace lectr::config
