#include "store/events.hpp"

#include "store/columns.hpp"

namespace lectr::store {

Result<RequestPage> SqlEvents::requests(const RequestFilter& filter, std::optional<RequestCursor> before, std::size_t limit, RequestSort) {
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

// To be served from rollups.
Result<Aggregate> SqlEvents::aggregate(const AggregateQuery& query) {
  Aggregate out{.from_us = query.filter.from_us, .to_us = query.filter.to_us};
  const auto done = database_->read([&](Session& session) {
    session.run(Query{"SELECT " + column_names() + " FROM events WHERE org_id = ? AND completed_at_us >= ? AND completed_at_us < ?", query.filter.org,
                      out.from_us, out.to_us},
                [&](const Row& row) { out.total.add(event_of(row)); });
  });
  if (!done) return done.error();
  return out;
}

Result<std::optional<std::int64_t>> SqlEvents::oldest_us(OrgId org) {
  std::optional<std::int64_t> oldest;
  const auto done = database_->read([&](Session& session) {
    session.run(Query{"SELECT completed_at_us FROM events WHERE org_id = ? ORDER BY completed_at_us LIMIT 1", org},
                [&](const Row& row) { oldest = row.number(0); });
  });
  if (!done) return done.error();
  return oldest;
}

}  // namespace lectr::store
