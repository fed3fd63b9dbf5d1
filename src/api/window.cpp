#include "api/window.hpp"

#include "api/params.hpp"

namespace lectr::api {
namespace {

constexpr std::int64_t kMaxSpanUs = 400 * kDayUs, kMaxPoints = 1500;
constexpr std::int64_t kLadder[] = {kMinuteUs, 5 * kMinuteUs, 15 * kMinuteUs, kHourUs, 6 * kHourUs, kDayUs};

struct Named {
  std::string_view name;
  std::int64_t us;
};
constexpr Named kWindows[] = {{"15m", 15 * kMinuteUs}, {"1h", kHourUs},      {"6h", 6 * kHourUs}, {"24h", kDayUs},
                              {"7d", 7 * kDayUs},      {"30d", 30 * kDayUs}, {"90d", 90 * kDayUs}};

std::optional<std::int64_t> window_us(std::string_view text) noexcept {
  for (const Named& window : kWindows)
    if (window.name == text) return window.us;
  return {};
}

// "60s", "5m", "6h", "1d"; zero: not one of these.
std::int64_t duration_us(std::string_view text) noexcept {
  if (text.size() < 2) return 0;
  const char unit = text.back();
  const auto count = whole<std::int64_t>(text.substr(0, text.size() - 1));
  if (!count || *count < 1 || *count > 86'400) return 0;
  return *count * (unit == 's' ? kSecondUs : unit == 'm' ? kMinuteUs : unit == 'h' ? kHourUs : unit == 'd' ? kDayUs : 0);
}

}  // namespace

Parsed<Span> parse_span(const Query& query, std::int64_t now_us) {
  std::optional<std::int64_t> from, to;
  auto problem = take_time(query, "from", from);
  if (!problem) problem = take_time(query, "to", to);
  if (problem) return *problem;
  const auto* window = query.find("window");
  if (window && (from || to)) return bad_parameter("window", "either window or from and to");
  if (!from && !to) {
    const auto length = window_us(window ? *window : "24h");
    if (!length) return bad_parameter("window", "not 15m, 1h, 6h, 24h, 7d, 30d or 90d");
    return Span{now_us - *length, now_us};
  }
  if (!from || !to) return bad_parameter(from ? "to" : "from", "from and to come together");
  if (*to <= *from) return bad_parameter("to", "not after from");
  if (*to - *from > kMaxSpanUs) return bad_parameter("from", "more than 400 days before to");
  return Span{*from, *to};
}

Parsed<store::RollupFilter> parse_filter(const Query& query, std::int64_t now_us) {
  const auto span = parse_span(query, now_us);
  if (!span) return span.error();
  store::RollupFilter filter;
  filter.from_us = span->from_us;
  filter.to_us = span->to_us;
  std::optional<std::int64_t> status_class;
  auto problem = take_text(query, "provider", filter.provider);
  if (!problem) problem = take_text(query, "model", filter.model);
  if (!problem) problem = take_text(query, "feature", filter.feature);
  if (!problem) problem = take_text(query, "task", filter.task);
  if (!problem) problem = take_number(query, "key", 0, INT64_MAX, filter.key);
  if (!problem) problem = take_number(query, "status_class", 2, 5, status_class);
  if (problem) return *problem;
  if (status_class) filter.status_class = static_cast<int>(*status_class);
  return filter;
}

std::int64_t step_for(std::int64_t length_us, std::int64_t points) noexcept {
  for (const std::int64_t step : kLadder)
    if (length_us <= points * step) return step;
  return kDayUs;
}

Parsed<std::int64_t> parse_step(const Query& query, std::int64_t length_us) {
  const std::string* text = query.find("step");
  if (!text) return parsed(step_for(length_us));
  const std::int64_t step = duration_us(*text);
  if (step < kMinuteUs || step > kDayUs || step % kMinuteUs != 0) return bad_parameter("step", "not whole minutes from 60s to 1d");
  if (length_us / step > kMaxPoints) return bad_parameter("step", "makes more than 1500 points");
  return parsed(step);
}

store::RollupFilter before(const store::RollupFilter& filter) noexcept {
  store::RollupFilter out = filter;
  out.from_us = filter.from_us - (filter.to_us - filter.from_us);
  out.to_us = filter.from_us;
  return out;
}

}  // namespace lectr::api
