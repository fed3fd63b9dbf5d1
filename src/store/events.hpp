// The part of the event store that is the same in both dialects.
#pragma once

#include <memory>

#include "store/session.hpp"

namespace lectr::store {

class SqlEvents : public EventStore {
 public:
  explicit SqlEvents(std::shared_ptr<Database> database) : database_{std::move(database)} {}
  Result<std::vector<Event>> walk(OrgId org, std::int64_t from_us, std::int64_t to_us, const std::optional<RequestCursor>& after,
                                  std::size_t limit) override;
  Result<RequestPage> requests(const RequestFilter& filter, std::optional<RequestCursor> before, std::size_t limit, RequestSort sort) override;
  Result<Event> request(OrgId org, const Uuid& id) override;
  Result<Overview> overview(OrgId org, std::int64_t from_us, std::int64_t to_us) override;
  Result<Aggregate> aggregate(const AggregateQuery& query) override;
  Result<std::vector<UsageGroup>> usage(const RollupFilter& filter) override;
  Result<std::vector<RuleHits>> rule_hits(OrgId org, std::int64_t from_us, std::int64_t to_us) override;
  Result<std::optional<std::int64_t>> oldest_us(OrgId org) override;
  Result<void> keep_house(std::span<const Retention> retention, std::int64_t now_us) override;
  Result<void> rebuild_rollups() override;

 protected:
  // Rows per transaction of roll_up(), which other writers of SQLite wait for.
  static constexpr std::size_t kRolledAtOnce = 20'000;
  virtual Result<void> start_rebuild() = 0;

  std::shared_ptr<Database> database_;
};

std::unique_ptr<ControlStore> make_control_store(std::shared_ptr<Database> database);
std::unique_ptr<AlertStore> make_alert_store(std::shared_ptr<Database> database);

}  // namespace lectr::store
