// The part of the event store that is the same in both dialects.
#pragma once

#include <memory>

#include "store/session.hpp"

namespace lectr::store {

class SqlEvents : public EventStore {
 public:
  explicit SqlEvents(std::shared_ptr<Database> database) : database_{std::move(database)} {}
  Result<RequestPage> requests(const RequestFilter& filter, std::optional<RequestCursor> before, std::size_t limit) override;
  Result<Event> request(OrgId org, const Uuid& id) override;

 protected:
  std::shared_ptr<Database> database_;
};

std::unique_ptr<ControlStore> make_control_store(std::shared_ptr<Database> database);

}  // namespace lectr::store
