// Finding rows: newest first or by a value, with every filter. Rare ones are found by the rollups: their indexes say which stretches of time have
// a row of the wanted dimensions, and what their slowest, longest or dearest row is; only minutes that can matter are read from the table.
// Rows behind the watermark are looked at in any case. Within the caller's transaction.
#pragma once

#include "store/session.hpp"

namespace lectr::store {

RequestPage find_requests(Session& session, const RequestFilter& filter, const std::optional<RequestCursor>& before, std::size_t limit,
                          RequestSort sort);

}  // namespace lectr::store
