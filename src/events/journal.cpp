#include "events/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "events/codec.hpp"
#include "events/crc32c.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::events {
namespace {

namespace fs = std::filesystem;

constexpr char kMagic[] = "LECTRJ01";
constexpr std::size_t kHead = 32, kChunk = 2u << 20, kUsualRecord = 320;
constexpr std::uint64_t kLargestSegment = 16u << 20;
constexpr std::string_view kSuffix = ".journal";

[[noreturn]] void refuse(const std::string& path, const std::string& reason) { throw std::runtime_error("journal " + path + ": " + reason); }

std::string head_of(std::uint64_t number, std::uint64_t first_sequence) {
  std::string head(kMagic, 8);
  for (const std::uint64_t v : {number, first_sequence})
    for (int i = 0; i < 8; ++i) head += static_cast<char>(v >> (8 * i));
  const std::uint32_t crc = crc32c(head);
  for (int i = 0; i < 4; ++i) head += static_cast<char>(crc >> (8 * i));
  head.resize(kHead, '\0');
  return head;
}

// The sequence in a segment's head; 0: the head is damaged, and the sequence simply goes on from the segment before.
std::uint64_t first_sequence_of(const File& file, std::uint64_t number) {
  char head[kHead] = {};
  if (file.read_at(head, kHead, 0) != static_cast<std::int64_t>(kHead)) return 0;
  std::uint64_t sequence = 0;
  for (int i = 7; i >= 0; --i) sequence = sequence << 8 | static_cast<unsigned char>(head[16 + i]);
  return head_of(number, sequence) == std::string_view{head, kHead} ? sequence : 0;
}

std::optional<std::uint64_t> number_of(const std::string& name) {
  if (name.size() != 16 + kSuffix.size() || !name.ends_with(kSuffix)) return {};
  if (name.find_first_not_of("0123456789abcdef") != 16) return {};
  return std::stoull(name.substr(0, 16), nullptr, 16);
}

// Two places are written in turn, so that one of them is whole whatever happens.
constexpr std::size_t kCursorSlot = 128;

std::optional<Journal::Position> read_cursor(const File& file, int slot) {
  char text[kCursorSlot + 1] = {};
  if (file.read_at(text, kCursorSlot, static_cast<std::uint64_t>(slot) * kCursorSlot) <= 0) return {};
  unsigned long long segment = 0, offset = 0, sequence = 0;
  unsigned crc = 0;
  int length = 0;
  const int fields = std::sscanf(text, "%llu %llu %llu%n %x", &segment, &offset, &sequence, &length, &crc);
  if (fields != 4 || crc32c({text, static_cast<std::size_t>(length)}) != crc) return {};
  return Journal::Position{segment, offset, sequence};
}

// Where the next good record starts after a damaged one at the front. The damaged one's length is believed if a good record (or the end)
// follows it; else every byte is tried. `npos`: none.
std::size_t find_good(std::string_view bytes, bool all_there) {
  const std::size_t claimed = record_size(bytes);
  if (claimed != 0 && claimed <= bytes.size() && ((all_there && claimed == bytes.size()) || checked_record(bytes.substr(claimed)) != 0))
    return claimed;
  for (std::size_t at = 1; at + kRecordHead < bytes.size(); ++at)
    if (checked_record(bytes.substr(at)) != 0) return at;
  return std::string_view::npos;
}

}  // namespace

Journal::Journal(const std::string& dir, std::uint64_t bytes)
    : dir_{dir}, bound_{std::max(bytes, kMinBytes)}, segment_bytes_{std::min(bound_ / 8, kLargestSegment)} {
  std::error_code failed;
  fs::create_directories(dir_, failed);
  if (failed) refuse(dir_, failed.message());
  folder_ = File::open(dir_, O_RDONLY | O_DIRECTORY);
  if (!folder_) refuse(dir_, std::strerror(errno));
  take_lock();
  find_segments();
  cut_torn_tail();
  load_cursor();
  note_backlog();
}

Journal::~Journal() {
  for (const int fd : to_sync_) ::close(fd);
}

std::string Journal::path_of(std::uint64_t segment) const {
  char name[17];
  std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(segment));
  return dir_ + '/' + name + std::string{kSuffix};
}

void Journal::take_lock() {
  const std::string path = dir_ + "/lock";
  lock_ = File::open(path, O_RDWR | O_CREAT);
  if (!lock_) refuse(path, std::strerror(errno));
  if (::flock(lock_.fd(), LOCK_EX | LOCK_NB) != 0) {
    char pid[24] = {};
    lock_.read_at(pid, sizeof pid - 1, 0);
    refuse(dir_, "in use by another process (pid " + std::to_string(std::atol(pid)) + "); every instance needs a state directory of its own");
  }
  // For the message above only, so a full disk may refuse it.
  if (::ftruncate(lock_.fd(), 0) == 0) (void)lock_.write_at(std::to_string(::getpid()) + '\n', 0);
}

void Journal::find_segments() {
  for (const auto& entry : fs::directory_iterator{dir_}) {
    const auto number = number_of(entry.path().filename().string());
    if (!number) continue;
    const File file = File::open(entry.path().string(), O_RDONLY);
    if (!file) refuse(entry.path().string(), std::strerror(errno));
    segments_.push_back({*number, first_sequence_of(file, *number), file.size()});
    total_bytes_ += segments_.back().bytes;
  }
  std::sort(segments_.begin(), segments_.end(), [](const Segment& a, const Segment& b) { return a.number < b.number; });
  next_sequence_ = 1;
  if (segments_.empty()) return;
  next_number_ = segments_.back().number + 1;
  for (const Segment& s : segments_) next_sequence_ = std::max(next_sequence_, s.first_sequence);
}

// Only the newest segment can end in the middle of a record. Its good records are counted on the way.
void Journal::cut_torn_tail() {
  if (segments_.empty()) return;
  Segment& last = segments_.back();
  const File file = File::open(path_of(last.number), O_RDWR);
  std::string bytes(last.bytes, '\0');
  const auto got = file ? file.read_at(bytes.data(), bytes.size(), 0) : -1;
  if (got < 0) refuse(path_of(last.number), std::strerror(errno));
  std::string_view rest = std::string_view{bytes.data(), static_cast<std::size_t>(got)};
  rest.remove_prefix(std::min(kHead, rest.size()));
  while (!rest.empty()) {
    std::size_t size = checked_record(rest);
    if (size == 0) size = find_good(rest, false);
    if (size == std::string_view::npos) break;
    rest.remove_prefix(size);
    ++next_sequence_;
  }
  if (rest.empty()) return;
  total_bytes_ -= rest.size();
  last.bytes -= rest.size();
  if (::ftruncate(file.fd(), static_cast<off_t>(last.bytes)) != 0) log::warn("events: journal tail could not be cut, it is skipped");
  count_corrupt(1);
  log::warn("events: journal ended in the middle of a record, " + std::to_string(rest.size()) + " bytes cut");
}

void Journal::load_cursor() {
  if (!segments_.empty())
    cursor_ = {segments_.front().number, kHead, std::max<std::uint64_t>(segments_.front().first_sequence, 1)};
  else
    cursor_ = {0, 0, next_sequence_};
  cursor_file_ = File::open(dir_ + "/cursor", O_RDWR | O_CREAT);
  if (!cursor_file_) refuse(dir_ + "/cursor", std::strerror(errno));
  if (cursor_file_.size() == 0) return;
  std::optional<Position> found;
  for (int slot = 0; slot < 2; ++slot)
    if (const auto at = read_cursor(cursor_file_, slot); at && (!found || at->sequence >= found->sequence)) {
      found = at;
      next_slot_ = 1 - slot;
    }
  if (!found) {
    log::warn("events: journal cursor is damaged, everything in the journal is replayed (the store skips what it has)");
    return;
  }
  cursor_ = *found;
  next_number_ = std::max<std::uint64_t>(next_number_, found->segment + 1);  // a power loss may have kept the cursor and not the segment
  next_sequence_ = std::max<std::uint64_t>(next_sequence_, found->sequence);
}

bool Journal::save_cursor() {
  const Position at = cursor();
  std::string text = std::to_string(at.segment) + ' ' + std::to_string(at.offset) + ' ' + std::to_string(at.sequence);
  char crc[16];
  std::snprintf(crc, sizeof crc, " %08x\n", crc32c(text));
  text += crc;
  text.insert(text.size() - 1, kCursorSlot - text.size(), ' ');
  if (!cursor_file_.write_at(text, static_cast<std::uint64_t>(next_slot_) * kCursorSlot)) return false;
  next_slot_ = 1 - next_slot_;
  return true;
}

bool Journal::start_segment() {
  std::uint64_t number, sequence;
  {
    const std::lock_guard hold{mutex_};
    number = next_number_;
    sequence = next_sequence_;
  }
  const std::string path = path_of(number);
  File fresh = File::open(path, O_RDWR | O_CREAT | O_TRUNC);
  if (!fresh) return false;
  if (!fresh.write_at(head_of(number, sequence), 0)) {
    ::unlink(path.c_str());
    return false;
  }
  const std::lock_guard hold{mutex_};
  if (unsynced_ && active_fd_ >= 0) to_sync_.push_back(::fcntl(active_fd_, F_DUPFD_CLOEXEC, 0));
  active_ = std::move(fresh);
  active_end_ = kHead;
  active_fd_ = active_.fd();
  segments_.push_back({number, sequence, kHead});
  total_bytes_ += kHead;
  ++next_number_;
  appending_ = folder_changed_ = true;
  return true;
}

// The front of `records` that may go into the active segment; empty with need_segment: only into a new one; empty without: the bound is
// reached. A segment ends with the record that crosses its size. As segments are an eighth of the bound, a store that is back always
// finds a finished one to read and delete.
std::string_view Journal::room_for(std::string_view records, bool& need_segment) const {
  const std::lock_guard hold{mutex_};
  const std::uint64_t room = bound_ - std::min(bound_, bytes());
  need_segment = (!appending_ || segments_.back().bytes >= segment_bytes_) && room >= kHead + kMaxRecord;
  if (!appending_ || segments_.back().bytes >= segment_bytes_) return {};
  std::uint64_t left = segment_bytes_ - segments_.back().bytes;
  std::size_t taken = 0;
  while (left > 0) {
    const std::size_t size = record_size(records.substr(taken));
    if (size == 0 || taken + size > room) break;
    taken += size;
    left -= std::min<std::uint64_t>(left, size);
  }
  return records.substr(0, taken);
}

Journal::Appended Journal::append(std::string_view records) {
  Appended done;
  while (done.bytes < records.size()) {
    bool need_segment = false;
    const std::string_view part = room_for(records.substr(done.bytes), need_segment);
    if (part.empty() && !need_segment) break;
    if (part.empty()) {
      if (start_segment()) continue;
      done.disk_refused = true;
      break;
    }
    // A failed write leaves bytes behind the committed end; the next append overwrites them, and a reader never looks there.
    if (!active_.write_at(part, active_end_)) {
      done.disk_refused = true;
      break;
    }
    std::uint64_t events = 0;
    for (std::string_view rest = part; const std::size_t size = record_size(rest); ++events) rest.remove_prefix(size);
    done.events += events;
    done.bytes += part.size();
    active_end_ += part.size();
    const std::lock_guard hold{mutex_};
    segments_.back().bytes += part.size();
    total_bytes_ += part.size();
    next_sequence_ += events;
    note_backlog();
    unsynced_ = true;
  }
  return done;
}

std::optional<Journal::Window> Journal::window(Position& from) {
  const std::lock_guard hold{mutex_};
  const auto at = std::find_if(segments_.begin(), segments_.end(), [&](const Segment& s) { return s.number >= from.segment; });
  if (at == segments_.end()) return {};
  if (at->number != from.segment) {  // deleted before the cursor file was written, or a folder that was empty
    if (at->first_sequence > from.sequence) from.sequence = at->first_sequence;
    from = {at->number, kHead, from.sequence};
  }
  return Window{at->bytes, std::next(at) == segments_.end()};
}

void Journal::skip_to_next_segment(Position& from) {
  const std::lock_guard hold{mutex_};
  const auto next = std::find_if(segments_.begin(), segments_.end(), [&](const Segment& s) { return s.number > from.segment; });
  if (next == segments_.end()) return;
  if (next->first_sequence > from.sequence) corrupt_ += next->first_sequence - from.sequence;  // more was damaged than gaps were seen
  from = {next->number, kHead, next->first_sequence != 0 ? next->first_sequence : from.sequence};
}

std::string_view Journal::load(const Position& from, std::uint64_t committed, std::size_t most) {
  if (reading_number_ != from.segment || !reading_) {
    reading_ = File::open(path_of(from.segment), O_RDONLY);
    reading_number_ = from.segment;
  }
  // About what `most` records take: the rest of a longer read would be read again.
  const std::size_t limit = std::clamp(most * kUsualRecord, 2 * kMaxRecord, kChunk);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(limit, committed - from.offset));
  if (chunk_.size() < wanted) chunk_.resize(wanted);
  const auto got = reading_ ? reading_.read_at(chunk_.data(), wanted, from.offset) : -1;
  return {chunk_.data(), got < 0 ? 0 : static_cast<std::size_t>(got)};
}

std::size_t Journal::decode_some(std::string_view bytes, bool all_there, Position& from, std::vector<Event>& out, std::size_t most) {
  std::size_t count = 0;
  const auto move = [&](std::size_t n) {
    bytes.remove_prefix(n);
    from.offset += n;
    ++from.sequence;
  };
  while (!bytes.empty() && count < most) {
    if (const std::size_t size = checked_record(bytes)) {
      if (out.size() == count) out.emplace_back();
      if (decode_checked(bytes.substr(0, size), out[count]))
        ++count;
      else
        count_corrupt(1);  // sound bytes of a version or value that this program does not know
      move(size);
      continue;
    }
    const bool cut_by_chunk = !all_there && bytes.size() < kMaxRecord;
    if (cut_by_chunk) break;
    const std::size_t good = find_good(bytes, all_there);
    log::warn("events: journal segment " + std::to_string(from.segment) + " is damaged at offset " + std::to_string(from.offset));
    count_corrupt(1);
    move(good != std::string_view::npos ? good : all_there ? bytes.size() : bytes.size() - kMaxRecord + 1);
  }
  return count;
}

std::size_t Journal::read(Position& from, std::vector<Event>& out, std::size_t most) {
  while (const auto segment = window(from)) {  // ends: every round moves `from` on, or returns
    if (from.offset >= segment->committed) {
      if (segment->last) return 0;
      skip_to_next_segment(from);
      continue;
    }
    const std::string_view bytes = load(from, segment->committed, most);
    if (bytes.empty()) {
      log::error("events: journal segment " + std::to_string(from.segment) + " can't be read, its rest is lost");
      count_corrupt(1);
      from = {from.segment, segment->committed, from.sequence + 1};
      continue;
    }
    if (const std::size_t n = decode_some(bytes, from.offset + bytes.size() == segment->committed, from, out, most)) return n;
  }
  return 0;
}

void Journal::acknowledge(const Position& at) {
  std::vector<std::uint64_t> finished;
  {
    const std::lock_guard hold{mutex_};
    cursor_ = at;
    note_backlog();
    for (const Segment& s : segments_)
      if (s.number < at.segment) finished.push_back(s.number);
  }
  for (const std::uint64_t number : finished) ::unlink(path_of(number).c_str());
  const std::lock_guard hold{mutex_};
  for (std::size_t i = 0; i < finished.size(); ++i) {
    total_bytes_ -= segments_.front().bytes;
    segments_.pop_front();
  }
}

void Journal::release_buffers() {
  chunk_ = {};
  reading_ = {};
}

void Journal::sync() {
  std::vector<int> files;
  bool folder = false;
  {
    const std::lock_guard hold{mutex_};
    files.swap(to_sync_);
    if (unsynced_ && active_fd_ >= 0) files.push_back(::fcntl(active_fd_, F_DUPFD_CLOEXEC, 0));
    folder = folder_changed_;
    unsynced_ = folder_changed_ = false;
  }
  for (const int fd : files) {
    if (fd < 0) continue;
    ::fdatasync(fd);
    ::close(fd);
  }
  if (folder) ::fsync(folder_.fd());
}

Journal::Position Journal::cursor() const {
  const std::lock_guard hold{mutex_};
  return cursor_;
}
void Journal::note_backlog() noexcept {
  backlog_.store(next_sequence_ > cursor_.sequence ? next_sequence_ - cursor_.sequence : 0, std::memory_order_relaxed);
}
std::uint64_t Journal::corrupt() const {
  const std::lock_guard hold{mutex_};
  return corrupt_;
}
void Journal::count_corrupt(std::uint64_t events) {
  const std::lock_guard hold{mutex_};
  corrupt_ += events;
}

}  // namespace lectr::events
