// Channels of alerts within a control state: read and checked. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lectr/config/control.hpp"

namespace lectr::config {

Channel channel_of(const nlohmann::json& from, const std::string& path, Problems& problems);
void check_channel(const Channel& channel, const std::string& path, Problems& problems);

}  // namespace lectr::config
