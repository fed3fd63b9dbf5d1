#include "telemetry/process_families.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>

#include "lectr/base/clock.hpp"

namespace lectr::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
const std::int64_t kStartedUs = unix_us();
using Pair = std::pair<const char*, const char*>;

class Families {
 public:
  template <class Number>
  void counter(const char* name, const char* help, Number value, std::initializer_list<Pair> labels = {}) {
    sample(name, help, MetricType::Counter, labels).counter.value = static_cast<double>(value);
  }
  template <class Number>
  void gauge(const char* name, const char* help, Number value, std::initializer_list<Pair> labels = {}) {
    sample(name, help, MetricType::Gauge, labels).gauge.value = static_cast<double>(value);
  }
  std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  ClientMetric& sample(const char* name, const char* help, MetricType type, std::initializer_list<Pair> labels) {
    if (families_.empty() || families_.back().name != name) families_.push_back({name, help, type, {}});
    ClientMetric& made = families_.back().metric.emplace_back();
    for (const auto& [label, value] : labels) made.label.push_back({label, value});
    return made;
  }
  std::vector<MetricFamily> families_;
};

void add_events(Families& out, const ProcessState& s) {
  out.counter("lectr_events_received_total", "Rows that workers offered.", s.events_received);
  out.counter("lectr_events_journaled_total", "Rows appended to the journal.", s.events_journaled);
  out.counter("lectr_events_written_total", "Rows in the store, those of an earlier process that were replayed too.", s.events_written);
  out.counter("lectr_events_dropped_total", "Rows lost: a ring was full, or the journal at its bound with the store away.", s.events_dropped);
  out.counter("lectr_telemetry_missed_total", "Rows that these metrics and the traces did not hear of, though the store did.", s.events_missed);
  out.gauge("lectr_event_queue_depth", "Rows between the workers and the journal.", s.queue_depth);
  out.gauge("lectr_journal_backlog", "Rows in the journal that the store does not have yet.", s.journal_backlog);
  out.gauge("lectr_journal_bytes", "Size of the journal on disk.", s.journal_bytes);
  out.gauge("lectr_degraded", "1 while the store takes no rows, and for five minutes after rows were lost.", s.degraded ? 1 : 0);
}

void add_control(Families& out, const ProcessState& s) {
  out.gauge("lectr_orgs", "Orgs in force on this instance.", s.orgs);
  out.gauge("lectr_control_version", "Sum of the orgs' control versions in force: instances differ only while a change is on its way.",
            s.control_version);
  if (s.prices_dated_us > 0) out.gauge("lectr_price_data_age_seconds", "Age of the price data.", (unix_us() - s.prices_dated_us) / 1'000'000);
  constexpr const char* kBreakers = "Breakers of rules' targets and of credentials, by state.";
  out.gauge("lectr_breakers", kBreakers, s.breakers_closed, {{"state", "closed"}});
  out.gauge("lectr_breakers", kBreakers, s.breakers_open, {{"state", "open"}});
  out.gauge("lectr_breakers", kBreakers, s.breakers_half_open, {{"state", "half_open"}});
  out.gauge("lectr_instances", "Instances that share limits and budgets, as this one sees it.", s.instances);
  out.counter("lectr_limit_checks_total", "Requests that limits or budgets decided.", s.limits_asked);
  if (!s.redis_configured) return;
  out.gauge("lectr_redis_up", "1 while Redis answers; else each instance decides by its share.", s.redis_up ? 1 : 0);
  out.counter("lectr_redis_waits_total", "Requests that waited for Redis.", s.limits_waited);
  out.counter("lectr_redis_wait_seconds_total", "How long they waited in all.", static_cast<double>(s.limits_waited_us) / 1e6);
}

void add_otlp(Families& out, const ProcessState& s) {
  if (!s.otlp_configured) return;
  constexpr const char* kSpans = "Spans by what became of them.";
  out.counter("lectr_otlp_spans_total", kSpans, s.spans_exported, {{"result", "exported"}});
  out.counter("lectr_otlp_spans_total", kSpans, s.spans_dropped, {{"result", "dropped"}});
  out.counter("lectr_otlp_spans_total", kSpans, s.spans_rejected, {{"result", "rejected"}});
  out.counter("lectr_otlp_failures_total", "Exports that the receiver did not take.", s.exports_failed);
}

double resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  double size = 0, resident = 0;
  in >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::size_t open_files() {
  std::error_code failed;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator at{"/proc/self/fd", failed}, end; !failed && at != end; at.increment(failed)) ++count;
  return count == 0 ? 0 : count - 1;  // the one that lists them
}

// By the names that Prometheus' own clients have, so that usual dashboards work.
void add_process(Families& out) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  out.counter("process_cpu_seconds_total", "User and system CPU time.", of(used.ru_utime) + of(used.ru_stime));
  out.gauge("process_resident_memory_bytes", "Resident memory.", resident_bytes());
  out.gauge("process_open_fds", "Open file descriptors.", open_files());
  out.gauge("process_max_fds", "Limit of open file descriptors.", files.rlim_cur);
  out.gauge("process_start_time_seconds", "Unix time of the start.", static_cast<double>(kStartedUs) / 1e6);
}

}  // namespace

std::vector<MetricFamily> process_families(const ProcessState& s) {
  Families out;
  out.gauge("lectr_build_info", "Always 1; the version is the label.", 1, {{"version", s.version.c_str()}});
  out.gauge("lectr_connections", "Open client connections.", s.connections);
  out.gauge("lectr_requests_in_flight", "Requests under way.", s.exchanges);
  out.counter("lectr_unauthenticated_requests_total", "Requests refused before an org could be told; they leave no row.", s.unauthenticated);
  out.counter("lectr_compared_total", "Exchanges whose bodies were hashed where they came in and where they left, one in compare_one_in.",
              s.compared);
  out.counter("lectr_mismatch_total", "Of these, what left was not what came in; anything but 0 is a fault of the gateway.", s.mismatches);
  add_events(out, s);
  add_control(out, s);
  add_otlp(out, s);
  add_process(out);
  return out.take();
}

}  // namespace lectr::telemetry
