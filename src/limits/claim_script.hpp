// A claim as Redis takes it: the script that counts, its arguments and its answer. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lectr/base/ids.hpp"
#include "lectr/base/result.hpp"
#include "lectr/limits/claim.hpp"

namespace lectr::limits {

// Keys in Redis are opaque: names of limits, features and models stay out of it. All keys of an org carry its tag, so they share a slot.
std::string redis_key(OrgId org, Kind kind, const std::string& key);

std::string_view claim_script() noexcept;

// What follows EVALSHA and the digest: the number of keys, the keys, the arguments. `time_ms`: -1 but in tests, where it stands for the server's clock.
std::vector<std::string> claim_arguments(OrgId org, const Call& call, std::int64_t time_ms = -1);

// The numbers that the script answered. False: they can't be an answer to a call of so many items.
bool read_claim_answer(std::span<const std::int64_t> numbers, std::size_t items, Reply& reply);

}  // namespace lectr::limits
