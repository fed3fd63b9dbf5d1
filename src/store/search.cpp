#include "store/search.hpp"

#include <algorithm>
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

// Quarter hours and quarter days would be one more query on each way down.
constexpr int below(int level) noexcept { return level > 2 ? 2 : kMinutes; }

class Search {
 public:
  Search(Session& session, const RequestFilter& filter, const std::optional<RequestCursor>& before, std::size_t limit, RequestSort sort)
      : session_{session}, filter_{filter}, before_{before}, sort_{sort}, cells_{filter, sort, names_}, wanted_{limit + 1} {}

  std::vector<Event> rows() {
    if (sort_ == RequestSort::time && !cells_.selective()) {
      read({}, wanted_);
      return std::move(found_);
    }
    state_ = read_rollup_state(session_);
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

  std::vector<Run> runs() const {
    std::int64_t to = filter_.to_us ? std::min(*filter_.to_us, kFarFuture) : kFarFuture;
    if (before_ && sort_ == RequestSort::time) to = std::min(to, before_->completed_at_us + 1);
    const std::int64_t from = filter_.from_us ? std::max(*filter_.from_us, kFarPast) : kFarPast;
    return plan_runs(floor_to(kMinuteUs, from), ceil_to(kMinuteUs, to), 0, state_.closed);
  }

  struct Looked {
    std::int64_t from_us;
    Match match;
  };
  // The newest stretches that start in [from, to), newest first.
  std::vector<Looked> look(int level, std::int64_t from_us, std::int64_t to_us, std::size_t most) {
    check_deadline();
    std::vector<Looked> looked;
    session_.run(
        Query{"SELECT bucket_us, cell_index FROM rollups WHERE org_id = ? AND level = ? AND dimension = ? AND bucket_us >= ? AND bucket_us < ? "
              "ORDER BY bucket_us DESC LIMIT ?",
              filter_.org, level, level == kMinutes ? kAllDimensions : cells_.dimension(), from_us, to_us, static_cast<std::int64_t>(most)},
        [&](const Row& row) {
          const std::string index = row.bytes(1);
          CellReader cells{index, names_};
          looked.push_back({row.number(0), cells_.look(cells)});
        });
    return looked;
  }

  // Time: from the newest stretch back, until enough was found. A stretch with many rows that fit among few is read as it is; else its parts are looked at.
  void newest_first() {
    const std::vector<Run> all = runs();
    missing_ = wanted_;
    for (auto run = all.rbegin(); run != all.rend(); ++run)
      if (!walk(run->level, run->from_us, run->to_us)) return;
    read_pending();
  }
  bool walk(int level, std::int64_t from_us, std::int64_t to_us) {
    constexpr std::size_t kAtOnce = 64;
    constexpr std::int64_t kDense = 16;  // one row in so many
    const std::int64_t unit = kLevelUs[static_cast<std::size_t>(level)];
    while (from_us < to_us) {
      const auto looked = look(level, from_us, to_us, kAtOnce);
      for (const Looked& l : looked) {
        if (l.match.rows == 0) continue;
        const bool dense = !l.match.unsure && l.match.rows * kDense >= l.match.total;
        const bool more =
            level == kMinutes || dense ? take(l.from_us, l.from_us + unit, l.match.rows) : walk(below(level), l.from_us, l.from_us + unit);
        if (!more) return false;
      }
      if (looked.size() < kAtOnce) return true;
      to_us = looked.back().from_us;
    }
    return true;
  }
  // Minutes are gathered, so that neighbours are read together.
  bool take(std::int64_t from_us, std::int64_t to_us, std::int64_t rows) {
    if (!pending_.empty() && pending_.back().from_us == to_us)
      pending_.back().from_us = from_us;
    else
      pending_.push_back({.from_us = from_us, .to_us = to_us});
    expected_ += rows;
    return expected_ < static_cast<std::int64_t>(missing_) || read_pending();
  }
  // false: enough was found.
  bool read_pending() {
    for (RequestPart& part : pending_) {
      part.up_to_seq = state_.watermark;
      missing_ -= std::min(missing_, read(part, missing_));
      if (missing_ == 0) return false;
    }
    pending_.clear();
    expected_ = 0;
    return true;
  }

  // By value: always on with the stretch that may have the largest one, until none can have a larger one than what was found.
  void largest_first() {
    for (const Run& run : runs()) push(run.level, run.from_us, run.to_us);
    while (!nodes_.empty()) {
      const Node node = nodes_.top();
      if (found_.size() == wanted_ && value_of(found_.back(), sort_) > node.peak) return;
      nodes_.pop();
      const std::int64_t to_us = node.from_us + kLevelUs[static_cast<std::size_t>(node.level)];
      if (node.level == kMinutes)
        read({.from_us = node.from_us, .to_us = to_us, .up_to_seq = state_.watermark}, wanted_);
      else
        push(below(node.level), node.from_us, to_us);
    }
  }
  void push(int level, std::int64_t from_us, std::int64_t to_us) {
    for (const Looked& l : look(level, from_us, to_us, std::numeric_limits<std::int32_t>::max()))
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
  std::vector<RequestPart> pending_;
  std::int64_t expected_ = 0;
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
