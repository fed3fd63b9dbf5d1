// Where `lectr health` asks. Pure.
#pragma once

#include <string>

#include "lectr/config/settings.hpp"

namespace lectr::app {

// The dashboard listener's /health as this machine reaches it: an address that means "all interfaces" becomes loopback. Empty when the settings leave
// the port to the system (port 0): only the daemon's `ready` line knows it then.
std::string health_url(const config::Listen& admin);

}  // namespace lectr::app
