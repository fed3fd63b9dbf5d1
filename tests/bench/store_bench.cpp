// The store at the size of months: rows a second in, rollups, and how long the dashboard's questions take.
// Usage: bench_store [URL [ROWS [DAYS [SECONDS [NAME]]]]]. The default is 1,000,000 rows over 30 days in a SQLite file under the temporary folder. Rows
// that are there already are kept, and filling goes on behind them for at most SECONDS (170), so that a large store is made in several runs; the
// questions are asked once it is full, or, with SECONDS 0, about what is there; with NAME only those that have it in their name. A Postgres URL should name an empty database, or one that an earlier run left. Judges nothing.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>

#include "lectr/base/clock.hpp"
#include "lectr/store/control_store.hpp"
#include "lectr/telemetry/log.hpp"
#include "store/postgres/partitions.hpp"
#include "store_rows.hpp"

namespace {

using namespace lectr;
using bench::kDay;
using bench::StoreRows;
using store::Dimension;
using store::RequestSort;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kMinute = 60'000'000, kHour = 60 * kMinute;

double seconds_since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }
double cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}
double load_average() {
  double load = 0;
  return ::getloadavg(&load, 1) == 1 ? load : -1;
}

struct Data {
  store::EventStore& events;
  std::int64_t start_us, end_us, rows;
};

std::int64_t rows_there(store::EventStore& events) {
  std::int64_t rows = 0;
  for (OrgId org = 1; org <= 3; ++org)
    if (const auto sums = events.aggregate({.filter = {.org = org, .from_us = 0, .to_us = 1ll << 60}})) rows += sums->total.requests;
  return rows;
}

struct Spent {
  double append_s = 0, append_cpu = 0, roll_s = 0, roll_cpu = 0;
  std::int64_t rows = 0;
};

bool roll(store::EventStore& events, Spent& spent) {
  const auto begun = Clock::now();
  const double cpu = cpu_seconds();
  while (true) {
    const auto rolled = events.roll_up();
    if (!rolled) std::printf("roll_up: %s\n", rolled.error().what);
    if (!rolled || *rolled == 0) {
      spent.roll_s += seconds_since(begun), spent.roll_cpu += cpu_seconds() - cpu;
      return rolled.has_value();
    }
  }
}

// In turns of appending and rolling up, as a daemon would.
bool fill(Data& data, const StoreRows& rows, double limit_s) {
  constexpr std::int64_t kTurn = 100'000, kBatch = 2'048;
  const auto begun = Clock::now();
  Spent spent;
  std::int64_t at = rows_there(data.events);
  std::vector<Event> made;
  while (at < data.rows && seconds_since(begun) < limit_s) {
    const std::int64_t n = std::min(kTurn, data.rows - at);
    made.clear();
    for (std::int64_t i = 0; i < n; ++i) made.push_back(rows.row(at + i));
    const auto appending = Clock::now();
    const double cpu = cpu_seconds();
    for (std::int64_t i = 0; i < n; i += kBatch) {
      const auto done = data.events.append(std::span{made}.subspan(static_cast<std::size_t>(i), static_cast<std::size_t>(std::min(kBatch, n - i))));
      if (done) continue;
      std::printf("append: %s\n", done.error().what);
      return false;
    }
    spent.append_s += seconds_since(appending), spent.append_cpu += cpu_seconds() - cpu;
    if (!roll(data.events, spent)) return false;
    at += n, spent.rows += n;
  }
  if (spent.rows > 0) {
    const auto n = static_cast<double>(spent.rows);
    std::printf("append: %.0f rows/s, %.2f us of CPU here per row; roll_up: %.0f rows/s, %.2f us of CPU here per row; %lld rows, now %lld\n",
                n / spent.append_s, spent.append_cpu / n * 1e6, n / spent.roll_s, spent.roll_cpu / n * 1e6, static_cast<long long>(spent.rows),
                static_cast<long long>(at));
  }
  data.end_us = rows.time_of(at);
  return at >= data.rows || limit_s == 0;
}

int g_slow = 0, g_asked = 0;
const char* g_only = "";

// `ask` gets a number that varies the window a little; it returns how much it found, or less than 0.
void measure(const char* name, const std::function<std::int64_t(int)>& ask) {
  constexpr int kTimes = 50;
  if (std::strstr(name, g_only) == nullptr) return;
  std::vector<double> ms;
  std::int64_t found = 0;
  for (int i = -2; i < kTimes; ++i) {  // two to warm up
    const auto begun = Clock::now();
    found = ask(i + 2);
    if (i >= 0) ms.push_back(seconds_since(begun) * 1e3);
    if (found < 0) {
      std::printf("  %-58s failed\n", name);
      return;
    }
  }
  std::sort(ms.begin(), ms.end());
  const double p95 = ms[static_cast<std::size_t>(kTimes * 95 / 100)];
  ++g_asked, g_slow += p95 >= 50;
  std::printf("  %-58s %7.1f %7.1f %7.1f ms   %lld\n", name, ms[kTimes / 2], p95, ms.back(), static_cast<long long>(found));
}

void measure_sums(const Data& d) {
  struct Question {
    const char* name;
    std::int64_t window_us, step_us;
    Dimension by;
    store::RollupFilter filter{};
  };
  const Question questions[] = {
      {"24 h, totals", kDay, 0, Dimension::none},
      {"24 h by provider, steps of 15 min", kDay, 15 * kMinute, Dimension::provider},
      {"24 h by feature, steps of 15 min", kDay, 15 * kMinute, Dimension::feature},
      {"1 h by feature, steps of 1 min", kHour, kMinute, Dimension::feature},
      {"6 h by model, steps of 5 min", 6 * kHour, 5 * kMinute, Dimension::model},
      {"7 d by provider, steps of 2 h", 7 * kDay, 2 * kHour, Dimension::provider},
      {"7 d by model, steps of 1 h", 7 * kDay, kHour, Dimension::model},
      {"30 d, totals", 30 * kDay, 0, Dimension::none},
      {"30 d by provider, steps of 6 h", 30 * kDay, 6 * kHour, Dimension::provider},
      {"30 d by feature, steps of 6 h", 30 * kDay, 6 * kHour, Dimension::feature},
      {"30 d by key, steps of 1 d", 30 * kDay, kDay, Dimension::key},
      {"30 d by status class, steps of 1 h", 30 * kDay, kHour, Dimension::status_class},
      {"24 h of one feature by provider, steps of 15 min", kDay, 15 * kMinute, Dimension::provider, {.feature = "support-chat"}},
      {"7 d of one model by feature, steps of 2 h", 7 * kDay, 2 * kHour, Dimension::feature, {.model = "gpt-4o-2024-08-06"}},
      {"30 d of one feature by model, steps of 6 h", 30 * kDay, 6 * kHour, Dimension::model, {.feature = "support-chat"}},
      {"30 d of one provider and key, steps of 12 h", 30 * kDay, 12 * kHour, Dimension::none, {.provider = "openai", .key = 11}},
      {"30 d of a rare feature by provider, steps of 6 h", 30 * kDay, 6 * kHour, Dimension::provider, {.feature = bench::kRareFeature}}};
  std::printf("sums:%-55s     P50     P95    most      requests\n", "");
  for (const Question& q : questions)
    measure(q.name, [&](int turn) {
      store::AggregateQuery query{.filter = q.filter, .by = q.by, .step_us = q.step_us};
      query.filter.org = 1;
      query.filter.to_us = d.end_us - turn * 13 * kMinute;
      query.filter.from_us = query.filter.to_us - q.window_us;
      const auto sums = d.events.aggregate(query);
      return sums ? sums->total.requests : -1;
    });
}

void measure_pages(const Data& d) {
  struct Question {
    const char* name;
    store::RequestFilter filter;
    std::int64_t window_us = 30 * kDay;
    RequestSort sort = RequestSort::time;
    bool deep = false;
  };
  const Question questions[] = {{"newest", {}},
                                {"newest of 24 h", {}, kDay},
                                {"from a cursor deep in the month", {}, 30 * kDay, RequestSort::time, true},
                                {"provider", {.provider = "mistral"}},
                                {"model that answered", {.model = "o3"}},
                                {"model asked for", {.model = "gpt-4o-mini-azure"}},
                                {"feature", {.feature = "report-bot"}},
                                {"task", {.task = "classification"}},
                                {"key", {.key = 14}},
                                {"status class 5", {.status_class = 5}},
                                {"errors", {.errors = true}},
                                {"errors of a feature", {.feature = "report-bot", .errors = true}},
                                {"status 503", {.status = 503}},
                                {"streams that were cut", {.verdict = Verdict::truncated}, kDay},
                                {"a feature of one row in 50,000", {.feature = bench::kRareFeature}},
                                {"the same, failed", {.feature = bench::kRareFeature, .errors = true}},
                                {"a feature that no row has", {.feature = "none"}},
                                {"feature, from a deep cursor", {.feature = "report-bot"}, 30 * kDay, RequestSort::time, true},
                                {"rare feature, from a deep cursor", {.feature = bench::kRareFeature}, 30 * kDay, RequestSort::time, true},
                                {"slower than 60 s", {.min_latency_us = 60'000'000}},
                                {"dearer than 0.04 USD", {.min_cost = Money{40'000'000'000'000}}},
                                {"slowest of 24 h", {}, kDay, RequestSort::latency},
                                {"slowest of 30 d", {}, 30 * kDay, RequestSort::latency},
                                {"slowest of 30 d of a feature", {.feature = "extraction"}, 30 * kDay, RequestSort::latency},
                                {"dearest of 30 d", {}, 30 * kDay, RequestSort::cost},
                                {"most tokens of 30 d", {}, 30 * kDay, RequestSort::tokens},
                                {"longest first byte of 7 d", {}, 7 * kDay, RequestSort::ttfb}};
  std::printf("pages of 50 rows:%-43s     P50     P95    most      rows\n", "");
  for (const Question& q : questions)
    measure(q.name, [&](int turn) {
      store::RequestFilter filter = q.filter;
      filter.org = 1;
      filter.to_us = d.end_us - turn * 13 * kMinute;
      filter.from_us = *filter.to_us - q.window_us;
      std::optional<store::RequestCursor> cursor;
      if (q.deep) cursor = store::RequestCursor{d.start_us + (5 + turn % 20) * kDay + turn * kHour / 3, {}};
      const auto page = d.events.requests(filter, cursor, 50, q.sort);
      return page ? static_cast<std::int64_t>(page->rows.size()) : -1;
    });
}

// Postgres: partitions of the past, as they would be there.
void make_past(const std::string& url, std::int64_t start_us, std::int64_t end_us) {
  store::postgres::PostgresDatabase database{url};
  for (std::int64_t day = start_us - kDay; day <= end_us; day += kDay)
    (void)database.write([&](store::Session& session) { store::postgres::make_partitions(session, day); });
}

}  // namespace

int main(int argc, char** argv) {
  const auto folder = std::filesystem::temp_directory_path() / ("lectr_store_bench_" + std::to_string(::getpid()));
  const bool own = argc < 2;
  const std::string url = own ? "sqlite:" + (folder / "bench.db").string() : argv[1];
  const std::int64_t rows = argc > 2 ? std::strtoll(argv[2], nullptr, 10) : 1'000'000, days = argc > 3 ? std::strtoll(argv[3], nullptr, 10) : 30;
  const double limit_s = argc > 4 ? std::strtod(argv[4], nullptr) : 170;
  if (argc > 5) g_only = argv[5];
  if (rows <= 0 || days <= 0) {
    std::printf("usage: bench_store [URL [ROWS [DAYS [SECONDS [NAME]]]]]\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  log::start("warn");
  auto stores = store::open_stores(url);
  if (!stores) {
    std::printf("store: %s\n", stores.error().what);
    return 1;
  }
  const auto oldest = stores->events->oldest_us(1);
  const std::int64_t start = oldest && *oldest ? **oldest / kDay * kDay : unix_us() / kDay * kDay - days * kDay;
  if (!url.starts_with("sqlite:") && !(oldest && *oldest)) make_past(url, start, unix_us());
  std::printf("%s, %lld rows over %lld days, %u cores, load average %.1f\n", url.substr(0, url.find(':')).c_str(), static_cast<long long>(rows),
              static_cast<long long>(days), std::thread::hardware_concurrency(), load_average());
  Data data{*stores->events, start, start, rows};
  if (fill(data, StoreRows{start, rows, days}, limit_s)) {
    measure_sums(data);
    measure_pages(data);
    std::printf("%d of %d questions under 50 ms at P95\n", g_asked - g_slow, g_asked);
  } else {
    std::printf("not full yet: run it again\n");
  }
  if (own) std::filesystem::remove_all(folder);
}
