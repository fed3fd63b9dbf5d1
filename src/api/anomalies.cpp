// GET /anomalies and what people do about them.
#include <algorithm>

#include "api/endpoints.hpp"
#include "api/json.hpp"
#include "api/params.hpp"
#include "api/window.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/insight/wording.hpp"

namespace lectr::api {
namespace {

using insight::Metric;
constexpr std::int64_t kMostRows = 200, kUsualRows = 50;
constexpr std::size_t kMaxNote = 500;
constexpr std::int64_t kWarmupUs = std::int64_t{insight::kWarmupBuckets} * insight::kBucketUs;
constexpr std::string_view kReasons[] = {"planned", "expected_growth", "not_useful", "other"};

std::string_view unit_of(Metric metric) noexcept {
  switch (metric) {
    case Metric::volume: return "requests_per_5_min";
    case Metric::latency: return "us";
    case Metric::cost: return "usd_per_hour";
    case Metric::errors:
    case Metric::drift: break;
  }
  return "ratio";
}

// JSON that the detector stored; what is none is null.
Json stored(const std::string& text) {
  Json out = Json::parse(text, nullptr, false);
  return out.is_discarded() ? Json(nullptr) : out;
}

Json to_json(const store::AnomalyRow& row) {
  const auto metric = static_cast<Metric>(row.metric);
  const auto direction = static_cast<insight::Direction>(row.direction);
  return {{"id", row.id},
          {"incident", row.incident},
          {"title", insight::title(metric, direction, row.feature)},
          {"feature", row.feature ? Json(*row.feature) : Json(nullptr)},
          {"metric", insight::name(metric)},
          {"direction", insight::name(direction)},
          {"severity", insight::name(static_cast<insight::Severity>(row.severity))},
          {"unit", unit_of(metric)},
          {"observed", row.observed},
          {"baseline", row.baseline},
          {"low", row.low},
          {"high", row.high},
          {"sigma", row.sigma},
          {"peak_sigma", row.peak_sigma},
          {"window_s", row.window * insight::kBucketUs / kSecondUs},
          {"opened_at", to_rfc3339(row.opened_us)},
          {"updated_at", to_rfc3339(row.updated_us)},
          {"closed_at", time_or_null(row.closed_us)},
          {"dismissed_at", time_or_null(row.dismissed_us)},
          {"dismissed_by", text_or_null(row.dismissed_by)},
          {"reason", text_or_null(row.reason)}};
}

std::optional<Problem> take_status(const Query& query, store::AnomalyFilter& filter) {
  const auto* status = query.find("status");
  if (!status || *status == "all") return {};
  if (*status != "open" && *status != "closed" && *status != "dismissed") return bad_parameter("status", "not all, open, closed or dismissed");
  filter.dismissed = *status == "dismissed";
  if (!*filter.dismissed) filter.open = *status == "open";
  return {};
}

std::optional<Problem> take_metric(const Query& query, store::AnomalyFilter& filter) {
  const auto* name = query.find("metric");
  for (int metric = 0; name && metric < insight::kMetrics; ++metric)
    if (insight::name(static_cast<Metric>(metric)) == *name) filter.metric = metric;
  if (name && !filter.metric) return bad_parameter("metric", "not volume, errors, latency, cost or drift");
  return {};
}

Parsed<store::AnomalyFilter> parse_anomalies(const Call& call) {
  store::AnomalyFilter filter;
  if (auto problem = take_status(call.query(), filter)) return *problem;
  if (auto problem = take_metric(call.query(), filter)) return *problem;
  if (auto problem = take_text(call.query(), "feature", filter.feature)) return *problem;
  if (auto problem = take_number(call.query(), "before", 1, INT64_MAX, filter.before)) return *problem;
  if (call.query().find("from") || call.query().find("to") || call.query().find("window")) {
    const auto span = parse_span(call.query(), call.now_us());
    if (!span) return span.error();
    filter.from_us = span->from_us, filter.to_us = span->to_us;
  }
  return filter;
}

// What is not known yet is said with how long that will last. An org without a request has not begun.
Answer warm_up(const Call& call) {
  const auto oldest = call.own.oldest_us();
  if (!oldest) return problem_of(oldest.error());
  const std::int64_t left_us = *oldest ? std::max<std::int64_t>(0, **oldest + kWarmupUs - call.now_us()) : kWarmupUs;
  return Body{{{"active", left_us == 0}, {"hours_left", (left_us + kHourUs - 1) / kHourUs}, {"begun", oldest->has_value()}}};
}

// When and by which channels it was told: once for its incident, so under the id of the first of that. null: it was not, or that is long ago.
Answer alerted(const Call& call, const store::AnomalyRow& row) {
  const auto events = call.own.control_events({.kind = "anomaly", .key = std::to_string(row.incident)}, 1);
  if (!events) return problem_of(events.error());
  if (events->empty()) return Body{nullptr};
  const store::ControlEventRow& event = events->front();
  const auto owed = call.own.deliveries({.event = event.id}, config::kMaxChannels);
  if (!owed) return problem_of(owed.error());
  Json channels = Json::array();
  for (auto one = owed->rbegin(); one != owed->rend(); ++one)  // in the order of the control state
    channels.push_back({{"channel", one->channel}, {"state", store::to_text(one->state)}, {"changed_at", to_rfc3339(one->changed_at_us)}});
  return Body{{{"at", to_rfc3339(event.at_us)}, {"anomaly", row.incident}, {"channels", std::move(channels)}}};
}

// With a reason: dismissed. Without: reopened.
Reply change(const Call& call, const std::optional<store::InsightStore::Dismissal>& dismissal) {
  const auto id = path_id(path_part(call.request.path, 1));
  if (!id) return Reply::problem(id.error());
  const auto done = call.own.dismiss_anomaly(*id, dismissal);
  if (!done) return Reply::problem(done.error());
  const auto row = call.own.anomaly(*id);
  return row ? Reply::json(200, dump(to_json(*row))) : Reply::problem(row.error());
}

}  // namespace

Reply get_anomalies(const Call& call) {
  const auto filter = parse_anomalies(call);
  if (!filter) return Reply::problem(filter.error());
  std::optional<std::int64_t> limit;
  if (auto problem = take_number(call.query(), "limit", 1, kMostRows, limit)) return Reply::problem(*problem);
  const auto wanted = static_cast<std::size_t>(limit.value_or(kUsualRows));
  const auto rows = call.own.anomalies(*filter, wanted + 1);
  if (!rows) return Reply::problem(rows.error());
  const auto counts = call.own.anomaly_counts();
  if (!counts) return Reply::problem(counts.error());
  auto warm = warm_up(call);
  if (!warm) return Reply::problem(warm.error());
  Json out = Json::array();
  for (std::size_t i = 0; i < std::min(wanted, rows->size()); ++i) out.push_back(to_json((*rows)[i]));
  const Json next = rows->size() > wanted ? Json((*rows)[wanted - 1].id) : Json(nullptr);
  return Reply::json(200, dump({{"rows", std::move(out)},
                                {"next", next},
                                {"counts", {{"all", counts->all}, {"open", counts->open}, {"dismissed", counts->dismissed}}},
                                {"warm_up", std::move(warm->object)}}));
}

Reply get_anomaly(const Call& call) {
  const auto id = path_id(path_part(call.request.path, 1));
  if (!id) return Reply::problem(id.error());
  const auto row = call.own.anomaly(*id);
  if (!row) return Reply::problem(row.error());
  auto told = alerted(call, *row);
  if (!told) return Reply::problem(told.error());
  Json out = to_json(*row);
  out["alerted"] = std::move(told->object);
  out["contribution"] = stored(row->contribution);
  out["chart"] = stored(row->band);
  return Reply::json(200, dump(out));
}

Reply post_anomaly_dismiss(const Call& call) {
  static constexpr std::string_view kMembers[] = {"reason", "note"};
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  const auto reason = need_text(body->object, "reason", kMaxNote);
  if (!reason) return Reply::problem(reason.error());
  if (std::find(std::begin(kReasons), std::end(kReasons), *reason) == std::end(kReasons))
    return Reply::problem(Problem{400, "invalid_field", "planned, expected_growth, not_useful or other is needed", "reason"});
  std::string text = *reason;
  if (body->object.contains("note") && !body->object["note"].is_null()) {
    const auto note = need_text(body->object, "note", kMaxNote);
    if (!note) return Reply::problem(note.error());
    text += ": " + *note;
  }
  return change(call, store::InsightStore::Dismissal{call.caller.name, text, call.now_us()});
}

Reply post_anomaly_reopen(const Call& call) { return change(call, {}); }

}  // namespace lectr::api
