#include "app/alerts/notice.hpp"

#include <nlohmann/json.hpp>

#include "app/alerts/units.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::app::alerts {
namespace {

using Json = nlohmann::json;

double number_of(const Json& detail, const char* name, double otherwise) {
  const auto at = detail.find(name);
  return at != detail.end() && at->is_number() ? at->get<double>() : otherwise;
}
std::string text_of(const Json& detail, const char* name) {
  const auto at = detail.find(name);
  return at != detail.end() && at->is_string() ? at->get<std::string>() : std::string{};
}
std::string in_quotes(std::string_view name) { return "“" + one_line(name) + "”"; }

void tell_budget(Notice& notice, const Json& detail) {
  const auto percent = static_cast<std::int64_t>(number_of(detail, "percent", 0));
  const std::string part = std::to_string(percent) + " % of " + dollars(text_of(detail, "of"));
  notice.title = "Budget " + in_quotes(notice.name) + " has reached " + part;
  notice.text = dollars(text_of(detail, "spent")) + " are spent, " + part;
  if (const auto from = parse_rfc3339(text_of(detail, "window_from"))) notice.text += ", since " + stamp(*from);
  notice.text += ". Limits & budgets shows what happens to further requests.";
}

// "P95 of whole answers is 3.2 s, the target 2.5 s"; empty: there is no such target.
std::string measured(const Json& detail, const char* is, const char* wanted, const char* what) {
  const double target = number_of(detail, wanted, 0), value = number_of(detail, is, -1);
  if (target <= 0) return {};
  return std::string{"P95 "} + what + (value < 0 ? " is not known" : " is " + span_of(value)) + ", the target " + span_of(target) + ". ";
}

void tell_latency(Notice& notice, const Json& detail) {
  const std::string state = text_of(detail, "state"), feature = text_of(detail, "feature"), rule = text_of(detail, "switch_rule");
  const bool missed = state == "breached";
  notice.title = "Latency target " + in_quotes(notice.name) +
                 (missed              ? " is missed"
                  : state == "within" ? " is met again"
                                      : " has too few requests to judge");
  notice.text = measured(detail, "p95_ms", "target_ms", "of whole answers") + measured(detail, "ttfb_p95_ms", "ttfb_target_ms", "to the first byte");
  notice.text +=
      count(number_of(detail, "requests", 0)) + " requests" + (feature.empty() ? "" : " of feature " + in_quotes(feature)) + " were looked at.";
  if (!rule.empty())
    notice.text += " Rule " + in_quotes(rule) + (missed ? " uses its fallbacks first until the target is met." : " uses its first target again.");
}

// In the metric's own unit, as the detector has it.
std::string in_unit(const std::string& metric, double value) {
  if (metric == "cost") return dollars(value) + "/h";
  if (metric == "latency") return span_of(value / 1000);
  if (metric == "errors" || metric == "drift") return share(value);
  return count(value) + (metric == "volume" ? " requests in 5 min" : "");
}

void tell_anomaly(Notice& notice, const Json& detail) {
  const std::string metric = text_of(detail, "metric"), title = text_of(detail, "title");
  const std::string where = notice.name.empty() ? "the whole org" : "feature " + in_quotes(notice.name);
  notice.severity = text_of(detail, "severity");
  notice.title = title.empty() ? "Anomaly in " + where : one_line(title);
  if (detail.contains("observed") && detail.contains("baseline"))
    notice.text = "Observed " + in_unit(metric, number_of(detail, "observed", 0)) + " where " + in_unit(metric, number_of(detail, "baseline", 0)) +
                  " is usual" + (detail.contains("sigma") ? " (" + deviation(number_of(detail, "sigma", 0)) + ")" : "") + ", in " + where + ". ";
  else
    notice.text = "In " + where + ". ";
  if (!metric.empty())
    notice.text += "Metric " + one_line(metric) + (notice.severity.empty() ? ". " : ", severity " + one_line(notice.severity) + ". ");
  notice.text += "Anomalies shows what it consists of.";
}

std::string link_to(std::string_view dashboard_url, std::string_view page) {
  while (dashboard_url.ends_with('/')) dashboard_url.remove_suffix(1);
  return dashboard_url.empty() ? std::string{} : std::string{dashboard_url} + std::string{page};
}

}  // namespace

Notice notice_of(const store::ControlEventRow& event, std::string_view org, std::string_view dashboard_url) {
  Json detail = Json::parse(event.detail, nullptr, false);
  if (!detail.is_object()) detail = Json::object();
  Notice notice{.type = event.kind, .org = std::string{org}, .name = event.name, .at_us = event.at_us};
  notice.detail = detail.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto anomaly = static_cast<std::int64_t>(number_of(detail, "anomaly", 0));
  notice.url = link_to(dashboard_url, event.kind != "anomaly" ? "/limits"
                                      : anomaly > 0           ? "/anomalies?item=" + std::to_string(anomaly)
                                                              : "/anomalies");
  if (event.kind == "budget")
    tell_budget(notice, detail);
  else if (event.kind == "latency")
    tell_latency(notice, detail);
  else
    tell_anomaly(notice, detail);
  notice.text += " Seen at " + stamp(event.at_us) + " in org " + one_line(org) + '.';
  return notice;
}

Notice test_notice(std::string_view channel, std::string_view org, std::string_view actor, std::string_view dashboard_url, std::int64_t now_us) {
  Notice notice{.type = "test", .org = std::string{org}, .name = std::string{channel}, .at_us = now_us};
  notice.title = "Test of channel " + in_quotes(channel);
  notice.text = one_line(actor) + " asked for this message in org " + one_line(org) + ". Alerts will come this way.";
  notice.url = link_to(dashboard_url, "/settings?tab=alerts");
  return notice;
}

}  // namespace lectr::app::alerts
