// Five minutes of every feature of every org, for the detector of anomalies, and which combinations they were made of.
#pragma once

#include "lectr/store/insight_store.hpp"
#include "store/session.hpp"

namespace lectr::store {

// As far as rows are rolled up. In the order of time; within a bucket an org's features come before its sum.
std::vector<FeatureBucket> read_buckets(Session& session, std::int64_t from_us, std::int64_t to_us, std::optional<OrgId> org);

std::vector<ShareRow> read_shares(Session& session, OrgId org, const std::optional<std::string>& feature, std::span<const TimeSpan> spans,
                                  std::int64_t slow_above_us);

}  // namespace lectr::store
