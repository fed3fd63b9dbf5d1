// The health of all providers that an org used today, from its sums and its newest failures.
#pragma once

#include <map>
#include <string>

#include "api/context.hpp"
#include "api/health.hpp"
#include "api/json.hpp"

namespace lectr::api {

// By provider; one that is not in it had no request in 24 hours.
Result<std::map<std::string, Health>> provider_health(const OwnStores& own, std::int64_t now_us);
Health health_of(const std::map<std::string, Health>& all, const std::string& provider);
Json to_json(const Health& health);

}  // namespace lectr::api
