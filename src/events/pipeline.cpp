#include "lectr/events/pipeline.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "events/codec.hpp"
#include "events/doorbell.hpp"
#include "events/journal.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::events {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;  // waits never look at wall time, so a clock jump can't stretch them

// A quarter of the promised 20 ms from offer to journal; the rest is for being scheduled late. After so many empty rounds the collector
// sleeps until a worker rings.
constexpr int kRoundMs = 5, kQuietRounds = 40;
// How long a batch may grow: the larger the one before, the longer, since a busy store gains by it and nobody waits for one row of many.
constexpr auto kShortestGather = 20ms, kLongestGather = 200ms, kGatherPerRow = 1ms;
// The writer gives way to the workers, which share its cores: its bursts are what a request would notice.
constexpr int kWriterNice = 10;
constexpr auto kCursorEvery = 100ms, kSyncEvery = 1000ms, kReleaseAfter = 1000ms;
constexpr auto kFirstBackoff = 50ms, kLongestBackoff = 2000ms;
constexpr std::size_t kMemoryBytes = 16u << 20;       // what may wait in memory while the disk refuses the journal
constexpr std::size_t kCollectCapacity = 256 * 1024;  // a larger collecting buffer is given back after a burst
constexpr std::int64_t kDegradedForUs = 5 * 60 * 1'000'000ll;
constexpr std::int64_t kNever = -1;

}  // namespace

struct Pipeline::Impl {
  Impl(PipelineOptions o, std::vector<Queue*> q, Append a)
      : options{std::move(o)}, queues{std::move(q)}, append{std::move(a)}, journal{options.journal_dir, options.journal_bytes} {
    options.batch_events = std::max<std::size_t>(options.batch_events, 1);
    dropped = corrupt_seen = journal.corrupt();
    if (dropped > 0) last_drop_us = mono_us();
  }

  void collect();
  void wait_round(bool quiet);
  void collect_once(std::string& buffer);
  void keep_in_memory(std::string_view records);
  void write();
  bool write_from_journal();
  bool write_from_memory();
  bool wait_for_work(bool just_wrote);
  void gather(std::unique_lock<std::mutex>& hold);
  bool deliver(std::span<const Event> batch);
  Result<void> try_append(std::span<const Event> batch);
  bool back_off(int failures);
  void save_cursor(bool now);
  void give_up_memory();
  void sync();
  void drop(std::uint64_t events);
  bool out_of_time() const { return stopping && Steady::now() >= deadline; }

  // Set once.
  PipelineOptions options;
  std::vector<Queue*> queues;
  Append append;
  Journal journal;
  std::thread collector, writer, syncer;
  Doorbell stop_bell;
  // Writer only.
  Journal::Position at;
  std::vector<Event> batch;
  std::vector<Uuid> poison;  // rows of the batch under way that were given up, so that a retry does not count them again
  std::string from_memory;
  Steady::time_point cursor_saved{}, written_at{};
  std::size_t last_rows = 0;
  bool cursor_dirty = false;
  std::uint64_t corrupt_seen = 0;
  std::uint64_t overflow_seen = 0;  // the collector's
  UuidSource dice;                  // jitter
  // Under the lock, which no worker ever takes.
  std::mutex mutex;
  std::condition_variable wake_writer, wake_syncer;
  bool stopping = false, collected = false, written_all = false, unsynced = false,
       work = true;  // `work` at first: an earlier process may have left some
  Steady::time_point deadline{};
  std::deque<std::string> memory;
  std::size_t memory_bytes = 0;
  // Any thread.
  std::atomic<std::uint64_t> written{0}, journaled{0}, dropped{0}, in_memory{0};
  std::atomic<std::int64_t> last_drop_us{kNever};
  std::atomic<bool> store_away{false}, disk_refuses{false}, bound_reached{false};
};

// ---- collector: queues -> journal ----

void Pipeline::Impl::collect() {
  std::string buffer;
  int quiet = 0;
  for (bool last = false; !last;) {
    wait_round(quiet == kQuietRounds);
    {
      const std::lock_guard hold{mutex};
      last = stopping;
    }
    collect_once(buffer);
    quiet = buffer.empty() ? std::min(quiet + 1, kQuietRounds) : 0;
    if (buffer.capacity() > kCollectCapacity) buffer = {};
    buffer.clear();
  }
  const std::lock_guard hold{mutex};
  collected = true;
  wake_writer.notify_one();
}

// Ends after a round, at once when the process is to end, or, while it is quiet, when a worker rings.
void Pipeline::Impl::wait_round(bool quiet) {
  std::vector<pollfd> bells{{stop_bell.fd(), POLLIN, 0}};
  bool nothing = quiet;
  for (std::size_t i = 0; quiet && i < queues.size(); ++i) {
    nothing = queues[i]->lie_down() && nothing;
    bells.push_back({queues[i]->bell(), POLLIN, 0});
  }
  if (!quiet || nothing) ::poll(bells.data(), bells.size(), quiet ? -1 : kRoundMs);
  if (quiet)
    for (Queue* queue : queues) queue->get_up();
}

void Pipeline::Impl::collect_once(std::string& buffer) {
  std::uint64_t count = 0, overflowed = 0;
  for (Queue* queue : queues) {
    overflowed += queue->dropped();  // counted there; here it is noted that it was just now
    count += queue->drain(buffer);
  }
  if (std::exchange(overflow_seen, overflowed) != overflowed) last_drop_us = mono_us();
  if (count == 0) return;
  const auto done = journal.append(buffer);
  journaled += done.events;
  if (options.tap) options.tap->offer(buffer, count);
  const std::string_view rest = std::string_view{buffer}.substr(done.bytes);
  if (disk_refuses.exchange(done.disk_refused) != done.disk_refused)
    log::warn(done.disk_refused ? "events: the disk refuses the journal, events go to the store from memory"
                                : "events: the disk takes the journal again");
  const bool full = !rest.empty() && !done.disk_refused;
  if (bound_reached.exchange(full) != full)
    log::warn(full ? "events: the journal has reached its bound, new events are dropped" : "events: the journal has room again");
  if (full) drop(count - done.events);
  if (done.disk_refused) keep_in_memory(rest);
  const std::lock_guard hold{mutex};
  if (!work || journal.backlog() >= options.batch_events) wake_writer.notify_one();
  if (!unsynced) wake_syncer.notify_one();
  work = unsynced = true;
}

void Pipeline::Impl::keep_in_memory(std::string_view records) {
  std::uint64_t kept = 0, lost = 0;
  std::size_t fit = 0;
  {
    const std::lock_guard hold{mutex};
    for (std::string_view rest = records; const std::size_t size = record_size(rest); rest.remove_prefix(size)) {
      const bool fits = lost == 0 && memory_bytes + fit + size <= kMemoryBytes;
      fits ? ++kept : ++lost;
      if (fits) fit += size;
    }
    if (kept > 0) memory.emplace_back(records.substr(0, fit));
    memory_bytes += fit;
  }
  in_memory += kept;
  if (lost > 0) drop(lost);
}

void Pipeline::Impl::drop(std::uint64_t events) {
  last_drop_us = mono_us();  // first: who sees the count also sees that it is recent
  dropped += events;
}

// ---- writer: journal and memory -> store ----

void Pipeline::Impl::write() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kWriterNice);  // of this thread alone; refused: it is only a courtesy
  at = journal.cursor();
  bool wrote = false;
  while (wait_for_work(wrote)) {
    written_at = Steady::now();
    wrote = write_from_journal();
    if (write_from_memory()) wrote = true;
    save_cursor(!wrote);
  }
  give_up_memory();
  save_cursor(true);
  const std::lock_guard hold{mutex};
  written_all = true;
  wake_syncer.notify_one();
}

// Waits until there may be something to write. False: it is time to end.
bool Pipeline::Impl::wait_for_work(bool just_wrote) {
  std::unique_lock hold{mutex};
  if (out_of_time()) return false;
  if (!just_wrote && collected && !work) return false;  // nothing left and nothing can come
  const auto ready = [&] { return work || stopping; };
  // Just written: there may be more, and a round that finds nothing comes back here.
  if (!just_wrote && !wake_writer.wait_for(hold, kReleaseAfter, ready)) {
    hold.unlock();
    batch = {};
    from_memory = {};
    journal.release_buffers();
    hold.lock();
    wake_writer.wait(hold, ready);
  }
  gather(hold);
  if (stopping && !collected) wake_writer.wait(hold, [&] { return collected; });
  work = false;
  return true;
}

// Lets a batch grow since the one before began; a store that was left alone for as long is written to at once.
void Pipeline::Impl::gather(std::unique_lock<std::mutex>& hold) {
  const auto time = std::clamp<std::chrono::milliseconds>(kGatherPerRow * last_rows, kShortestGather, kLongestGather);
  wake_writer.wait_until(hold, written_at + time, [&] { return stopping || journal.backlog() >= options.batch_events; });
}

bool Pipeline::Impl::write_from_journal() {
  Journal::Position next = at;
  const std::size_t n = journal.read(next, batch, options.batch_events);
  if (const std::uint64_t corrupt = journal.corrupt() - corrupt_seen; corrupt > 0) {
    drop(corrupt);
    corrupt_seen += corrupt;
  }
  if (next == at) return false;
  if (n > 0 && !deliver({batch.data(), n})) return false;
  last_rows = n;
  at = next;
  journal.acknowledge(at);
  cursor_dirty = true;
  return true;
}

bool Pipeline::Impl::write_from_memory() {
  {
    const std::lock_guard hold{mutex};
    if (memory.empty()) return false;
    from_memory = memory.front();
  }
  bool delivered = true;
  for (std::string_view rest = from_memory; !rest.empty() && delivered;) {
    std::size_t n = 0;
    for (; n < options.batch_events && !rest.empty(); ++n) {
      if (batch.size() == n) batch.emplace_back();
      if (!decode_into(rest, batch[n])) break;  // can't be: our own bytes, never on disk
    }
    if (n == 0) break;
    delivered = deliver({batch.data(), n});
    if (delivered) in_memory -= n;
  }
  if (!delivered) return false;
  const std::lock_guard hold{mutex};
  memory_bytes -= memory.front().size();
  memory.pop_front();
  return true;
}

// Returns when the store has the batch; false: the process ends first, and the batch stays where it is.
bool Pipeline::Impl::deliver(std::span<const Event> events) {
  poison.clear();
  for (int failures = 0;; ++failures) {
    const auto done = try_append(events);
    if (done) {
      if (store_away.exchange(false)) log::info("events: the store takes events again");
      written += events.size() - poison.size();
      return true;
    }
    if (!store_away.exchange(true)) log::warn(std::string{"events: the store does not take events, they wait in the journal: "} + done.error().what);
    if (!back_off(failures)) return false;
  }
}

// A batch with a row that the store can never take is halved until that row stands alone; it is given up, the others go in.
Result<void> Pipeline::Impl::try_append(std::span<const Event> events) {
  Result<void> done = Error{Code::internal, Fault::us, Again::same_target, "the store threw"};
  try {
    done = append(events);
  } catch (const std::exception&) {  // stays an error: the text may hold values
  }
  if (done || done.error().code != Code::corrupt) return done;
  if (events.size() == 1) {
    if (std::find(poison.begin(), poison.end(), events[0].id) != poison.end()) return {};
    poison.push_back(events[0].id);
    drop(1);
    log::error("events: the store can't take the row of request " + events[0].id.to_text() + ", it is dropped");
    return {};
  }
  const std::size_t half = events.size() / 2;
  if (done = try_append(events.first(half)); !done) return done;
  return try_append(events.subspan(half));
}

// Waits before the next try: doubling, with a quarter of jitter so that instances don't come back in step. False: out of time.
bool Pipeline::Impl::back_off(int failures) {
  const auto base = std::min<std::chrono::milliseconds>(kFirstBackoff * (1 << std::min(failures, 10)), kLongestBackoff);
  const auto wait = base * 3 / 4 + std::chrono::milliseconds{dice.dice() % static_cast<std::uint64_t>(base.count() / 2 + 1)};
  std::unique_lock hold{mutex};
  if (out_of_time()) return false;
  // Once stopping, the waits are short and end with the budget; before, a stop wakes the wait.
  if (stopping)
    wake_writer.wait_until(hold, std::min(deadline, Steady::now() + kFirstBackoff), [] { return false; });
  else
    wake_writer.wait_for(hold, wait, [&] { return stopping; });
  return !out_of_time();
}

// The cursor only spares a replay that the store would skip row by row, so it need not be written for every batch.
void Pipeline::Impl::save_cursor(bool now) {
  if (!cursor_dirty || (!now && Steady::now() - cursor_saved < kCursorEvery)) return;
  cursor_saved = Steady::now();
  cursor_dirty = !journal.save_cursor();
}

// At the end, what waits in memory gets a last chance on the disk. The collector has ended, so appending is the writer's now.
void Pipeline::Impl::give_up_memory() {
  std::unique_lock hold{mutex};
  wake_writer.wait(hold, [&] { return collected; });
  std::uint64_t lost = 0;
  for (const std::string& records : memory) {
    const auto kept = journal.append(records);
    for (std::string_view rest = std::string_view{records}.substr(kept.bytes); const std::size_t size = record_size(rest); ++lost)
      rest.remove_prefix(size);
  }
  if (lost > 0) drop(lost);
  in_memory = 0;
  memory.clear();
}

void Pipeline::Impl::sync() {
  for (bool last = false; !last;) {
    {
      std::unique_lock hold{mutex};
      wake_syncer.wait(hold, [&] { return unsynced || written_all; });
      wake_syncer.wait_for(hold, kSyncEvery, [&] { return written_all; });
      last = written_all;
      unsynced = false;
    }
    journal.sync();
  }
}

// ---- outside ----

Pipeline::Pipeline(PipelineOptions options, std::vector<Queue*> queues, Append append)
    : impl_{std::make_unique<Impl>(std::move(options), std::move(queues), std::move(append))} {}
Pipeline::~Pipeline() { stop(); }

void Pipeline::start() {
  Impl& p = *impl_;
  p.collector = std::thread{[&p] { p.collect(); }};
  p.writer = std::thread{[&p] { p.write(); }};
  p.syncer = std::thread{[&p] { p.sync(); }};
  ::pthread_setname_np(p.collector.native_handle(), "ev-collector");
  ::pthread_setname_np(p.writer.native_handle(), "ev-writer");
  ::pthread_setname_np(p.syncer.native_handle(), "ev-syncer");
}

void Pipeline::stop(int budget_ms) {
  Impl& p = *impl_;
  if (!p.collector.joinable()) return;
  {
    const std::lock_guard hold{p.mutex};
    p.deadline = Steady::now() + std::chrono::milliseconds{budget_ms};
    p.stopping = true;
  }
  p.stop_bell.ring();
  p.wake_writer.notify_all();
  for (std::thread* thread : {&p.collector, &p.writer, &p.syncer}) thread->join();
}

Counters Pipeline::counters() const noexcept {
  const Impl& p = *impl_;
  Counters c;
  c.dropped = p.dropped;
  for (const Queue* queue : p.queues) {
    c.dropped += queue->dropped();
    c.queue_depth += queue->depth();
    c.received += queue->received();
  }
  c.written = p.written;
  c.journaled = p.journaled;
  c.backlog = p.journal.backlog() + p.in_memory;
  c.journal_bytes = p.journal.bytes();
  const std::int64_t last = p.last_drop_us;
  c.degraded = p.store_away || (last != kNever && mono_us() - last < kDegradedForUs);
  return c;
}

}  // namespace lectr::events
