// The cold path of events: queues -> journal -> store, exactly once.
//
// A collector thread drains the queues every 5 ms (after a quiet while it sleeps until a worker rings) and appends what it finds to the
// journal, so a killed process loses at most the last 20 ms. A writer thread reads the journal from its cursor, appends batches to the
// store, and moves the cursor; a row is in a healthy store within some 300 ms. The store skips ids it has seen, so a batch that was written
// but not acknowledged may be written again. A slow or absent store only lets the journal grow; at its bound new events are dropped and
// counted. When the disk refuses the journal, batches go to the store from memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lectr/base/event.hpp"
#include "lectr/base/result.hpp"
#include "lectr/events/queue.hpp"
#include "lectr/events/tap.hpp"

namespace lectr::events {

struct Counters {
  std::uint64_t received = 0;       // offered by workers
  std::uint64_t written = 0;        // in the store (including replayed ones of an earlier process)
  std::uint64_t journaled = 0;      // appended to the journal
  std::uint64_t dropped = 0;        // lost: ring full, journal at its bound with the store away
  std::uint64_t backlog = 0;        // in the journal, not in the store yet
  std::uint64_t journal_bytes = 0;  // on disk
  std::uint64_t queue_depth = 0;
  bool degraded = false;  // the store does not take events now, or events were dropped in the last 5 minutes
};

struct PipelineOptions {
  std::string journal_dir;
  std::uint64_t journal_bytes = 1ull << 30;
  std::size_t batch_events = 2048;
  Tap* tap = nullptr;  // hears of every event that is drained; outlives the pipeline
};

// Appends a batch to the store: all or nothing, ids seen before are skipped. Runs on the writer thread, may block.
using Append = std::function<Result<void>(std::span<const Event>)>;

class Pipeline {
 public:
  // Opens the journal and finds what an earlier process left. Throws std::runtime_error with path and reason if the folder can't be used.
  Pipeline(PipelineOptions options, std::vector<Queue*> queues, Append append);
  ~Pipeline();  // as stop()
  void start();
  // Drains the queues, journals, writes as much as the store takes within `budget_ms`, then ends the threads. What is left is on disk.
  void stop(int budget_ms = 5000);
  Counters counters() const noexcept;  // any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lectr::events
