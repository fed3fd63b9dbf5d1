#include "telemetry/otlp_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "telemetry/genai.hpp"

namespace lectr::telemetry {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSpanClient = 3, kStatusError = 2, kCumulative = 2;
constexpr std::uint32_t kParentKnown = 0x100, kParentRemote = 0x200;
constexpr const char* kScope = "lectr";

std::string nanoseconds(std::int64_t us) { return std::to_string(us) + "000"; }

template <std::size_t N>
std::string hex(const std::array<std::uint8_t, N>& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

// An attribute list; what is empty or not known is left out.
class Attributes {
 public:
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) add(name, {{"stringValue", value}});
  }
  void number(std::string_view name, std::int64_t value) { add(name, {{"intValue", std::to_string(value)}}); }
  void known(std::string_view name, std::int64_t value) {
    if (value >= 0) number(name, value);
  }
  void decimal(std::string_view name, double value) { add(name, {{"doubleValue", value}}); }
  void flag(std::string_view name, bool value) { add(name, {{"boolValue", value}}); }
  Json take() { return std::move(list_); }

 private:
  void add(std::string_view name, Json value) { list_.push_back({{"key", name}, {"value", std::move(value)}}); }
  Json list_ = Json::array();
};

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json resource_json(const Resource& r) {
  Attributes a;
  a.text("service.name", r.service_name);
  a.text("service.version", r.version);
  a.text("service.instance.id", r.instance_id);
  return {{"attributes", a.take()}};
}

void add_usage(Attributes& a, const Event& e, Conventions conventions) {
  if (!has_usage(e)) {
    if (e.token_source != TokenSource::measured) return;
    a.known("lectr.usage.input_tokens_measured", e.tokens_input);
    a.known("lectr.usage.output_tokens_measured", e.tokens_output);
    return;
  }
  a.known("gen_ai.usage.input_tokens", e.tokens_input);
  a.known("gen_ai.usage.output_tokens", e.tokens_output);
  a.known("gen_ai.usage.cache_read.input_tokens", e.tokens_cached);
  a.known(names_of(conventions).cache_write_tokens, e.tokens_cache_write);
  a.known("gen_ai.usage.reasoning.output_tokens", e.tokens_reasoning);
}

void add_genai(Attributes& a, const Event& e, std::string_view operation, Conventions conventions) {
  if (operation.empty()) return;
  a.text("gen_ai.operation.name", operation);
  a.text("gen_ai.provider.name", provider_name(e.provider));
  a.text("gen_ai.request.model", e.model_requested);
  a.text("gen_ai.response.model", e.model_actual);
  if (conventions == Conventions::latest) a.flag("gen_ai.request.stream", e.streaming);
  if (e.streaming && e.ttfb_us >= 0) a.decimal("gen_ai.response.time_to_first_chunk", static_cast<double>(e.ttfb_us) / 1e6);
  if (operation != "fetch_response") add_usage(a, e, conventions);
}

void add_own(Attributes& a, const Event& e) {
  a.text("lectr.request.id", e.id.to_text());
  a.number("lectr.org.id", e.org_id);
  a.text("lectr.provider", e.provider);
  a.text("lectr.feature", e.feature);
  a.text("lectr.task", e.task);
  a.text("lectr.rule", e.rule);
  a.text("lectr.why", e.why);
  a.number("lectr.attempts", e.attempts);
  if (e.client_retry > 0) a.number("http.request.resend_count", e.client_retry);
  if (e.verdict != Verdict::none) a.text("lectr.stream.verdict", to_text(e.verdict));
  if (e.error_source != ErrorSource::none) a.text("lectr.error.source", to_text(e.error_source));
  a.text("lectr.error.code", e.error_code);
  if (e.cost) a.text("lectr.cost.dollars", e.cost->to_text());  // exact, which a floating-point number is not
  a.known("lectr.time_to_first_byte_us", e.ttfb_us);
}

std::string_view unit_of(std::string_view name) noexcept {
  if (name.ends_with("_seconds") || name.ends_with("_seconds_total") || name.ends_with("duration") || name.ends_with("first_chunk")) return "s";
  if (name.ends_with("_bytes") || name.ends_with("_bytes_total")) return "By";
  if (name.ends_with("dollars_total")) return "{USD}";
  return name.find("token") == name.npos ? "1" : "{token}";
}

Json point_json(const prometheus::ClientMetric& metric, std::int64_t started_us, std::int64_t now_us) {
  Attributes a;
  for (const auto& label : metric.label) a.text(label.name, label.value);
  return {{"attributes", a.take()}, {"startTimeUnixNano", nanoseconds(started_us)}, {"timeUnixNano", nanoseconds(now_us)}};
}

void add_histogram(Json& point, const prometheus::ClientMetric::Histogram& h) {
  Json counts = Json::array(), bounds = Json::array();
  std::uint64_t before = 0;
  for (const auto& bucket : h.bucket) {
    counts.push_back(std::to_string(bucket.cumulative_count - before));
    before = bucket.cumulative_count;
    if (std::isfinite(bucket.upper_bound)) bounds.push_back(bucket.upper_bound);
  }
  point["count"] = std::to_string(h.sample_count);
  point["sum"] = h.sample_sum;
  point["bucketCounts"] = std::move(counts);
  point["explicitBounds"] = std::move(bounds);
}

Json family_json(const prometheus::MetricFamily& family, std::int64_t started_us, std::int64_t now_us) {
  using prometheus::MetricType;
  Json points = Json::array();
  for (const auto& metric : family.metric) {
    Json point = point_json(metric, started_us, now_us);
    if (family.type == MetricType::Histogram)
      add_histogram(point, metric.histogram);
    else
      point["asDouble"] = family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value;
    points.push_back(std::move(point));
  }
  Json out{{"name", family.name}, {"description", family.help}, {"unit", unit_of(family.name)}};
  Json data{{"dataPoints", std::move(points)}};
  if (family.type != MetricType::Gauge) data["aggregationTemporality"] = kCumulative;
  if (family.type == MetricType::Counter) data["isMonotonic"] = true;
  out[family.type == MetricType::Histogram ? "histogram" : family.type == MetricType::Counter ? "sum" : "gauge"] = std::move(data);
  return out;
}

}  // namespace

std::string span_json(const Event& e, Conventions conventions, const std::optional<ServerAddress>& server) {
  const std::string_view operation = operation_of(e.method, e.endpoint);
  std::array<std::uint8_t, 8> span_id{};  // of the request's id, the random part; never zero, by its variant bits
  std::copy_n(e.id.bytes.begin() + 8, span_id.size(), span_id.begin());
  Json span{{"traceId", hex(e.trace.present() ? e.trace.trace_id : e.id.bytes)}, {"spanId", hex(span_id)}};
  if (e.trace.present()) span["parentSpanId"] = hex(e.trace.parent_id);
  span["flags"] = e.trace.present() ? e.trace.flags | kParentKnown | kParentRemote : 1u;
  if (operation.empty())
    span["name"] = e.method + ' ' + e.endpoint;
  else
    span["name"] = std::string{operation} + (e.model_requested.empty() ? "" : ' ' + e.model_requested);
  span["kind"] = kSpanClient;
  span["startTimeUnixNano"] = nanoseconds(e.completed_at_us - e.latency_us);
  span["endTimeUnixNano"] = nanoseconds(e.completed_at_us);
  Attributes a;
  add_genai(a, e, operation, conventions);
  if (server) {
    a.text("server.address", server->host);
    a.number("server.port", server->port);
  }
  a.text("http.request.method", e.method);
  a.text("url.template", e.endpoint);
  if (e.status != 0) a.number("http.response.status_code", e.status);
  a.text("error.type", error_type(e));
  add_own(a, e);
  span["attributes"] = a.take();
  // Whoever leaves before the end has not met an error.
  if (e.error_source != ErrorSource::none && e.error_category != ErrorCategory::client_gone) span["status"] = {{"code", kStatusError}};
  return dump(span);
}

std::string traces_json(const Resource& resource, std::span<const std::string> spans) {
  std::string out = R"({"resourceSpans":[{"resource":)" + dump(resource_json(resource)) + R"(,"scopeSpans":[{"scope":)" +
                    dump({{"name", kScope}, {"version", resource.version}}) + R"(,"spans":[)";
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (i > 0) out += ',';
    out += spans[i];
  }
  return out += "]}]}]}";
}

std::string metrics_json(const Resource& resource, std::span<const Scope> scopes, std::int64_t started_us, std::int64_t now_us) {
  Json list = Json::array();
  for (const auto& [name, families] : scopes) {
    Json metrics = Json::array();
    for (const auto& family : families)
      if (!family.metric.empty()) metrics.push_back(family_json(family, started_us, now_us));
    list.push_back({{"scope", {{"name", name}, {"version", resource.version}}}, {"metrics", std::move(metrics)}});
  }
  return dump({{"resourceMetrics", {{{"resource", resource_json(resource)}, {"scopeMetrics", std::move(list)}}}}});
}

std::uint64_t rejected_of(std::string_view answer) {
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (!json.is_object()) return 0;
  const auto partial = json.find("partialSuccess");
  if (partial == json.end() || !partial->is_object()) return 0;
  for (const char* name : {"rejectedSpans", "rejectedDataPoints"}) {
    const auto found = partial->find(name);
    if (found == partial->end()) continue;
    if (found->is_number_unsigned()) return found->get<std::uint64_t>();
    if (found->is_string()) return std::strtoull(found->get_ref<const std::string&>().c_str(), nullptr, 10);
  }
  return 0;
}

}  // namespace lectr::telemetry
