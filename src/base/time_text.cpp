#include "lectr/base/time_text.hpp"

#include <chrono>
#include <cstdio>

namespace lectr {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

// Takes exactly `width` digits off the front; -1: there are not that many.
int take_digits(std::string_view& text, std::size_t width) noexcept {
  if (text.size() < width) return -1;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char wanted) noexcept {
  if (text.empty() || (text.front() | 0x20) != (wanted | 0x20)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_fraction_us(std::string_view& text) noexcept {
  if (!take(text, '.')) return 0;
  std::int64_t us = 0, unit = kSecond;
  std::size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) us += (text.front() - '0') * (unit /= 10);
  if (digits == 0 || digits > 9) return {};
  return us;
}

std::optional<std::int64_t> take_offset_s(std::string_view& text) noexcept {
  if (take(text, 'Z')) return 0;
  const bool behind = !text.empty() && text.front() == '-';
  if (!behind && (text.empty() || text.front() != '+')) return {};
  text.remove_prefix(1);
  const int hours = take_digits(text, 2);
  if (hours < 0 || hours > 23 || !take(text, ':')) return {};
  const int minutes = take_digits(text, 2);
  if (minutes < 0 || minutes > 59) return {};
  return (behind ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

std::string to_rfc3339(std::int64_t unix_us) {
  namespace ch = std::chrono;
  const ch::sys_time<ch::microseconds> at{ch::microseconds{unix_us}};
  const auto day = ch::floor<ch::days>(at);
  const ch::year_month_day date{day};
  const ch::hh_mm_ss time{at - day};
  char out[48];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return out;
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept {
  namespace ch = std::chrono;
  const int year = take_digits(text, 4);
  if (year < 1970 || !take(text, '-')) return {};
  const int month = take_digits(text, 2);
  if (month < 0 || !take(text, '-')) return {};
  const int day = take_digits(text, 2);
  if (day < 0 || !take(text, 'T')) return {};
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return {};
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59 || !take(text, ':')) return {};
  const int second = take_digits(text, 2);
  if (second < 0 || second > 59) return {};
  const auto fraction = take_fraction_us(text);
  const auto offset = fraction ? take_offset_s(text) : std::nullopt;
  const ch::year_month_day date{ch::year{year}, ch::month{static_cast<unsigned>(month)}, ch::day{static_cast<unsigned>(day)}};
  if (!offset || !text.empty() || !date.ok()) return {};
  const std::int64_t days = ch::sys_days{date}.time_since_epoch().count();
  return ((days * 24 + hour) * 3600 + minute * 60 + second - *offset) * kSecond + *fraction;
}

}  // namespace lectr
