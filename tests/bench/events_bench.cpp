// Sustained rows per second from offer() to the committed row, the CPU that a row costs behind the queue, the cost of offer(), the idle cost of
// the pipeline, and the delays from offer to journal and to the row. Usage: bench_events [ROWS [URL [RATE]]]; the default is 300000 rows into a
// new SQLite file under the temporary folder, as fast as they go and then at RATE (40000) a second. A Postgres URL should name an empty
// database. Prints figures and loss, judges nothing.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "events/codec.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/events/pipeline.hpp"
#include "lectr/store/control_store.hpp"
#include "lectr/telemetry/log.hpp"

namespace {

using namespace lectr;

Event typical() {
  Event e;
  e.org_id = 1, e.key_id = 1;
  e.provider = "openai", e.endpoint = "/v1/chat/completions", e.method = "POST";
  e.model_requested = "gpt-4o-mini", e.model_actual = "gpt-4o-mini-2024-07-18", e.feature = "support-chat", e.task = "generation";
  e.provider_request_id = "req_0123456789abcdef0123456789abcdef";
  e.status = 200, e.verdict = Verdict::complete, e.streaming = true, e.attempts = 1;
  e.latency_us = 812'345, e.ttfb_us = 123'456, e.bytes_in = 4'321, e.bytes_out = 98'765;
  e.token_source = TokenSource::provider, e.tokens_input = 1'000, e.tokens_output = 200, e.tokens_cached = 0;
  e.cost = e.cost_low = e.cost_high = Money{270'000'000'000}, e.cost_source = CostSource::price_table, e.price_version = "builtin-2026-11-10";
  return e;
}

double cpu_seconds(int who) {
  rusage use{};
  ::getrusage(who, &use);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}
// All threads but the calling one, which plays the worker.
double cold_cpu_seconds() { return cpu_seconds(RUSAGE_SELF) - cpu_seconds(RUSAGE_THREAD); }

void offer_cost() {
  constexpr int kRounds = 200, kEach = 5'000;
  events::Queue queue{8u << 20};
  Event event = typical();
  UuidSource ids;
  std::string sink;
  double best = 1e9, sum = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < kEach; ++i) queue.offer(event);
    const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begun).count() / kEach;
    best = std::min(best, ns);
    sum += ns;
    sink.clear();
    queue.drain(sink);
  }
  std::printf("offer(): %.0f ns mean, %.0f ns best of %d rounds; record %zu bytes; dropped %llu\n", sum / kRounds, best, kRounds, sink.size() / kEach,
              static_cast<unsigned long long>(queue.dropped()));
}

// `rate` 0: as fast as they go.
void sustained(const std::string& url, std::uint64_t rows, double rate, const std::string& journal) {
  auto stores = store::open_stores(url);
  if (!stores) {
    std::printf("store: %s\n", stores.error().what);
    return;
  }
  events::Queue queue{8u << 20};
  events::Pipeline pipeline{{journal, 1ull << 30}, {&queue}, [&](std::span<const Event> batch) { return stores->events->append(batch); }};
  pipeline.start();
  Event event = typical();
  UuidSource ids;
  const double cpu = cold_cpu_seconds();
  const auto begun = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); };
  std::uint64_t most_behind = 0;
  for (std::uint64_t n = 0; n < rows; ++n) {
    // At most what the ring holds for certain: the worker of this bench is faster than any proxy could be.
    while (rate == 0 && queue.depth() > 10'000) std::this_thread::yield();
    if (rate != 0 && static_cast<double>(n) / rate > seconds()) {
      most_behind = std::max(most_behind, n - pipeline.counters().written);
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    event.completed_at_us = unix_us();
    event.id = ids.next(event.completed_at_us / 1000);
    queue.offer(event);
  }
  const double offered = seconds();
  while (pipeline.counters().written < rows && pipeline.counters().dropped == 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  const double took = seconds();
  const auto c = pipeline.counters();
  std::printf(
      "%s, %s: %llu rows, offered in %.2f s, stored after %.2f s: %.0f rows/s; CPU behind the queue %.2f us/row; dropped %llu; "
      "received = written + dropped: %s\n",
      url.substr(0, url.find(':')).c_str(), rate == 0 ? "as fast as they go" : "paced", static_cast<unsigned long long>(rows), offered, took,
      static_cast<double>(c.written) / took, (cold_cpu_seconds() - cpu) / static_cast<double>(rows) * 1e6, static_cast<unsigned long long>(c.dropped),
      c.received == c.written + c.dropped ? "yes" : "NO");
  if (rate != 0)
    std::printf("  most rows under way: %llu, that is %.0f ms of traffic\n", static_cast<unsigned long long>(most_behind),
                static_cast<double>(most_behind) / rate * 1e3);
}

void delay_and_idle(const std::string& journal) {
  events::Queue queue;
  events::Pipeline pipeline{{journal, 1ull << 30}, {&queue}, [](std::span<const Event>) -> Result<void> { return {}; }};
  pipeline.start();
  std::vector<double> delays;
  for (std::uint64_t n = 1; n <= 200; ++n) {
    std::this_thread::sleep_for(std::chrono::microseconds{1000 + 137 * (n % 41)});
    const auto begun = std::chrono::steady_clock::now();
    queue.offer(typical());
    while (pipeline.counters().journaled < n) std::this_thread::sleep_for(std::chrono::microseconds{50});
    delays.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
  }
  std::sort(delays.begin(), delays.end());
  std::printf("offer to journal, trickle: %.1f ms median, %.1f ms P99, %.1f ms worst of %zu\n", delays[100], delays[197], delays.back(),
              delays.size());
  std::this_thread::sleep_for(std::chrono::seconds{2});
  const double cpu = cold_cpu_seconds();
  std::this_thread::sleep_for(std::chrono::seconds{5});
  std::printf("idle pipeline: %.3f %% of one core\n", (cold_cpu_seconds() - cpu) / 5 * 100);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 300'000;
  const auto folder = std::filesystem::temp_directory_path() / ("lectr_bench_" + std::to_string(::getpid()));
  const std::string url = argc > 2 ? argv[2] : "sqlite:" + (folder / "bench.db").string();
  const double rate = argc > 3 ? std::strtod(argv[3], nullptr) : 40'000;
  if (rows == 0 || rate <= 0) {
    std::printf("usage: bench_events [ROWS [URL [RATE]]]\n");
    return 2;
  }
  std::filesystem::create_directories(folder);
  offer_cost();
  sustained(url, rows, 0, (folder / "journal").string());
  sustained(url, rows, rate, (folder / "journal").string());
  delay_and_idle((folder / "journal2").string());
  std::filesystem::remove_all(folder);
}
