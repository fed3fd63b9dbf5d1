// Which version a plan was made against, so that applying the same file later can tell that the state has moved since. A file of the user's own; it holds
// hashes and versions, no document and no secret.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace lectr::app::ascode {

inline constexpr std::size_t kMostPlanNotes = 100;

// $XDG_CACHE_HOME/lectr/plans.json or ~/.cache/lectr/plans.json; empty: neither is known.
std::string plan_notes_path();
// Of a document for a gateway and org.
std::string plan_hash(const nlohmann::ordered_json& document, const std::string& target);

// All of them take a file that is missing or broken for an empty one. Written whole, for the user alone (0600); false: it can't be.
std::optional<std::int64_t> noted_base(const std::string& path, const std::string& hash);
bool note_plan(const std::string& path, const std::string& hash, std::int64_t base_version);
void forget_plan(const std::string& path, const std::string& hash);

}  // namespace lectr::app::ascode
