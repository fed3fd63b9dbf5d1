// The bounded on-disk journal: segment files of records, and a cursor that says what the store has.
//
// One collector thread appends, one writer thread reads and acknowledges, one thread syncs. The lock guards bookkeeping only: no file
// call that can take long happens under it. What was appended survives the end of the process (it is in the page cache); sync() makes it
// survive a power loss.
//
//   lock                      flock: one process per folder
//   cursor                    segment, offset, sequence with a CRC, in two places that are written in turn
//   0000000000000001.journal  head of 32 bytes (magic, segment number, sequence of its first event, CRC), then records
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/file.hpp"
#include "lectr/base/event.hpp"

namespace lectr::events {

class Journal {
 public:
  // `sequence` counts the events since the folder was made: two positions differ in it by the number of events between them.
  struct Position {
    std::uint64_t segment = 0, offset = 0, sequence = 0;
    friend bool operator==(const Position&, const Position&) = default;
  };
  struct Appended {
    std::uint64_t events = 0;   // are in the journal now
    std::size_t bytes = 0;      // how much of the input these were
    bool disk_refused = false;  // the rest failed because of the disk, not because of the bound
  };

  // Throws std::runtime_error with path and reason. `bytes` bounds all segments together (at least kMinBytes).
  Journal(const std::string& dir, std::uint64_t bytes);
  ~Journal();
  static constexpr std::uint64_t kMinBytes = 128 * 1024;

  // Collector thread. Whole records only.
  Appended append(std::string_view records);
  // Writer thread. Up to `most` events after `from` into the first elements of `out`, which keep their capacity; returns how many, and moves
  // `from` behind them. What is corrupt is skipped and counted, so `from` can move though nothing was read.
  std::size_t read(Position& from, std::vector<Event>& out, std::size_t most);
  // Writer thread. The store has everything before `at`: finished segments are deleted. The cursor file follows with save_cursor().
  void acknowledge(const Position& at);
  bool save_cursor();      // writer thread; false: the disk refused, a restart then replays what the store skips
  void release_buffers();  // writer thread: nothing to do for a while
  void sync();             // syncer thread

  // Any thread.
  Position cursor() const;
  std::uint64_t backlog() const noexcept { return backlog_.load(std::memory_order_relaxed); }    // events not acknowledged yet; takes no lock
  std::uint64_t corrupt() const;                                                                 // events lost to torn tails and damage
  std::uint64_t bytes() const noexcept { return total_bytes_.load(std::memory_order_relaxed); }  // of all segments; takes no lock

 private:
  struct Segment {
    std::uint64_t number = 0, first_sequence = 0, bytes = 0;
  };
  struct Window {
    std::uint64_t committed = 0;
    bool last = false;
  };

  std::string path_of(std::uint64_t segment) const;
  void take_lock();
  void find_segments();
  void load_cursor();
  void cut_torn_tail();
  bool start_segment();
  std::string_view room_for(std::string_view records, bool& need_segment) const;
  std::optional<Window> window(Position& from);
  void skip_to_next_segment(Position& from);
  std::string_view load(const Position& from, std::uint64_t committed, std::size_t most);
  std::size_t decode_some(std::string_view bytes, bool all_there, Position& from, std::vector<Event>& out, std::size_t most);
  void count_corrupt(std::uint64_t events);
  void note_backlog() noexcept;  // with the lock held

  // Set once.
  std::string dir_;
  std::uint64_t bound_, segment_bytes_;
  File lock_, folder_;
  // Collector only, after construction.
  File active_;
  std::uint64_t active_end_ = 0;
  // Writer only, after construction.
  File cursor_file_;
  int next_slot_ = 0;
  File reading_;
  std::uint64_t reading_number_ = 0;
  std::string chunk_;
  // Any thread, under the lock.
  mutable std::mutex mutex_;
  std::deque<Segment> segments_;  // with `appending_`, the last one is written to
  bool appending_ = false;
  std::atomic<std::uint64_t> total_bytes_{0};  // written with the lock held
  std::uint64_t next_sequence_ = 0, next_number_ = 1, corrupt_ = 0;
  Position cursor_;
  std::atomic<std::uint64_t> backlog_{0};
  std::vector<int> to_sync_;  // duplicates of files with unsynced bytes, owned
  bool unsynced_ = false, folder_changed_ = false;
  int active_fd_ = -1;  // of active_, for the syncer to duplicate
};

}  // namespace lectr::events
