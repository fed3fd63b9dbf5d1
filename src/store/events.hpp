// The part of the event store that is the same in both dialects.
#pragma once

#include <memory>

#include "store/session.hpp"

namespace lectr::store {

class SqlEvents : public EventStore {
 public:
  explicit SqlEvents(std::shared_ptr<Database> database) : database_{std::move(database)} {}
  Result<RequestPage> requests(const RequestFilter& filter, std::optional<RequestCursor> before, std::size_t limit, RequestSort sort) override;
  Result<Event> request(OrgId org, const Uuid& id) override;
  Result<Aggregate> aggregate(const AggregateQuery& query) override;
  Result<std::optional<std::int64_t>> oldest_us(OrgId org) override;
  Result<std::size_t> roll_up() override { return std::size_t{0}; }
  Result<void> keep_house(std::span<const Retention>, std::int64_t) override { return {}; }
  Result<void> rebuild_rollups() override { return {}; }

 protected:
  std::shared_ptr<Database> database_;
};

std::unique_ptr<ControlStore> make_control_store(std::shared_ptr<Database> database);

}  // namespace lectr::store
