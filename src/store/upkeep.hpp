// Deleting what is older than its retention, in bounded transactions and a bounded time per call; the next call goes on.
#pragma once

#include <span>

#include "store/session.hpp"

namespace lectr::store {

// Rows first, then rollups. Only rows that are in the rollups are deleted, and none while rollups are rebuilt.
Result<void> delete_expired(Database& database, std::span<const Retention> retention, std::int64_t now_us);
// The time before which what is kept for so many days has expired: a whole day, so that no stretch of the rollups is cut in two.
std::int64_t expiry_us(int days, std::int64_t now_us) noexcept;

}  // namespace lectr::store
