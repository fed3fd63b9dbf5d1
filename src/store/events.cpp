#include "store/events.hpp"

#include "store/columns.hpp"

namespace lectr::store {

Result<RequestPage> SqlEvents::requests(const RequestFilter& filter, std::optional<RequestCursor> before, std::size_t limit) {
  RequestPage page;
  const Query query = requests_query(filter, before, limit);
  const auto done = database_->read([&](Session& session) {
    page.rows.clear();
    session.run(query, [&](const Row& row) { page.rows.push_back(event_of(row)); });
  });
  if (!done) return done.error();
  if (page.rows.size() > limit) {
    page.rows.resize(limit);
    if (limit > 0) page.next = RequestCursor{page.rows.back().completed_at_us, page.rows.back().id};
  }
  return page;
}

Result<Event> SqlEvents::request(OrgId org, const Uuid& id) {
  std::optional<Event> found;
  const auto done = database_->read([&](Session& session) { session.run(request_query(org, id), [&](const Row& row) { found = event_of(row); }); });
  if (!done) return done.error();
  if (!found) return failures::kNotFound;
  return *std::move(found);
}

}  // namespace lectr::store
