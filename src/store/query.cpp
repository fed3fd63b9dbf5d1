#include "store/query.hpp"

#include "store/columns.hpp"
#include "store/row_text.hpp"

namespace lectr::store {

Query::Value Query::value(std::string_view v) {
  std::string scratch;
  return std::string{storable(v, scratch)};
}

void Query::append(std::string_view text) {
  for (const char c : text) {
    sql_ += c == '?' ? '$' : c;
    if (c == '?') sql_ += std::to_string(++used_);
  }
}

Query requests_query(const RequestFilter& filter, const std::optional<RequestCursor>& before, std::size_t limit) {
  Query q{"SELECT " + column_names() + " FROM events WHERE org_id = ?", filter.org};
  if (filter.from_us) q.add(" AND completed_at_us >= ?", *filter.from_us);
  if (filter.to_us) q.add(" AND completed_at_us < ?", *filter.to_us);
  if (before) q.add(" AND (completed_at_us, id) < (?, ?)", before->completed_at_us, before->id);
  if (filter.provider) q.add(" AND provider = ?", *filter.provider);
  if (filter.model) q.add(" AND (model_requested = ? OR model_actual = ?)", *filter.model, *filter.model);
  if (filter.feature) q.add(" AND feature = ?", *filter.feature);
  if (filter.task) q.add(" AND task = ?", *filter.task);
  if (filter.key) q.add(" AND key_id = ?", *filter.key);
  if (filter.status_class)
    q.add(" AND status >= ? AND status < ?", std::int64_t{*filter.status_class} * 100, (std::int64_t{*filter.status_class} + 1) * 100);
  if (filter.errors) q.add(*filter.errors ? " AND error_source <> 0" : " AND error_source = 0");  // literal, so that the partial index fits
  q.add(" ORDER BY completed_at_us DESC, id DESC LIMIT ?", static_cast<std::int64_t>(limit + 1));
  return q;
}

Query request_query(OrgId org, const Uuid& id) { return Query{"SELECT " + column_names() + " FROM events WHERE id = ? AND org_id = ?", id, org}; }

}  // namespace lectr::store
