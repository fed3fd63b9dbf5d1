#include "lectr/telemetry/exporter.hpp"

#include <prometheus/metric_family.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "lectr/base/clock.hpp"
#include "lectr/base/ids.hpp"
#include "lectr/telemetry/log.hpp"
#include "telemetry/otlp_json.hpp"
#include "telemetry/otlp_post.hpp"
#include "telemetry/otlp_retry.hpp"

namespace lectr::telemetry {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kWaiting = 8192, kWaitingBytes = 8u << 20;  // spans; about a second of a busy gateway
constexpr std::size_t kBatch = 512;
constexpr auto kGather = 1s;    // how long a batch may grow
constexpr auto kGiveUp = 5min;  // on a batch that is tried again and again
constexpr auto kAtTheEnd = 2s;
constexpr auto kNever = 24h;  // for waits that something else ends
constexpr int kNice = 10;     // gives way to the workers

}  // namespace

struct Exporter::Impl {
  Impl(ExporterOptions o, const Metrics& m) : options{std::move(o)}, metrics{m}, poster{options.ca_file, options.gzip} {
    while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
    resource = {options.service_name, options.version, options.instance_id};
  }
  void run();
  void wait();
  bool take_batch();
  bool send_spans();
  void send_metrics();
  void finish();
  Sent post(const char* path, const std::string& body, std::uint64_t* rejected_spans);
  void note(Sent outcome, int status);
  void drop_batch();
  bool out_of_time() const { return stopping && Steady::now() >= deadline; }

  // Set once.
  ExporterOptions options;
  const Metrics& metrics;
  Resource resource;
  const std::int64_t started_us = unix_us();
  std::thread thread;
  // Exporter thread only.
  Poster poster;
  UuidSource dice;
  std::string batch;  // a request's body that was not taken yet
  std::uint64_t batch_spans = 0;
  Steady::time_point batch_since{}, not_before{}, next_metrics{};
  int failed_in_a_row = 0;
  bool troubled = false;
  // Under the lock, which no worker ever takes.
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::string> spans;
  std::size_t span_bytes = 0;
  // Any thread.
  std::atomic<bool> stopping{false};
  Steady::time_point deadline{};  // set before `stopping`
  std::atomic<std::uint64_t> exported{0}, dropped{0}, rejected{0}, failures{0};
};

void Exporter::Impl::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // refused: it is only a courtesy
  next_metrics = Steady::now() + (options.metrics ? options.interval : std::chrono::milliseconds{kNever});
  while (!stopping) {
    wait();
    if (stopping || Steady::now() < not_before) continue;
    send_spans();
    const auto now = Steady::now();
    if (options.metrics && now >= next_metrics && now >= not_before) send_metrics();
  }
  finish();
}

// Until a batch is full or a second old, metrics are due, or the end.
void Exporter::Impl::wait() {
  std::unique_lock hold{mutex};
  const auto ending = [this] { return stopping.load(); };
  if (wake.wait_until(hold, not_before, ending) || !batch.empty()) return;
  if (!wake.wait_until(hold, next_metrics, [&] { return ending() || !spans.empty(); })) return;
  wake.wait_until(hold, std::min(Steady::now() + kGather, next_metrics), [&] { return ending() || spans.size() >= kBatch; });
}

bool Exporter::Impl::take_batch() {
  if (!batch.empty()) return true;
  std::vector<std::string> taken;
  {
    const std::lock_guard hold{mutex};
    for (; !spans.empty() && taken.size() < kBatch; spans.pop_front()) {
      span_bytes -= spans.front().size();
      taken.push_back(std::move(spans.front()));
    }
  }
  if (taken.empty()) return false;
  batch = traces_json(resource, taken);
  batch_spans = taken.size();
  batch_since = Steady::now();
  return true;
}

// False: there was none, or the receiver did not take it.
bool Exporter::Impl::send_spans() {
  if (!take_batch()) return false;
  std::uint64_t refused = 0;
  const Sent outcome = post("/v1/traces", batch, &refused);
  if (outcome == Sent::yes) {
    refused = std::min(refused, batch_spans);
    exported += batch_spans - refused;
    batch.clear();
  } else if (outcome == Sent::never || Steady::now() - batch_since > kGiveUp) {
    drop_batch();
  }
  return outcome == Sent::yes;
}

void Exporter::Impl::send_metrics() {
  next_metrics = Steady::now() + options.interval;
  const auto own = metrics.collect(options.state ? options.state() : ProcessState{}), genai = metrics.collect_genai();
  const Scope scopes[] = {{"lectr", own}, {"lectr.gen_ai", genai}};
  post("/v1/metrics", metrics_json(resource, scopes, started_us, unix_us()), nullptr);  // not taken: the next ones hold all that these held
}

Sent Exporter::Impl::post(const char* path, const std::string& body, std::uint64_t* refused) {
  const auto headers = options.headers ? options.headers() : std::vector<std::pair<std::string, std::string>>{};
  const PostAnswer answer = poster.post(options.endpoint + path, headers, body, [this] { return out_of_time(); });
  const Sent outcome = judge(answer.status);
  if (outcome == Sent::yes) {
    const std::uint64_t count = rejected_of(answer.body);
    rejected += count;
    if (refused) *refused = count;
    failed_in_a_row = 0;
  } else {
    ++failures;
    if (outcome == Sent::again) not_before = Steady::now() + wait_after(++failed_in_a_row, answer.retry_after, dice.dice());
  }
  note(outcome, answer.status);
  return outcome;
}

// Once for each change.
void Exporter::Impl::note(Sent outcome, int status) {
  if (troubled == (outcome != Sent::yes)) return;
  troubled = !troubled;
  if (!troubled) return log::info("otlp: the receiver takes exports again");
  const std::string why = status == 0 ? "it does not answer" : "it answers " + std::to_string(status);
  log::warn("otlp: the receiver takes no exports now: " + why + ". Requests and rows are not touched by it; spans beyond the bound are dropped");
}

void Exporter::Impl::drop_batch() {
  dropped += batch_spans;
  batch.clear();
}

void Exporter::Impl::finish() {
  while (!out_of_time() && send_spans()) {}
  if (!out_of_time() && options.metrics && !troubled) send_metrics();
  if (!batch.empty()) drop_batch();
  const std::lock_guard hold{mutex};
  dropped += spans.size();
  spans.clear();
}

Exporter::Exporter(ExporterOptions options, const Metrics& metrics) : impl_{std::make_unique<Impl>(std::move(options), metrics)} {}
Exporter::~Exporter() { stop(); }

void Exporter::start() {
  impl_->thread = std::thread{[this] { impl_->run(); }};
  ::pthread_setname_np(impl_->thread.native_handle(), "otlp");
}

void Exporter::stop() {
  Impl& e = *impl_;
  if (!e.thread.joinable()) return;
  {
    const std::lock_guard hold{e.mutex};
    e.deadline = Steady::now() + kAtTheEnd;
    e.stopping = true;
  }
  e.wake.notify_one();
  e.thread.join();
}

void Exporter::offer(const Event& event) {
  Impl& e = *impl_;
  if (!e.options.traces || (event.trace.present() && !event.trace.sampled())) return;
  std::string span = span_json(event, e.options.conventions, e.options.server ? e.options.server(event) : std::nullopt);
  bool tell = false;
  {
    const std::lock_guard hold{e.mutex};
    if (e.spans.size() >= kWaiting || e.span_bytes + span.size() > kWaitingBytes) {
      ++e.dropped;
      return;
    }
    e.span_bytes += span.size();
    e.spans.push_back(std::move(span));
    tell = e.spans.size() == 1 || e.spans.size() == kBatch;
  }
  if (tell) e.wake.notify_one();
}

ExporterCounters Exporter::counters() const noexcept {
  const Impl& e = *impl_;
  return {e.exported, e.dropped, e.rejected, e.failures};
}

}  // namespace lectr::telemetry
