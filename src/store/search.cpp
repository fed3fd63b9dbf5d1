#include "store/search.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <queue>

#include "store/columns.hpp"
#include "store/rollups.hpp"
#include "store/search_cells.hpp"

namespace lectr::store {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kDeadline = std::chrono::seconds{15};
constexpr std::int64_t kFarPast = std::numeric_limits<std::int64_t>::min() / 4, kFarFuture = std::numeric_limits<std::int64_t>::max() / 4;

// The way down skips quarter days. It skips quarter hours too where most minutes of an hour will be wanted; else an hour of minutes is much to read.
constexpr int below(int level, std::int64_t rows) noexcept {
  constexpr std::int64_t kFew = 8;
  return level > kHours ? kHours : level == kHours && rows >= kFew ? kMinutes : level - 1;
}
constexpr std::size_t kAtOnce = 64;  // parts of the table, or stretches, that one query asks for
constexpr std::size_t kAll = std::numeric_limits<std::int32_t>::max();

class Search {
 public:
  Search(Session& session, const RequestFilter& filter, const std::optional<RequestCursor>& before, std::size_t limit, RequestSort sort)
      : session_{session}, filter_{filter}, before_{before}, sort_{sort}, cells_{filter, sort, names_}, wanted_{limit + 1} {}

  std::vector<Event> rows() {
    state_ = read_rollup_state(session_);
    if (sort_ == RequestSort::time && !cells_.selective()) {
      read_backwards();
      return std::move(found_);
    }
    if (session_.newest_seq() > state_.watermark) read({.after_seq = state_.watermark}, wanted_);
    if (sort_ == RequestSort::time)
      newest_first();
    else
      largest_first();
    return std::move(found_);
  }

 private:
  struct Node {
    std::int64_t peak;
    int level;
    std::int64_t from_us;
    bool rest = false;  // a minute whose larger rows were read
    bool operator<(const Node& o) const noexcept { return peak != o.peak ? peak < o.peak : from_us < o.from_us; }
  };

  bool before_in_order(const Event& a, const Event& b) const {
    if (sort_ != RequestSort::time)
      if (const auto x = value_of(a, sort_), y = value_of(b, sort_); x != y) return x > y;
    return a.completed_at_us != b.completed_at_us ? a.completed_at_us > b.completed_at_us : a.id > b.id;
  }
  void check_deadline() const {
    if (Clock::now() > deadline_) throw Failure{failures::kUnavailable};
  }

  // Rows of a part of the table, into found_, which is kept in order and as long as is wanted. Returns how many there were.
  std::size_t read(const RequestPart& part, std::size_t most) {
    check_deadline();
    std::vector<Event> more;
    session_.run(requests_query(filter_, part, before_, most, sort_, session_.partitioned()), [&](const Row& row) { more.push_back(event_of(row)); });
    const auto middle = static_cast<std::ptrdiff_t>(found_.size());
    found_.insert(found_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    std::inplace_merge(found_.begin(), found_.begin() + middle, found_.end(),
                       [this](const Event& a, const Event& b) { return before_in_order(a, b); });
    if (found_.size() > wanted_) found_.resize(wanted_);
    return more.size();
  }

  // Ranges that are short, newest first.
  std::size_t read(std::span<const TimeRange> ranges, std::size_t most, const std::optional<std::int64_t>& least = {}) {
    std::int64_t from_us = ranges.front().from_us, to_us = ranges.front().to_us;
    for (const TimeRange& range : ranges) from_us = std::min(from_us, range.from_us), to_us = std::max(to_us, range.to_us);
    RequestPart part{.from_us = from_us, .to_us = to_us, .up_to_seq = state_.watermark};
    if (ranges.size() > 1 || least) part.only = ranges, part.least = least;
    return read(part, most);
  }

  TimeRange window() const {
    TimeRange in{kFarPast, kFarFuture};
    if (filter_.to_us) in.to_us = std::min(*filter_.to_us, in.to_us);
    if (before_ && sort_ == RequestSort::time) in.to_us = std::min(in.to_us, before_->completed_at_us + 1);
    if (filter_.from_us) in.from_us = std::max(*filter_.from_us, in.from_us);
    return in;
  }
  std::vector<Run> runs() const {
    const TimeRange in = window();
    return plan_runs(floor_to(kMinuteUs, in.from_us), ceil_to(kMinuteUs, in.to_us), 0, state_.closed);
  }

  // Most pages end within a day, and each partition that a query might touch costs some planning: so first a day, then a week, then all.
  void read_backwards() {
    const TimeRange in = window();
    std::int64_t to_us = in.to_us;
    missing_ = wanted_;
    for (const std::int64_t days : {1, 7}) {
      const std::int64_t from_us = std::min(in.to_us, state_.closed[kQuarterHours]) - days * kDayUs;
      if (!session_.partitioned() || from_us <= in.from_us) break;
      missing_ -= std::min(missing_, read({.from_us = from_us, .to_us = to_us}, missing_));
      if (missing_ == 0) return;
      to_us = from_us;
    }
    read({.to_us = to_us == in.to_us ? std::nullopt : std::optional{to_us}}, missing_);
  }

  struct Looked {
    std::int64_t from_us;
    Match match;
  };
  int cells_at(int level) const noexcept { return level == kMinutes ? kAllDimensions : cells_.dimension(); }
  std::vector<Looked> look(const Query& query) {
    check_deadline();
    std::vector<Looked> looked;
    session_.run(query, [&](const Row& row) {
      const std::string index = row.bytes(1);
      CellReader cells{index, names_};
      looked.push_back({row.number(0), cells_.look(cells)});
    });
    return looked;
  }
  // The newest stretches that start in [from, to), newest first.
  std::vector<Looked> look(int level, const TimeRange& range, std::size_t most) {
    return look(
        Query{"SELECT bucket_us, cell_index FROM rollups WHERE org_id = ? AND level = ? AND dimension = ? AND bucket_us >= ? AND bucket_us < ? "
              "ORDER BY bucket_us DESC LIMIT ?",
              filter_.org, level, cells_at(level), range.from_us, range.to_us, static_cast<std::int64_t>(most)}
            .kept());
  }
  // All stretches that start in one of the ranges, newest first.
  std::vector<Looked> look(int level, std::span<const TimeRange> ranges) {
    if (ranges.size() == 1) return look(level, ranges.front(), kAll);
    Query q{"SELECT bucket_us, cell_index FROM rollups WHERE org_id = ? AND level = ? AND dimension = ? AND bucket_us ", filter_.org, level,
            cells_at(level)};
    const std::string list = joined(starts(level, ranges), [](std::int64_t at) { return std::to_string(at); });
    // Named one by one, as a join with ranges makes Postgres read the level as a whole; and as an array, as it takes its time to plan a long list.
    if (session_.partitioned())
      q.add("= ANY(?::bigint[])", '{' + list + '}').kept();
    else
      q.add("IN (" + list + ')');
    return look(q.add(" ORDER BY bucket_us DESC"));
  }
  static std::vector<std::int64_t> starts(int level, std::span<const TimeRange> ranges) {
    std::vector<std::int64_t> list;
    for (const TimeRange& range : ranges)
      for (std::int64_t at = range.from_us; at < range.to_us; at += kLevelUs[static_cast<std::size_t>(level)]) list.push_back(at);
    return list;
  }

  // Time: from the newest stretch back, until enough was found. A stretch with many rows that fit among few is read as it is; else its parts are looked at.
  void newest_first() {
    const std::vector<Run> all = runs();
    missing_ = wanted_;
    for (auto run = all.rbegin(); run != all.rend(); ++run)
      if (!walk(*run)) return;
    read_pending();
  }
  // false, here and below: enough was found.
  bool walk(Run run) {
    while (run.from_us < run.to_us) {
      const auto looked = look(run.level, {run.from_us, run.to_us}, kAtOnce);
      if (!go_down(run.level, looked)) return false;
      if (looked.size() < kAtOnce) return true;
      run.to_us = looked.back().from_us;
    }
    return true;
  }
  // Neighbours whose parts must be looked at are gathered too, until they promise enough.
  bool go_down(int level, const std::vector<Looked>& looked) {
    constexpr std::int64_t kDense = 16;  // one row in so many
    const std::int64_t unit = kLevelUs[static_cast<std::size_t>(level)];
    std::vector<TimeRange> sparse;
    int next = kMinutes;
    std::int64_t rows = 0;
    const auto look_into = [&] {
      const auto ranges = std::exchange(sparse, {});
      rows = 0;
      return ranges.empty() || go_down(next, look(next, ranges));
    };
    for (const Looked& l : looked) {
      if (l.match.rows == 0) continue;
      const bool whole = level == kMinutes || (!l.match.unsure && l.match.rows * kDense >= l.match.total);
      const int down = below(level, l.match.rows);
      if ((whole || down != next || sparse.size() >= kAtOnce) && !look_into()) return false;
      if (whole) {
        if (!take(l.from_us, l.from_us + unit, l.match.rows)) return false;
        continue;
      }
      next = down;
      sparse.push_back({l.from_us, l.from_us + unit});
      rows += l.match.rows;
      if (expected_ + rows >= goal() && !look_into()) return false;
    }
    return look_into();
  }
  // Stretches are gathered, so that many are read by one query.
  bool take(std::int64_t from_us, std::int64_t to_us, std::int64_t rows) {
    if (!pending_.empty() && pending_.back().from_us == to_us)
      pending_.back().from_us = from_us;
    else
      pending_.push_back({from_us, to_us});
    expected_ += rows;
    return expected_ < goal() || read_pending();
  }
  // How many rows of the indexes to gather: filters that the indexes know nothing of let only some of them through, as the reads before showed.
  std::int64_t goal() const noexcept {
    constexpr std::int64_t kMostAhead = 16;
    return static_cast<std::int64_t>(missing_) * std::clamp<std::int64_t>(promised_ / std::max<std::int64_t>(given_, 1), 1, kMostAhead);
  }
  bool read_pending() {
    const std::size_t missing = missing_;
    for (std::span<const TimeRange> left{pending_}; !left.empty() && missing_ > 0;) {
      const std::size_t n = read_together(left);
      missing_ -= std::min(missing_, read(left.first(n), missing_));
      left = left.subspan(n);
    }
    promised_ += expected_, given_ += static_cast<std::int64_t>(missing - missing_);
    pending_.clear();
    expected_ = 0;
    return missing_ > 0;
  }
  // How many of the first ones one query reads. A long one goes alone: the planner must see how long it is, lest it sorts a day of rows.
  std::size_t read_together(std::span<const TimeRange> ranges) const {
    // So does the one that a cursor cuts: its condition makes the planner think that there is nearly nothing.
    if (!session_.partitioned() || (before_ && ranges.front().to_us > before_->completed_at_us)) return 1;
    const auto is_long = [](const TimeRange& range) { return range.to_us - range.from_us > kHourUs; };
    const auto end = std::find_if(ranges.begin(), ranges.end(), is_long);
    return std::clamp<std::size_t>(static_cast<std::size_t>(end - ranges.begin()), 1, kAtOnce);
  }

  // By value: always on with the stretches that may have the largest ones, until none can have a larger one than what was found.
  void largest_first() {
    for (const Run& run : runs()) push(look(run.level, {run.from_us, run.to_us}, kAll), run.level);
    std::vector<TimeRange> minutes;
    while (!nodes_.empty() || !minutes.empty()) {
      std::array<std::vector<TimeRange>, kLevelUs.size()> next;
      for (std::size_t n = session_.partitioned() ? kAtOnce / 2 : 1; n > 0 && may_be_larger(); --n) {
        const auto level = static_cast<std::size_t>(nodes_.top().level);
        (level == kMinutes ? minutes : next[level])
            .push_back({.from_us = nodes_.top().from_us,
                        .to_us = nodes_.top().from_us + kLevelUs[level],
                        .most = nodes_.top().peak,
                        .rest = nodes_.top().rest});
        nodes_.pop();
      }
      for (int level = kMinutes + 1; level <= kDays; ++level)
        if (const auto& ranges = next[static_cast<std::size_t>(level)]; !ranges.empty()) push(look(below(level, 0), ranges), below(level, 0));
      // Each minute has a row: as many as are missing will be read anyway.
      if (minutes.size() >= minutes_at_once() || !may_be_larger()) read_minutes(minutes);
    }
  }
  std::size_t minutes_at_once() const noexcept {
    return session_.partitioned() ? std::clamp<std::size_t>(wanted_ - found_.size(), kAtOnce / 4, kAtOnce) : 1;
  }
  // Whether any stretch left may have a row that is larger than those found.
  bool may_be_larger() const { return !nodes_.empty() && (found_.size() < wanted_ || value_of(found_.back(), sort_) <= nodes_.top().peak); }
  void read_minutes(std::vector<TimeRange>& minutes) {
    for (std::span<const TimeRange> left{minutes}; !left.empty();) {
      const auto some = left.first(std::min(left.size(), session_.partitioned() ? kAtOnce : 1));
      left = left.subspan(some.size());
      session_.partitioned() ? read_largest(some) : void(read(some, wanted_));
    }
    minutes.clear();
    if (!may_be_larger()) nodes_ = {};
  }
  // Of minutes that are new only the rows as large as the least of their largest ones: few, and nearly always enough. Else the rest is another stretch.
  // It is read whole: filters that the indexes know nothing of may leave many minutes without a row.
  void read_largest(std::span<const TimeRange> minutes) {
    const auto smaller = [](const TimeRange& a, const TimeRange& b) { return a.most < b.most; };
    const bool fresh = std::none_of(minutes.begin(), minutes.end(), [](const TimeRange& minute) { return minute.rest; });
    const std::int64_t least = fresh ? std::min_element(minutes.begin(), minutes.end(), smaller)->most : 0;
    if (read(minutes, wanted_, least) >= wanted_ || least == 0) return;
    for (const TimeRange& minute : minutes) nodes_.push({least - 1, kMinutes, minute.from_us, true});
  }
  void push(const std::vector<Looked>& looked, int level) {
    for (const Looked& l : looked)
      if (l.match.peak >= 0) nodes_.push({before_ ? std::min(l.match.peak, before_->value) : l.match.peak, level, l.from_us});
  }

  Session& session_;
  const RequestFilter& filter_;
  const std::optional<RequestCursor>& before_;
  const RequestSort sort_;
  Names names_;
  const CellSearch cells_;
  const std::size_t wanted_;
  const Clock::time_point deadline_ = Clock::now() + kDeadline;
  RollupState state_;
  std::vector<Event> found_;
  std::vector<TimeRange> pending_;
  std::int64_t expected_ = 0;              // rows in them, as the indexes have it
  std::int64_t promised_ = 0, given_ = 0;  // by the indexes; by the table
  std::size_t missing_ = 0;
  std::priority_queue<Node> nodes_;
};

}  // namespace

RequestPage find_requests(Session& session, const RequestFilter& filter, const std::optional<RequestCursor>& before, std::size_t limit,
                          RequestSort sort) {
  RequestPage page;
  page.rows = Search{session, filter, before, limit, sort}.rows();
  if (page.rows.size() > limit) {
    page.rows.resize(limit);
    if (limit > 0) {
      const Event& last = page.rows.back();
      page.next = RequestCursor{last.completed_at_us, last.id, sort == RequestSort::time ? 0 : value_of(last, sort)};
    }
  }
  return page;
}

}  // namespace lectr::store
