// What an org sets for itself within its control state: read, checked and written. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "config/control_members.hpp"

namespace lectr::config {

// The members of the document that belong to it.
inline constexpr std::string_view kOwnMembers[] = {"document_only", "exact_stream_usage", "anomalies", "retention", "providers", "models", "prices"};

OwnSettings own_settings_of(const Members& document, Problems& problems);
void check_own_settings(const OwnSettings& own, const Registry& registry, Problems& problems);
void write_own_settings(nlohmann::ordered_json& out, const OwnSettings& own);

}  // namespace lectr::config
