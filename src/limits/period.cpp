#include "lectr/limits/period.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

namespace lectr::limits {

namespace {

constexpr std::int64_t kDay = 86'400;

// The rule behind the last transition, "CET-1CEST,M3.5.0,M10.5.0/3": standard time, summer time, and when they change each year.
struct Rule {
  bool summer = false;
  std::int64_t standard_offset = 0, summer_offset = 0;
  struct Change {
    int month = 0, week = 0, weekday = 0;
    std::int64_t at_s = 7200;
  } begins, ends;
};

struct Reader {
  std::string_view text;
  bool ok = true;

  bool take(char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  }
  void name() {  // letters, or <+03>
    if (take('<')) {
      const std::size_t end = text.find('>');
      ok = ok && end != text.npos;
      text.remove_prefix(std::min(end, text.size() - 1) + 1);
      return;
    }
    std::size_t n = 0;
    while (n < text.size() && ((text[n] | 0x20) >= 'a' && (text[n] | 0x20) <= 'z')) ++n;
    ok = ok && n >= 3;
    text.remove_prefix(n);
  }
  int number() {
    int value = 0;
    std::size_t n = 0;
    while (n < text.size() && n < 4 && text[n] >= '0' && text[n] <= '9') value = value * 10 + (text[n++] - '0');
    ok = ok && n > 0;
    text.remove_prefix(n);
    return value;
  }
  std::int64_t time() {
    const bool minus = take('-');
    if (!minus) take('+');
    std::int64_t s = number() * 3600;
    if (take(':')) s += number() * 60;
    if (take(':')) s += number();
    return minus ? -s : s;
  }
  Rule::Change change() {
    Rule::Change c;
    ok = ok && take('M');
    c.month = number();
    ok = ok && take('.');
    c.week = number();
    ok = ok && take('.');
    c.weekday = number();
    if (take('/')) c.at_s = time();
    return c;
  }
};

// Forms without months (day of the year) are used by no zone of today; such a rule is left out.
std::optional<Rule> parse_rule(std::string_view text) {
  Reader in{text};
  Rule rule;
  in.name();
  rule.standard_offset = -in.time();
  if (in.ok && in.text.empty()) return rule;
  in.name();
  rule.summer = true;
  rule.summer_offset = rule.standard_offset + 3600;
  if (!in.text.empty() && in.text.front() != ',') rule.summer_offset = -in.time();
  in.ok = in.ok && in.take(',');
  rule.begins = in.change();
  in.ok = in.ok && in.take(',');
  rule.ends = in.change();
  return in.ok && in.text.empty() ? std::optional{rule} : std::nullopt;
}

std::int64_t days_of(std::chrono::year_month_day date) { return std::chrono::sys_days{date}.time_since_epoch().count(); }

std::int64_t local_second(int year, const Rule::Change& c) {
  using namespace std::chrono;
  const auto month_of = std::chrono::year{year} / month{static_cast<unsigned>(c.month)};
  const weekday day{static_cast<unsigned>(c.weekday)};
  const sys_days date = c.week == 5 ? sys_days{month_of / day[last]} : sys_days{month_of / day[static_cast<unsigned>(c.week)]};
  return date.time_since_epoch().count() * kDay + c.at_s;
}

std::int64_t offset_by(const Rule& rule, std::int64_t unix_s) {
  if (!rule.summer) return rule.standard_offset;
  const auto day = std::chrono::sys_days{std::chrono::days{(unix_s + rule.standard_offset) / kDay}};
  const int year = static_cast<int>(std::chrono::year_month_day{day}.year());
  const std::int64_t begins = local_second(year, rule.begins) - rule.standard_offset, ends = local_second(year, rule.ends) - rule.summer_offset;
  const bool summer = begins < ends ? unix_s >= begins && unix_s < ends : unix_s >= begins || unix_s < ends;
  return summer ? rule.summer_offset : rule.standard_offset;
}

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80) ? ~std::uint64_t{0} : 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(value);
}

}  // namespace

struct Zone::Data {
  std::vector<std::int64_t> at;       // transitions, unix seconds
  std::vector<std::int64_t> offsets;  // from then on
  std::int64_t first = 0;             // before them
  std::optional<Rule> rule;           // after them
};

namespace {

// The second block of a TZif file, with 64-bit times (version 2 and later; all of today's files).
std::unique_ptr<Zone::Data> parse_tzif(std::string_view file) {
  constexpr std::size_t kHeader = 44;
  const auto counts = [&file](int i) { return static_cast<std::size_t>(big_endian(file.substr(20 + static_cast<std::size_t>(i) * 4, 4))); };
  if (file.size() < kHeader || !file.starts_with("TZif") || file[4] < '2') return nullptr;
  const std::size_t skipped = kHeader + counts(3) * 5 + counts(4) * 6 + counts(5) + counts(2) * 8 + counts(1) + counts(0);
  if (file.size() < skipped + kHeader) return nullptr;
  file.remove_prefix(skipped);
  if (!file.starts_with("TZif")) return nullptr;
  const std::size_t times = counts(3), types = counts(4), names = counts(5), leaps = counts(2), marks = counts(1) + counts(0);
  if (types == 0 || times > 10'000 || types > 256 || file.size() < kHeader + times * 9 + types * 6 + names + leaps * 12 + marks) return nullptr;
  auto data = std::make_unique<Zone::Data>();
  const auto offset_of = [&](std::size_t type) { return big_endian(file.substr(kHeader + times * 9 + std::min(type, types - 1) * 6, 4)); };
  for (std::size_t i = 0; i < times; ++i) {
    data->at.push_back(big_endian(file.substr(kHeader + i * 8, 8)));
    data->offsets.push_back(offset_of(static_cast<unsigned char>(file[kHeader + times * 8 + i])));
  }
  data->first = offset_of(0);
  std::string_view footer = file.substr(kHeader + times * 9 + types * 6 + names + leaps * 12 + marks);
  if (footer.size() > 2 && footer.front() == '\n') data->rule = parse_rule(footer.substr(1, footer.find('\n', 1) - 1));
  return data;
}

}  // namespace

Zone::Zone(std::unique_ptr<const Data> data) : data_{std::move(data)} {}
Zone::~Zone() = default;

std::shared_ptr<const Zone> Zone::utc() {
  static const auto utc = std::make_shared<const Zone>(std::make_unique<Data>());
  return utc;
}

std::shared_ptr<const Zone> Zone::find(const std::string& name) {
  if (name == "UTC") return utc();
  if (name.empty() || name.front() == '/' || name.find("..") != name.npos) return nullptr;
  const char* folder = std::getenv("TZDIR");
  const std::string path = std::string{folder ? folder : "/usr/share/zoneinfo"} + '/' + name;
  std::error_code bad;
  if (!std::filesystem::is_regular_file(path, bad)) return nullptr;
  std::ifstream in{path, std::ios::binary};
  std::string file{std::istreambuf_iterator<char>{in}, {}};
  auto data = in.bad() ? nullptr : parse_tzif(file);
  return data ? std::make_shared<const Zone>(std::move(data)) : nullptr;
}

std::int64_t Zone::offset_at(std::int64_t unix_s) const {
  const auto next = std::upper_bound(data_->at.begin(), data_->at.end(), unix_s);
  if (next == data_->at.end() && data_->rule) return offset_by(*data_->rule, unix_s);
  return next == data_->at.begin() ? data_->first : data_->offsets[static_cast<std::size_t>(next - data_->at.begin()) - 1];
}

// Where the clocks skip midnight, the date begins at the skip; where they show it twice, at the first time.
std::int64_t Zone::midnight(std::int64_t local_day) const {
  const std::int64_t local = local_day * kDay;
  std::int64_t low = local - 2 * kDay, high = local + 2 * kDay;
  while (low + 1 < high) {  // the first second whose local time is not before it; local time falls back by less than what the search spans
    const std::int64_t middle = low + (high - low) / 2;
    (middle + offset_at(middle) >= local ? high : low) = middle;
  }
  const std::int64_t earlier = local - offset_at(high - 1);  // midnight shown before the clocks went back
  return earlier < high && earlier + offset_at(earlier) == local ? earlier : high;
}

std::int64_t Zone::local_us(std::int64_t unix_us) const { return unix_us + offset_at(unix_us / 1'000'000) * 1'000'000; }

Span Zone::period(config::Period period, std::int64_t unix_us) const {
  using namespace std::chrono;
  const std::int64_t now = unix_us / 1'000'000, local = now + offset_at(now);
  const std::int64_t today = local >= 0 ? local / kDay : -((-local + kDay - 1) / kDay);
  std::int64_t from = today, to = today + 1;
  if (period == config::Period::week) {
    from = today - static_cast<std::int64_t>(weekday{sys_days{days{today}}}.iso_encoding() - 1);
    to = from + 7;
  } else if (period == config::Period::month) {
    const year_month_day date{sys_days{days{today}}};
    from = days_of(date.year() / date.month() / 1);
    to = days_of((date.year() / date.month() + months{1}) / 1);
  }
  return {midnight(from) * 1'000'000, midnight(to) * 1'000'000};
}

}  // namespace lectr::limits
