// The text form of the price table (src/config/prices.tsv, written by scripts/prices). Fields are separated by tabs:
//   v  version  unix seconds of the data
//   f  provider  providers that it resells, by spaces
//   t  provider|*  tier  model glob  low  value  high       multipliers in thousandths
//   m  provider  names by spaces  period...                 (x: the same, from the overlay)
// A period is "[@2026-08-17][@01:00-04:00[/1-5]] " and rates: a letter and USD per million tokens, "i2.5>272000:5" with a length tier.
#include <charconv>
#include <chrono>

#include "lectr/config/snapshot.hpp"

namespace lectr::config {
namespace {

constexpr char kBuiltin[] =
#include "prices.inc"
    ;

constexpr std::int64_t kPerMillion = 1'000'000;

// Takes the text up to `separator` (or all of it) off the front.
std::string_view take(std::string_view& rest, char separator) noexcept {
  const auto at = rest.find(separator);
  const std::string_view piece = rest.substr(0, at);
  rest = at == rest.npos ? std::string_view{} : rest.substr(at + 1);
  return piece;
}

template <class Number>
bool to_number(std::string_view text, Number& out) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

// USD per million tokens to units per token; exact or refused.
bool to_rate(std::string_view text, std::int64_t& out) noexcept {
  const auto money = Money::parse(text);
  if (!money || money->femto < 0 || money->femto % kPerMillion != 0) return false;
  out = money->femto / kPerMillion;
  return true;
}

Rate* rate_named(ModelPrice& p, char letter) noexcept {
  switch (letter) {
    case 'i': return &p.input;
    case 'o': return &p.output;
    case 'c': return &p.cached;
    case 'w': return &p.cache_write;
    case 'W': return &p.cache_write_1h;
    case 'a': return &p.audio_input;
    case 'A': return &p.audio_output;
    case 'b': return &p.audio_cached;
    case 'r': return &p.reasoning;
    case 'I': return &p.input_high;
    case 'O': return &p.output_high;
    default: return nullptr;
  }
}

bool read_rate(std::string_view text, ModelPrice& p) noexcept {
  if (text.size() < 2) return false;
  if (text.front() == 'R') {
    const auto fee = Money::parse(text.substr(1));
    if (fee) p.request_high = fee->femto;
    return fee.has_value();
  }
  Rate* rate = rate_named(p, text.front());
  text.remove_prefix(1);
  std::string_view above = text;
  const std::string_view base = take(above, '>');
  if (!rate || !to_rate(base, rate->base)) return false;
  if (above.empty()) return true;
  const std::string_view threshold = take(above, ':');
  return to_number(threshold, rate->threshold) && rate->threshold > 0 && to_rate(above, rate->over_threshold);
}

bool read_date(std::string_view text, std::int64_t& us) noexcept {
  int year = 0;
  unsigned month = 0, day = 0;
  if (!to_number(take(text, '-'), year) || !to_number(take(text, '-'), month) || !to_number(text, day)) return false;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) return false;
  us = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::sys_days{date}.time_since_epoch()).count();
  return true;
}

bool read_clock(std::string_view text, std::uint16_t& minutes) noexcept {
  unsigned hour = 0, minute = 0;
  if (!to_number(take(text, ':'), hour) || !to_number(text, minute) || hour > 23 || minute > 59) return false;
  minutes = static_cast<std::uint16_t>(hour * 60 + minute);
  return true;
}

// "01:00-04:00" or "01:00-04:00/1-5" (1 is Monday).
bool read_window(std::string_view text, ModelPrice& p) noexcept {
  std::string_view days = text;
  std::string_view hours = take(days, '/');
  const std::string_view from = take(hours, '-');
  if (!read_clock(from, p.hours_from_min) || !read_clock(hours, p.hours_to_min)) return false;
  if (days.empty()) return true;
  unsigned first = 0, last = 0;
  if (!to_number(take(days, '-'), first) || !to_number(days, last) || first < 1 || last > 7 || first > last) return false;
  p.weekdays = static_cast<std::uint8_t>(((1u << last) - 1) & ~((1u << (first - 1)) - 1));
  return true;
}

bool read_period(std::string_view text, ModelPrice& p) noexcept {
  if (text.starts_with('@')) {
    std::string_view conditions = take(text, ' ');
    conditions.remove_prefix(1);
    while (!conditions.empty()) {
      const std::string_view condition = take(conditions, '@');
      const bool window = condition.find(':') != condition.npos;
      if (window ? !read_window(condition, p) : !read_date(condition, p.valid_from_us)) return false;
    }
  }
  while (!text.empty())
    if (!read_rate(take(text, ' '), p)) return false;
  return p.input.base >= 0;
}

bool read_model(std::string_view rest, PriceTable& table) {
  const std::string_view provider = take(rest, '\t');
  std::string_view names = take(rest, '\t');
  std::vector<ModelPrice> periods;
  while (!rest.empty())
    if (!read_period(take(rest, '\t'), periods.emplace_back())) return false;
  if (provider.empty() || names.empty() || periods.empty()) return false;
  while (!names.empty()) {
    std::string key{provider};
    key.append("/").append(take(names, ' '));
    table.models.insert_or_assign(std::move(key), periods);
  }
  return true;
}

bool read_tier(std::string_view rest, PriceTable& table) {
  TierRule rule;
  rule.provider = take(rest, '\t');
  rule.tier = take(rest, '\t');
  rule.model_glob = take(rest, '\t');
  const bool good = to_number(take(rest, '\t'), rule.low) && to_number(take(rest, '\t'), rule.value) && to_number(rest, rule.high);
  if (!good || rule.low < 0 || rule.low > rule.value || rule.value > rule.high || rule.high > 100'000) return false;
  table.tiers.push_back(std::move(rule));
  return true;
}

bool read_line(std::string_view line, PriceTable& table) {
  const std::string_view kind = take(line, '\t');
  if (kind == "m" || kind == "x") return read_model(line, table);
  if (kind == "t") return read_tier(line, table);
  if (kind == "f") {
    auto& others = table.fallbacks[std::string{take(line, '\t')}];
    while (!line.empty()) others.emplace_back(take(line, ' '));
    return true;
  }
  if (kind != "v") return false;
  table.version = take(line, '\t');
  const bool good = to_number(line, table.dated_us) && table.dated_us >= 0 && table.dated_us < 1'000'000'000'000;
  table.dated_us *= good ? 1'000'000 : 0;
  return good;
}

}  // namespace

Result<PriceTable> parse_prices(std::string_view text) {
  PriceTable table;
  table.models.reserve(text.size() / 40);
  while (!text.empty()) {
    const std::string_view line = take(text, '\n');
    if (line.empty() || line.starts_with('#')) continue;
    if (!read_line(line, table)) return Error{Code::corrupt, Fault::us, Again::no, "a line of the price table does not read"};
  }
  if (table.version.empty()) return Error{Code::corrupt, Fault::us, Again::no, "the price table has no version line"};
  return table;
}

std::shared_ptr<const PriceTable> builtin_prices() {
  static const auto table = std::make_shared<const PriceTable>(parse_prices({kBuiltin, sizeof kBuiltin - 1}).value());
  return table;
}

}  // namespace lectr::config
