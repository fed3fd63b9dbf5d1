// The claim: "this I used, this I still hold, this I want". The one message between an instance and whoever counts for all of them; it does
// grant, renewal, return, heartbeat and repair after loss. `Book` is the reference of what the counting side does: pure but for its own state,
// the clock comes in. It counts for a process alone, and it is what a shared store's script is held against.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace lectr::limits {

// window: units used within the last `window_ms`. slots: units held now. money: units settled since the account began, and held.
enum class Kind : std::uint8_t { window, slots, money };

// Units used at a time, told by its age when the message left: what a message's way takes makes it later, never earlier. `seq` is the message that
// told of it first, so that one told twice is booked once. Negative units correct what was booked too high.
struct Use {
  std::int64_t seq = 0, age_ms = 0, units = 0;
};

// How a Book counts one limit.
struct BookRecord {
  std::int64_t seq = 0, claim = 0, expires_ms = 0, settled = 0, presumed = 0, presumed_bucket = 0;
  double variance = 0;
};
struct BookEntry {
  std::int64_t limit = 0, version = -1, sum = 0, quarantine_until = 0;
  std::int64_t missing = 0;                      // money: spent by those who are forgotten here
  std::map<std::int64_t, std::int64_t> buckets;  // its end -> units; at most 241 of one width
  std::map<std::uint64_t, BookRecord> records;   // by incarnation
};

// One limit of a call.
struct Item {
  std::string key;
  BookEntry* entry = nullptr;  // instead of the key, for a book in the same process: the caller's
  Kind kind = Kind::window;
  std::int64_t limit = 0, version = 0;  // of the limit's definition: the newest one that anybody told of holds
  std::int64_t window_ms = 0, width_ms = 0;
  std::int64_t seq = 0, acked = 0;     // this message, and the last one that is known to have been booked
  std::int64_t claim = 0;              // units held, without those in `uses`
  std::int64_t settled = 0;            // money: all that this incarnation spent in this account, cumulative
  std::int64_t carried = 0;            // money: what the store has of all, which is late but forgets nobody
  double variance = 0;                 // money: of what is in flight, for the common margin
  std::vector<Use> uses;               // at most kMostUses
  std::int64_t need = 0;               // for the request that waits: all or nothing over all items of the call
  std::int64_t demand = 0, spare = 0;  // and ahead of need, as far as there is room
  std::int64_t own_use = 0;            // within the window, for the quarantine's share
};
inline constexpr std::size_t kMostUses = 64;

inline constexpr double kDeviations = 2;  // of money in flight that the margin covers

struct Call {
  std::uint64_t inc = 0;          // this incarnation: random, made at the start of a process
  std::int64_t instances = 1;     // that share the limits
  std::int64_t expected_ms = -1;  // what the counting side's clock shows at least: when last heard, and the time since; -1: never heard of it
  bool clock_set = false;         // the last answer came in time and was `late`: so it is not the way that takes long, the clock was set
  std::int64_t ttl_ms = 6000;     // of the claims
  double z = kDeviations;
  std::vector<Item> items;
};

struct Answer {
  bool lost = false;   // the counting side has forgotten what this incarnation told: nothing was booked; replay what came after known_seq
  bool stale = false;  // a newer message was here first: nothing was booked
  std::int64_t granted = 0, rest = 0, known_seq = 0;
  std::int64_t frees_in_ms = 0;  // until the oldest bucket leaves
  std::int64_t firm = 0;         // units gone for good as far as is known: used, or settled and presumed spent; not what is only held
};
struct Reply {
  bool ok = false;    // the need of every item is granted
  bool late = false;  // much later than the caller expects: long under way, or the clock was set. Nothing was booked
  std::int64_t now_ms = 0;
  std::vector<Answer> answers;  // beside the call's items
};

class Book {
 public:
  void claim(const Call& call, std::int64_t time_ms, Reply& reply);
  Reply claim(const Call& call, std::int64_t time_ms) {
    Reply reply;
    claim(call, time_ms, reply);
    return reply;
  }
  // For tests and for showing: as of the last claim on the key.
  struct View {
    std::int64_t limit = 0, used = 0, claims = 0, presumed = 0;
  };
  View view(const std::string& key) const;

 private:
  bool guard(const Call& call, std::int64_t time_ms) noexcept;
  static void book(BookEntry& entry, const Call& call, const Item& item, std::int64_t now, Answer& answer);
  static void settle(BookEntry& entry, BookRecord& own, const Item& item, bool lost);
  static void presume(BookEntry& entry, const Item& item, std::uint64_t own, std::int64_t now);
  static void presume_again(BookEntry& entry, const Item& item, BookRecord& r);
  static void take_back_presumption(BookEntry& entry, const Item& item, BookRecord& own);
  static void add(BookEntry& entry, std::int64_t bucket, std::int64_t units);
  static std::int64_t free_of(const BookEntry& entry, const Call& call, const Item& item, std::int64_t now);

  std::unordered_map<std::string, BookEntry> entries_;
  std::vector<BookEntry*> found_;  // of the call in hand
  std::int64_t offset_ms_ = 0;     // logical time less the clock's
};

}  // namespace lectr::limits
