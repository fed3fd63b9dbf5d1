#include "lectr/insight/any_csv.hpp"

#include <charconv>
#include <cmath>

#include "lectr/base/time_text.hpp"

namespace lectr::insight {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Error bad(const char* what) { return {Code::invalid_request, Fault::client, Again::no, what}; }

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(kBlanks);
  if (from == std::string_view::npos) return {};
  text = text.substr(from, text.find_last_not_of(kBlanks) - from + 1);
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// The n-th field, or nothing when there are fewer. Neither times nor numbers hold a comma, so quotes need no more than taking off.
std::optional<std::string_view> field(std::string_view line, std::size_t n) {
  for (; n > 0; --n) {
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) return {};
    line.remove_prefix(comma + 1);
  }
  return trimmed(line.substr(0, line.find(',')));
}

template <class T>
std::optional<T> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

bool same_word(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if ((a[i] >= 'A' && a[i] <= 'Z' ? a[i] + 32 : a[i]) != lower[i]) return false;
  return true;
}

Result<std::int64_t> time_of(const std::optional<std::string_view>& text) {
  if (!text) return bad("fewer columns than the header");
  const auto time = parse_any_time(*text);
  if (!time) return bad("not a timestamp (YYYY-MM-DD HH:MM:SS, RFC 3339 or seconds since 1970)");
  return *time;
}

}  // namespace

std::optional<std::int64_t> parse_any_time(std::string_view text) noexcept {
  constexpr double kYear10000 = 253402300800.0;
  if (const auto seconds = number<double>(text))
    return std::isfinite(*seconds) && std::abs(*seconds) < kYear10000 ? std::optional{static_cast<std::int64_t>(std::floor(*seconds))} : std::nullopt;
  constexpr std::size_t kDay = 10, kMinute = 16, kSecond = 19, kLongest = 40;
  if (text.size() < kDay || text.size() > kLongest) return {};
  std::string full{text};
  if (full.size() == kDay) full += "T00:00";
  if (full[kDay] == ' ') full[kDay] = 'T';
  if (full.size() == kMinute || (full.size() > kMinute && full[kMinute] != ':')) full.insert(kMinute, ":00");
  if (full.size() < kSecond) return {};
  if (full.find_first_of("Zz+-", kSecond) == std::string::npos) full += 'Z';
  const auto us = parse_rfc3339(full);
  return us ? std::optional{*us / 1'000'000} : std::nullopt;
}

Result<AnyColumns> read_any_header(std::string_view line, std::string_view first, std::string_view second) noexcept {
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (!field(line, 1)) return bad("a header with two columns is expected");
  if (parse_any_time(*field(line, 0))) return bad("a header is expected, not a row");
  std::optional<std::size_t> a, b;
  for (std::size_t i = 0; const auto name = field(line, i); ++i) {
    if (!a && same_word(*name, first)) a = i;
    if (!b && same_word(*name, second)) b = i;
  }
  return a && b ? AnyColumns{*a, *b} : AnyColumns{};
}

Result<AnyRow> read_any_row(std::string_view line, const AnyColumns& columns) noexcept {
  const auto when = field(line, columns.first), what = field(line, columns.second);
  const auto time = time_of(when);
  if (!time) return time.error();
  if (!what) return bad("fewer columns than the header");
  AnyRow row{*when, *time, {}};
  if (what->empty() || same_word(*what, "nan") || same_word(*what, "null")) return row;
  row.value = number<double>(*what);
  // Beyond this squares are no numbers any more.
  if (!row.value || !std::isfinite(*row.value) || std::abs(*row.value) > 1e150) return bad("not a number");
  return row;
}

Result<AnyWindow> read_any_window(std::string_view line, const AnyColumns& columns) noexcept {
  const auto start = time_of(field(line, columns.first)), end = time_of(field(line, columns.second));
  if (!start) return start.error();
  if (!end) return end.error();
  if (*end < *start) return bad("a window's end is before its start");
  return AnyWindow{*start, *end};
}

bool is_blank(std::string_view line) noexcept { return line.find_first_not_of(kBlanks) == std::string_view::npos; }

}  // namespace lectr::insight
