// The partitions of `events`, one a day (by the time that ids begin with): made ahead, and dropped whole.
#pragma once

#include <span>

#include "store/postgres/database.hpp"

namespace lectr::store::postgres {

void make_partitions(Session& session, std::int64_t now_us);
// Drops what every org's retention is past. Nothing, if an org keeps its rows for ever or none is known; what is locked is left for the next time.
Result<void> drop_partitions(PostgresDatabase& database, std::span<const Retention> retention, std::int64_t now_us);

}  // namespace lectr::store::postgres
