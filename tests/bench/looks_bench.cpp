// A detector's look through the real store: rollups of five minutes read, every series judged, what they learned saved.
//   bench_looks [ORGS [FEATURES [LOOKS]]]     default: 1000 × 50, 13 looks, of which one saves; SQLite under the temporary folder, removed afterwards
// Every feature has one to three requests in five minutes and had so for a week. The store is filled by a process of its own, so that the peak of
// memory is the detector's.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "app/anomaly_watch.hpp"
#include "lectr/base/ids.hpp"

namespace {

using namespace lectr;
using insight::kBucketUs;

constexpr std::int64_t kFirst = 20'465LL * 86'400'000'000 + 10 * 3'600'000'000LL;  // ten o'clock of a Monday
constexpr int kTaught = 7 * 288;

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}
double cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}
long peak_mib() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6) / 1024;
  return -1;
}

unsigned dice_of(int feature, int bucket, int request) {
  unsigned v = static_cast<unsigned>(feature * 7919 + bucket * 104729 + request * 1299709) * 2654435761u;
  v ^= v >> 15;
  return v * 2246822519u >> 12;
}
std::string name_of(int feature) { return "feature-" + std::to_string(feature); }
int requests_in(int feature, int bucket) { return 1 + static_cast<int>(dice_of(feature, bucket, 0) % 3); }
std::int64_t latency_of(int feature, int bucket, int request) { return 500'000 + dice_of(feature, bucket, request) % 400'000; }
std::int64_t femto_of(int feature, int bucket, int request) {
  return 1'000'000'000'000 + dice_of(feature, bucket, request + 9) % 1'000'000 * 1'000'000LL;
}

Event event_of(OrgId org, int feature, int bucket, int request, UuidSource& ids) {
  Event e;
  e.completed_at_us = kFirst + bucket * kBucketUs + dice_of(feature, bucket, request + 20) % kBucketUs;
  e.id = ids.next(e.completed_at_us / 1000);
  e.org_id = org, e.key_id = 1, e.provider = "openai", e.endpoint = "/v1/chat/completions", e.method = "POST";
  e.model_requested = feature % 2 ? "gpt-4o" : "gpt-4o-mini", e.model_actual = e.model_requested + "-2024-08-06", e.feature = name_of(feature);
  e.status = 200, e.attempts = 1, e.latency_us = latency_of(feature, bucket, request);
  e.token_source = TokenSource::provider, e.tokens_input = 500, e.tokens_output = 100;
  e.cost = Money{femto_of(feature, bucket, request)}, e.cost_source = CostSource::price_table;
  return e;
}

store::FeatureBucket bucket_of(const std::optional<std::string>& feature, int bucket) {
  store::FeatureBucket b;
  b.org = 1, b.feature = feature, b.start_us = kFirst + bucket * kBucketUs;
  return b;
}
// What the events above come to, without a store: what a week of it has taught the detector.
std::vector<store::FeatureBucket> taught(int features, int bucket) {
  std::vector<store::FeatureBucket> out;
  store::FeatureBucket sum = bucket_of({}, bucket);
  for (int f = 0; f < features; ++f) {
    auto& b = out.emplace_back(bucket_of(name_of(f), bucket));
    b.requests = requests_in(f, bucket);
    for (int r = 0; r < b.requests; ++r) {
      const double cost = static_cast<double>(femto_of(f, bucket, r)) * 1e-15;
      b.cost += cost, b.cost2 += cost * cost, b.p95_us = std::max(b.p95_us, latency_of(f, bucket, r));
    }
    sum.requests += b.requests, sum.cost += b.cost, sum.cost2 += b.cost2;
  }
  sum.p95_us = 880'000;
  out.push_back(sum);
  return out;
}

int fill(const std::string& url, int orgs, int features, int looks) {
  auto stores = store::open_stores(url);
  if (!stores) return std::fprintf(stderr, "%s\n", stores.error().what), 1;
  app::AnomalyJudge teacher{[](OrgId) { return app::JudgedBy{[](std::int64_t us) { return us; }, {}}; }};
  std::vector<app::Found> found;
  for (int bucket = -kTaught; bucket < 0; ++bucket) teacher.judge(kFirst + bucket * kBucketUs, taught(features, bucket), false, found);
  store::OrgSeries series;
  teacher.save([&](const store::OrgSeries& org) { series = org; });
  const auto turn = stores->insight->take_turn("bench", kFirst, kFirst + kBucketUs);
  const auto of_all = [&](const store::InsightStore::EachSeries& give) {
    for (series.org = 1; series.org <= orgs; ++series.org) give(series);
  };
  if (!turn || !stores->insight->save_series("bench", kFirst, of_all)) return 1;
  UuidSource ids;
  std::vector<Event> batch;
  for (int bucket = 0; bucket < looks; ++bucket) {
    for (OrgId org = 1; org <= orgs; ++org) {
      for (int f = 0; f < features; ++f)
        for (int r = 0; r < requests_in(f, bucket); ++r) batch.push_back(event_of(org, f, bucket, r, ids));
      if (batch.size() < 4096 && org < orgs) continue;
      if (!stores->events->append(batch)) return 1;
      batch.clear();
    }
    for (auto rolled = stores->events->roll_up(); rolled && *rolled > 0;) rolled = stores->events->roll_up();
  }
  return 0;
}

int look(const std::string& url, int looks) {
  auto stores = store::open_stores(url);
  if (!stores) return std::fprintf(stderr, "%s\n", stores.error().what), 1;
  const auto empty = std::make_shared<const config::Snapshot>();
  app::AnomalyWatch watch{*stores, "bench", [&] { return empty; }, [] { return false; }};
  std::vector<double> times;
  for (int bucket = 0; bucket < looks; ++bucket) {
    const auto began = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    if (!watch.catch_up(kFirst + (bucket + 1) * kBucketUs + 40'000'000)) return std::fprintf(stderr, "look %d failed\n", bucket), 1;
    times.push_back(seconds_since(began));
    std::printf("look %2d: %.2f s, %.2f s of CPU; peak memory %ld MiB%s\n", bucket + 1, times.back(), cpu_seconds() - cpu, peak_mib(),
                bucket == 0        ? "; loads all series"
                : bucket + 1 == 12 ? "; saves all series"
                                   : "");
    std::fflush(stdout);
  }
  const auto open = stores->insight->open_anomalies();
  std::sort(times.begin(), times.end());
  std::printf("median %.2f s, slowest %.2f s; %zu anomalies are open\n", times[times.size() / 2], times.back(), open ? open->size() : 0);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto given = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
  const int orgs = given(1, 1000), features = given(2, 50), looks = given(3, 13);
  const auto folder = std::filesystem::temp_directory_path() / ("lectr-looks-" + std::to_string(::getpid()));
  const std::string url = "sqlite:" + (folder / "looks.db").string();
  const auto began = std::chrono::steady_clock::now();
  int status = 0;
  if (const pid_t child = ::fork(); child == 0) {
    std::_Exit(fill(url, orgs, features, looks));
  } else if (::waitpid(child, &status, 0) != child || status != 0) {
    return std::fprintf(stderr, "the store could not be filled\n"), 1;
  }
  std::printf("%d orgs of %d features, filled in %.0f s\n", orgs, features, seconds_since(began));
  const int result = look(url, looks);
  std::filesystem::remove_all(folder);
  return result;
}
