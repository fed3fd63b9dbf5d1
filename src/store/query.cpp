#include "store/query.hpp"

#include <algorithm>

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

namespace {

// Ids begin with the time at which their exchange began: at most a day before it ended, and not after it but for clocks that were set.
constexpr std::int64_t kLongestExchangeMs = 24 * 3'600'000, kClockSlackMs = 3'600'000;

Uuid first_id(std::int64_t ms) {
  Uuid id;
  const auto time = static_cast<std::uint64_t>(std::clamp<std::int64_t>(ms, 0, (1ll << 48) - 1));
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(time >> (40 - 8 * i));
  return id;
}

Uuid least_id(std::int64_t from_us) { return first_id(from_us / 1000 - kLongestExchangeMs); }
Uuid end_of_ids(std::int64_t to_us) { return first_id(to_us / 1000 + kClockSlackMs); }

// Ranges with the bounds of their ids, by which each is looked for in its own partitions only. As arrays, so that the text is the same for all: a plan
// over a month of partitions takes as long as what it does.
void add_ranges(Query& q, std::span<const TimeRange> ranges, RequestSort sort) {
  const auto array = [&](const auto& text_of) { return '{' + joined(ranges, text_of) + '}'; };
  const bool money = sort == RequestSort::cost;
  q.add("unnest(?::bigint[], ?::bigint[], ?::uuid[], ?::uuid[], ", array([](const TimeRange& r) { return std::to_string(r.from_us); }),
        array([](const TimeRange& r) { return std::to_string(r.to_us); }), array([](const TimeRange& r) { return least_id(r.from_us).to_text(); }),
        array([](const TimeRange& r) { return end_of_ids(r.to_us).to_text(); }));
  q.add(money ? "?::numeric[])" : "?::bigint[])",
        array([&](const TimeRange& r) { return money ? Money{r.most}.to_text() : std::to_string(r.most); }));
  q.add(" AS part(from_us, to_us, least_id, end_of_ids, most)");
}

// The window of the filter and of the part, and of ids the one that goes with it. `end_us`: where the page before ended.
void add_times(Query& q, const RequestFilter& f, const RequestPart& part, const std::optional<std::int64_t>& end_us, bool partitioned) {
  std::optional<std::int64_t> from = f.from_us, to = f.to_us;
  if (part.from_us && (!from || *part.from_us > *from)) from = part.from_us;
  if (part.to_us && (!to || *part.to_us < *to)) to = part.to_us;
  if (end_us && (!to || *end_us < *to)) to = end_us;
  if (!part.only.empty())
    q.add(" AND completed_at_us >= part.from_us AND completed_at_us < part.to_us AND id >= part.least_id AND id < part.end_of_ids");
  // Bounds beside the ranges would make the planner think that there is nearly nothing in each.
  if (from && (part.only.empty() || from != part.from_us)) q.add(" AND completed_at_us >= ?", *from);
  if (to && (part.only.empty() || to != part.to_us)) q.add(" AND completed_at_us < ?", *to);
  if (part.after_seq) q.add(" AND seq > ?", *part.after_seq);
  if (part.up_to_seq) q.add(" AND seq <= ?", *part.up_to_seq);
  if (!partitioned || part.after_seq) return;
  if (from) q.add(" AND id >= ?", least_id(*from));
  if (to) q.add(" AND id < ?", end_of_ids(*to));
}

// Of a row that failed there is a source: who gave it a status, a category, a code or a bad end gave it that too.
bool asks_for_failed(const RequestFilter& f) {
  constexpr int kLeast = 400;
  return (f.status && *f.status >= kLeast) || (f.status_class && *f.status_class >= kLeast / 100) ||
         (f.error_source && *f.error_source != ErrorSource::none) || (f.error_category && *f.error_category != ErrorCategory::none) ||
         (f.error_code && !f.error_code->empty()) || (f.verdict && *f.verdict != Verdict::none && *f.verdict != Verdict::complete);
}

void add_dimensions(Query& q, const RequestFilter& f) {
  if (f.provider) q.add(" AND provider = ?", *f.provider);
  if (f.model) q.add(" AND (model_requested = ? OR model_actual = ?)", *f.model, *f.model);
  if (f.feature) q.add(" AND feature = ?", *f.feature);
  if (f.task) q.add(" AND task = ?", *f.task);
  if (f.key) q.add(" AND key_id = ?", *f.key);
  if (f.status_class) q.add(" AND status >= ? AND status < ?", std::int64_t{*f.status_class} * 100, (std::int64_t{*f.status_class} + 1) * 100);
  // Literal, so that the partial index fits.
  if (f.errors && !*f.errors) q.add(" AND error_source = 0");
  if ((f.errors && *f.errors) || asks_for_failed(f)) q.add(" AND error_source <> 0");
}

// Input and output. Absurd counts of a provider stay within 64 bits; see tokens_of().
constexpr std::string_view kTokens =
    "(CASE WHEN tokens_input > 4000000000000000000 THEN 4000000000000000000 ELSE coalesce(tokens_input, 0) END + "
    "CASE WHEN tokens_output > 4000000000000000000 THEN 4000000000000000000 ELSE coalesce(tokens_output, 0) END)";

void add_rest(Query& q, const RequestFilter& f) {
  const auto equal = [&q](const char* condition, const auto& value) {
    if (value) q.add(condition, static_cast<std::int64_t>(*value));
  };
  equal(" AND status = ?", f.status);
  equal(" AND verdict = ?", f.verdict);
  equal(" AND error_category = ?", f.error_category);
  equal(" AND error_source = ?", f.error_source);
  equal(" AND token_source = ?", f.token_source);
  equal(" AND cost_source = ?", f.cost_source);
  equal(" AND latency_us >= ?", f.min_latency_us);
  equal(" AND latency_us <= ?", f.max_latency_us);
  equal(" AND attempts >= ?", f.min_attempts);
  if (f.streaming) q.add(*f.streaming ? " AND streaming" : " AND NOT streaming");
  if (f.error_code) q.add(" AND error_code = ?", *f.error_code);
  if (f.endpoint) q.add(" AND endpoint = ?", *f.endpoint);
  if (f.method) q.add(" AND method = ?", *f.method);
  if (f.rule) q.add(" AND rule = ?", *f.rule);
  if (f.note) q.add(" AND replace(' ' || notes || ' ', ?, '') <> ' ' || notes || ' '", ' ' + *f.note + ' ');  // LIKE minds case in one dialect only
  if (f.min_tokens) q.add(" AND ").add(kTokens).add(" >= ?", *f.min_tokens);
  if (f.min_cost) q.add(" AND cost >= ?", *f.min_cost);
}

// Nothing is asked of a row but when it was.
bool only_window(const RequestFilter& f) {
  Query q;
  add_dimensions(q, f);
  add_rest(q, f);
  return q.sql().empty();
}

// What is sorted by, and which rows have it.
struct SortBy {
  std::string_view value, has;
};
SortBy sort_by(RequestSort sort) {
  switch (sort) {
    case RequestSort::time: break;
    case RequestSort::latency: return {"latency_us", ""};
    case RequestSort::ttfb: return {"ttfb_us", " AND ttfb_us IS NOT NULL"};
    case RequestSort::tokens: return {kTokens, " AND (tokens_input IS NOT NULL OR tokens_output IS NOT NULL)"};
    case RequestSort::cost: return {"cost", " AND cost IS NOT NULL"};
  }
  return {};
}

void add_order(Query& q, RequestSort sort, std::size_t limit) {
  q.add(" ORDER BY ");
  if (sort != RequestSort::time) q.add(sort_by(sort).value).add(" DESC, ");
  q.add("completed_at_us DESC, id DESC LIMIT ?", static_cast<std::int64_t>(limit));
}

void add_cursor(Query& q, const RequestPart& part, const RequestCursor& before, RequestSort sort) {
  if (sort == RequestSort::time) {
    // Where all of the part is older anyway, the condition would only mislead the planner.
    const bool older = part.to_us && *part.to_us <= before.completed_at_us;
    if (!older) q.add(" AND (completed_at_us, id) < (?, ?)", before.completed_at_us, before.id);
    return;
  }
  q.add(" AND (").add(sort_by(sort).value);
  sort == RequestSort::cost ? q.add(", completed_at_us, id) < (?, ?, ?)", Money{before.value}, before.completed_at_us, before.id)
                            : q.add(", completed_at_us, id) < (?, ?, ?)", before.value, before.completed_at_us, before.id);
}

}  // namespace

Query requests_query(const RequestFilter& filter, const RequestPart& part, const std::optional<RequestCursor>& before, std::size_t limit,
                     RequestSort sort, bool partitioned) {
  const bool by_time = sort == RequestSort::time, ranges = !part.only.empty();
  Query q;
  if (ranges) {
    add_ranges(q.add("SELECT found.* FROM "), part.only, sort);
    q.add(" CROSS JOIN LATERAL (");
    if (only_window(filter)) q.kept();
  }
  // Rows behind the watermark are found by their numbers: the sign keeps other indexes away.
  q.add("SELECT ").add(column_names()).add(part.after_seq ? " FROM events WHERE +org_id = ?" : " FROM events WHERE org_id = ?", filter.org);
  add_times(q, filter, part, by_time && before ? std::optional{before->completed_at_us + 1} : std::nullopt, partitioned);
  add_dimensions(q, filter);
  add_rest(q, filter);
  q.add(sort_by(sort).has);
  if (part.least) {
    q.add(" AND ").add(sort_by(sort).value).add(" <= part.most AND ").add(sort_by(sort).value);
    sort == RequestSort::cost ? q.add(" >= ?", Money{*part.least}) : q.add(" >= ?", *part.least);
  }
  if (before) add_cursor(q, part, *before, sort);
  add_order(q, sort, limit);
  if (ranges) add_order(q.add(") AS found"), sort, limit);
  return q;
}

Query walk_query(OrgId org, std::int64_t from_us, std::int64_t to_us, const std::optional<RequestCursor>& after, std::size_t limit,
                 bool partitioned) {
  RequestFilter filter;
  filter.from_us = after ? after->completed_at_us : from_us, filter.to_us = to_us;
  Query q;
  q.add("SELECT ").add(walked_columns()).add(" FROM events WHERE org_id = ?", org);
  add_times(q, filter, {}, {}, partitioned);
  if (after) q.add(" AND (completed_at_us, id) > (?, ?)", after->completed_at_us, after->id);
  return q.add(" ORDER BY completed_at_us, id LIMIT ?", static_cast<std::int64_t>(limit));
}

Query request_query(OrgId org, const Uuid& id) { return Query{"SELECT " + column_names() + " FROM events WHERE id = ? AND org_id = ?", id, org}; }

}  // namespace lectr::store
