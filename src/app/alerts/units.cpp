#include "app/alerts/units.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "lectr/base/money.hpp"
#include "lectr/base/text.hpp"

namespace lectr::app::alerts {
namespace {

std::string fixed(double value, int places) {
  char out[64];
  std::snprintf(out, sizeof out, "%.*f", places, value);
  return out;
}

// As many places as leave three significant digits.
std::string three_digits(double value) {
  const double size = std::fabs(value);
  return fixed(value, size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : 2);
}

std::string grouped(std::string number) {
  const std::size_t end = std::min(number.find('.'), number.size()), begin = number.front() == '-' ? 1 : 0;
  for (std::size_t at = end; at > begin + 3; at -= 3) number.insert(at - 3, 1, ',');
  return number;
}

struct Sequence {
  char32_t code = 0xFFFD;
  std::size_t length = 1;
};
// The first character; a byte that begins none is U+FFFD.
Sequence first_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 0;
  if (length == 0 || text.size() < length) return {};
  char32_t code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length};
}

bool breaks_the_line(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || (c >= 0x200E && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

}  // namespace

std::string dollars(double usd) {
  const double size = std::fabs(usd);
  const std::string sign = usd < 0 ? "−" : "";
  if (size >= 0.01 || size == 0) return sign + '$' + grouped(fixed(size, 2));
  return sign + '$' + fixed(size, 1 - static_cast<int>(std::floor(std::log10(size))));
}

std::string dollars(std::string_view decimal) {
  const auto amount = NanoMoney::parse(decimal);
  return amount ? dollars(static_cast<double>(amount->nano) / NanoMoney::kPerDollar) : "no amount";
}

std::string span_of(double ms) {
  if (ms < 1000) return three_digits(ms) + " ms";
  if (ms < 60'000) return three_digits(ms / 1000) + " s";
  const auto seconds = static_cast<std::int64_t>(std::llround(ms / 1000));
  return std::to_string(seconds / 60) + " min" + (seconds % 60 != 0 ? ' ' + std::to_string(seconds % 60) + " s" : "");
}

std::string share(double of_one) { return three_digits(of_one * 100) + " %"; }
std::string count(double number) {
  return std::fabs(number) >= 100 || number == std::floor(number) ? grouped(fixed(number, 0)) : three_digits(number);
}
std::string deviation(double sigma) { return (sigma < 0 ? "−" : "+") + fixed(std::fabs(sigma), 1) + " σ"; }

std::string stamp(std::int64_t unix_us) {
  const std::time_t seconds = unix_us / 1'000'000;
  std::tm time{};
  ::gmtime_r(&seconds, &time);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char out[64];
  std::snprintf(out, sizeof out, "%s %d %s %d, %02d:%02d UTC", kDays[time.tm_wday], time.tm_mday, kMonths[time.tm_mon], time.tm_year + 1900,
                time.tm_hour, time.tm_min);
  return out;
}

std::string one_line(std::string_view text, std::size_t bytes) {
  std::string out;
  while (!text.empty()) {
    const Sequence next = first_of(text);
    if (breaks_the_line(next.code))
      out += ' ';
    else if (next.code == 0xFFFD)
      out += "\uFFFD";
    else
      out += text.substr(0, next.length);
    text.remove_prefix(next.length);
  }
  if (out.size() <= bytes) return out;
  return std::string{cut_utf8(out, bytes - 3)} + "…";
}

}  // namespace lectr::app::alerts
