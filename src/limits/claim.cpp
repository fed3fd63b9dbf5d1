#include "lectr/limits/claim.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::limits {
namespace {

constexpr std::int64_t kStepForwardMs = 2000, kStepBackMs = 200;
constexpr std::int64_t kQuarantineMs = 1000;  // after a loss: everybody has spoken by then
constexpr std::int64_t kReturnMs = 2000;      // who was silent because the counting side was away has spoken by then

// Named by its end: so it is known when it leaves, also after a change of the limit has changed the width.
std::int64_t bucket_of(std::int64_t at_ms, std::int64_t width) noexcept {
  return ((at_ms >= 0 ? at_ms / width : -((-at_ms + width - 1) / width)) + 1) * width;
}
std::int64_t half_up(std::int64_t n) noexcept { return n - n / 2; }

}  // namespace

// Logical time goes on when the clock is set, or all units would come back at once, or never. A clock that runs behind what a caller has heard of it
// was set back. One that is ahead may just as well mean a message that was long under way; whoever sent that does not listen any more, and its uses
// must not be booked by a wrong time.
bool Book::guard(const Call& call, std::int64_t time_ms) noexcept {
  const std::int64_t now = time_ms + offset_ms_;
  if (call.expected_ms < 0) return true;
  if (now > call.expected_ms + kStepForwardMs) {
    if (!call.clock_set) return false;
    offset_ms_ = call.expected_ms - time_ms;
  } else if (now < call.expected_ms - kStepBackMs) {
    offset_ms_ = call.expected_ms - time_ms;
  }
  return true;
}

void Book::add(BookEntry& entry, std::int64_t bucket, std::int64_t units) {
  entry.sum += units;
  const auto at = entry.buckets.try_emplace(bucket, 0).first;
  if ((at->second += units) == 0) entry.buckets.erase(at);
}

// Who did not speak in time has crashed or is paused. What a window's claim allowed may have been used until the very end, so it is booked there.
void Book::presume(BookEntry& entry, const Item& item, std::uint64_t own, std::int64_t now) {
  for (auto it = entry.records.begin(); it != entry.records.end();) {
    BookRecord& r = it->second;
    if (it->first != own && r.expires_ms <= now) {
      if (r.claim > 0 && item.kind != Kind::slots) {
        presume_again(entry, item, r);
        if (item.kind == Kind::money) r.presumed_bucket = now + kReturnMs;
      }
      // What the dead one really spent the store tells, or nobody.
      if (item.kind == Kind::money && r.presumed_bucket <= now) r.presumed = 0;
      r.claim = 0;
      r.variance = 0;
      // Its number is remembered as long as it may still know it, or its return would look like a loss.
      if (item.kind != Kind::money && r.expires_ms + item.window_ms + 2 * item.width_ms <= now) {
        it = entry.records.erase(it);
        continue;
      }
    }
    ++it;
  }
}

// Who came back with a message of which nothing was booked may be presumed a second time: all of it stands in one bucket then, or the first part
// would leave the window once with its own bucket and once more when both are taken back.
void Book::presume_again(BookEntry& entry, const Item& item, BookRecord& r) {
  if (item.kind == Kind::money) {
    r.presumed += r.claim;
    return;
  }
  const std::int64_t before = entry.buckets.contains(r.presumed_bucket) ? r.presumed : 0;
  take_back_presumption(entry, item, r);
  r.presumed = before + r.claim;
  r.presumed_bucket = bucket_of(r.expires_ms, item.width_ms);
  add(entry, r.presumed_bucket, r.presumed);
}

void Book::take_back_presumption(BookEntry& entry, const Item& item, BookRecord& own) {
  if (own.presumed == 0) return;
  if (item.kind == Kind::window && entry.buckets.contains(own.presumed_bucket)) add(entry, own.presumed_bucket, -own.presumed);
  own.presumed = 0;
}

// Pass 1: books what the caller says, decides nothing yet.
void Book::book(BookEntry& entry, const Call& call, const Item& item, std::int64_t now, Answer& answer) {
  if (item.version >= entry.version) {
    entry.version = item.version;
    entry.limit = item.limit;
  }
  while (!entry.buckets.empty() && entry.buckets.begin()->first <= now - item.window_ms) {
    entry.sum -= entry.buckets.begin()->second;  // a bucket leaves when all of it is older than the window
    entry.buckets.erase(entry.buckets.begin());
  }
  presume(entry, item, call.inc, now);
  BookRecord& own = entry.records[call.inc];
  answer.known_seq = own.seq;
  if (own.seq >= item.seq) {
    answer.stale = true;
    return;
  }
  if (own.seq < item.acked) {
    answer.lost = true;
    entry.quarantine_until = now + kQuarantineMs;
  } else {
    take_back_presumption(entry, item, own);
    for (const Use& use : item.uses) {
      const std::int64_t bucket = bucket_of(now - use.age_ms, item.width_ms);
      if (use.seq > own.seq && bucket > now - item.window_ms) add(entry, bucket, use.units);
    }
    own.seq = item.seq;
  }
  own.claim = item.claim;
  own.variance = item.variance;
  own.expires_ms = now + call.ttl_ms;
  settle(entry, own, item, answer.lost);
}

// What the store has beyond what is known here was spent by processes that are forgotten. Who is back after a loss tells again what the store has
// already told.
void Book::settle(BookEntry& entry, BookRecord& own, const Item& item, bool lost) {
  const std::int64_t more = std::max<std::int64_t>(item.settled - own.settled, 0);
  own.settled += more;
  if (lost) entry.missing = std::max<std::int64_t>(entry.missing - more, 0);
  if (item.carried <= 0) return;
  std::int64_t known = 0;
  for (const auto& [inc, r] : entry.records) known += r.settled + r.presumed;
  entry.missing = std::max(entry.missing, item.carried - known);
}

std::int64_t Book::free_of(const BookEntry& entry, const Call& call, const Item& item, std::int64_t now) {
  std::int64_t free = entry.limit - entry.sum - entry.missing;
  double variance = 0;
  for (const auto& [inc, r] : entry.records) {
    free -= r.claim;
    if (item.kind == Kind::money) free -= r.settled + r.presumed;
    variance += r.variance;
  }
  if (variance > 0) free -= static_cast<std::int64_t>(std::ceil(call.z * std::sqrt(variance)));
  // Right after a loss not everybody has told again what they used: until then each gets at most its share.
  if (entry.quarantine_until > now) free = std::min(free, entry.limit / std::max<std::int64_t>(call.instances, 1) - item.own_use - item.claim);
  return free;
}

void Book::claim(const Call& call, std::int64_t time_ms, Reply& reply) {
  reply.answers.assign(call.items.size(), {});
  reply.late = !guard(call, time_ms);
  reply.now_ms = time_ms + offset_ms_;
  reply.ok = !reply.late;
  if (reply.late) {
    for (Answer& answer : reply.answers) answer.stale = true;
    return;
  }
  found_.clear();
  for (std::size_t i = 0; i < call.items.size(); ++i) {
    const Item& item = call.items[i];
    Answer& answer = reply.answers[i];
    BookEntry& entry = item.entry ? *item.entry : entries_[item.key];
    found_.push_back(&entry);
    book(entry, call, item, reply.now_ms, answer);
    answer.rest = free_of(entry, call, item, reply.now_ms);
    // What nobody waits for is in nobody's way, though it be overdrawn.
    reply.ok = reply.ok && !answer.lost && !answer.stale && (item.need == 0 || answer.rest >= item.need);
  }
  const std::int64_t n = std::max<std::int64_t>(call.instances, 1);
  for (std::size_t i = 0; i < call.items.size(); ++i) {
    const Item& item = call.items[i];
    Answer& answer = reply.answers[i];
    BookEntry& entry = *found_[i];
    answer.firm = entry.sum + entry.missing;
    if (item.kind == Kind::money)
      for (const auto& [inc, r] : entry.records) answer.firm += r.settled + r.presumed;
    answer.frees_in_ms = entry.buckets.empty() ? item.window_ms : entry.buckets.begin()->first + item.window_ms - reply.now_ms;
    if (answer.lost || answer.stale) continue;
    if (reply.ok) answer.granted = item.need;
    std::int64_t rest = answer.rest - answer.granted;
    if (rest > 0 && (reply.ok || item.need == 0)) {
      const std::int64_t ahead = std::min(std::max<std::int64_t>(item.demand - answer.granted, 0), half_up(rest));
      const std::int64_t spare = std::min(item.spare, (rest - ahead) / (4 * n));
      answer.granted += ahead + spare;
      rest -= ahead + spare;
    }
    answer.rest = rest;
    entry.records[call.inc].claim += answer.granted;
  }
}

Book::View Book::view(const std::string& key) const {
  View view;
  const auto at = entries_.find(key);
  if (at == entries_.end()) return view;
  view.limit = at->second.limit;
  view.used = at->second.sum + at->second.missing;
  for (const auto& [inc, r] : at->second.records) {
    view.claims += r.claim;
    view.used += r.settled;
    view.presumed += r.presumed;
  }
  return view;
}

}  // namespace lectr::limits
