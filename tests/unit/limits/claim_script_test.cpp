// The script in a real Redis against the reference: the same random calls at the same times; answers and state must be equal.
#include "limits/claim_script.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>

#include "redis_server.hpp"

namespace lectr::limits {
namespace {

RedisReply command(redisContext* link, const std::vector<std::string>& words) {
  std::vector<const char*> parts;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    parts.push_back(word.data());
    sizes.push_back(word.size());
  }
  return RedisReply{static_cast<redisReply*>(redisCommandArgv(link, static_cast<int>(parts.size()), parts.data(), sizes.data()))};
}

class ClaimScript : public testing::Test {
 protected:
  void SetUp() override {
    if (!server_.up()) GTEST_SKIP() << "there is no redis-server here";
    link_ = server_.link();
    const auto loaded = command(link_.get(), {"SCRIPT", "LOAD", std::string{claim_script()}});
    ASSERT_EQ(loaded->type, REDIS_REPLY_STRING) << loaded->str;
    digest_ = loaded->str;
  }

  Reply ask(const Call& call, std::int64_t time_ms) {
    std::vector<std::string> words{"EVALSHA", digest_};
    for (auto& word : claim_arguments(7, call, time_ms)) words.push_back(std::move(word));
    const auto got = command(link_.get(), words);
    Reply reply;
    std::vector<std::int64_t> numbers;
    if (got->type != REDIS_REPLY_ARRAY) {
      ADD_FAILURE() << (got->str ? got->str : "no array");
      return reply;
    }
    for (std::size_t i = 0; i < got->elements; ++i) numbers.push_back(got->element[i]->integer);
    EXPECT_TRUE(read_claim_answer(numbers, call.items.size(), reply));
    return reply;
  }

  Book::View view(const Item& item) {
    Book::View out;
    const auto got = command(link_.get(), {"HGETALL", redis_key(7, item.kind, item.key)});
    for (std::size_t i = 0; i + 1 < got->elements; i += 2) {
      const std::string name = got->element[i]->str, value = got->element[i + 1]->str;
      if (name == "L") out.limit = std::stoll(value);
      if (name == "s" || name == "m") out.used += std::stoll(value);
      if (name[0] != 'i') continue;
      std::istringstream text{value};
      std::int64_t seq, claim, expires, settled, presumed;
      text >> seq >> claim >> expires >> settled >> presumed;
      out.claims += claim;
      out.used += settled;
      out.presumed += presumed;
    }
    return out;
  }

  RedisServer server_;
  RedisConnection link_{nullptr, &redisFree};
  std::string digest_;
};

// Instances that say what random ones might: right and wrong numbers, old messages again, uses of any age, corrections.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : dice_{seed} {}
  std::int64_t pick(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution<std::int64_t>{low, high}(dice_); }
  bool chance(int percent) { return pick(0, 99) < percent; }

  Item item(std::size_t which, int round, std::uint64_t inc) {
    static constexpr std::int64_t kLimits[] = {60, 600, 20, 500'000'000'000'000};  // the last: sums stay under 2^53
    Item out;
    out.key = "limit " + std::to_string(which) + ", round " + std::to_string(round);
    out.kind = which < 2 ? Kind::window : which == 2 ? Kind::slots : Kind::money;
    const std::int64_t limit = kLimits[which], unit = which == 3 ? limit / 400 : 1;
    out.version = pick(1, 3);
    out.limit = limit + out.version;
    out.window_ms = 2000;
    out.width_ms = limit > 240 ? pick(8, 9) : 10;
    std::int64_t& seq = seqs_[{out.key, inc}];
    const std::int64_t told = seq;
    if (!chance(5)) ++seq;
    out.seq = seq;
    out.acked = chance(90) ? told : pick(0, told + 1);
    out.claim = pick(0, 3) * unit;
    if (out.kind == Kind::money) {
      out.settled = settled_[inc] += chance(50) ? pick(0, unit / 100) : 0;
      out.variance = static_cast<double>(pick(0, 1'000'000));
      out.carried = chance(30) ? pick(0, limit / 2) : 0;
    }
    if (out.kind == Kind::window)
      for (std::int64_t n = pick(0, 4); n > 0; --n) out.uses.push_back({pick(std::max<std::int64_t>(told - 1, 1), seq), pick(0, 2500), pick(-1, 3)});
    out.need = chance(60) ? pick(1, 2) * unit : 0;
    out.demand = chance(40) ? pick(0, limit / 2) : 0;
    out.spare = chance(40) ? pick(0, limit / 4) : 0;
    out.own_use = pick(0, 3);
    return out;
  }

 private:
  std::mt19937_64 dice_;
  std::map<std::pair<std::string, std::uint64_t>, std::int64_t> seqs_;
  std::map<std::uint64_t, std::int64_t> settled_;
};

TEST_F(ClaimScript, SaysWhatTheReferenceSays) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Dice dice{seed};
  Book book;
  std::int64_t time = 1'900'000'000'000;
  std::int64_t granted = 0, refused = 0, lost = 0, late = 0;
  for (int step = 0; step < 6000 && !HasFailure(); ++step) {
    time += dice.chance(2) ? dice.pick(0, 5000) : dice.pick(0, 40);
    if (dice.chance(1)) time += dice.chance(50) ? 3'600'000 : -3'600'000;
    Call call;
    call.inc = 18'000'000'000'000'000'000u + static_cast<std::uint64_t>(dice.pick(1, 4));
    call.instances = dice.pick(1, 4);
    call.ttl_ms = 300;
    call.z = 2;
    if (dice.chance(80)) call.expected_ms = time + dice.pick(-100, 100);
    call.clock_set = dice.chance(5);
    if (dice.chance(5)) call.expected_ms = time + dice.pick(-5000, 5000);
    // Limits begin anew from time to time, or the budget is spent and nothing is granted any more.
    for (std::size_t which = 0; which < 4; ++which)
      if (dice.chance(60)) call.items.push_back(dice.item(which, step / 500, call.inc));
    if (call.items.empty()) continue;
    const Reply want = book.claim(call, time), got = ask(call, time);
    ASSERT_EQ(want.ok, got.ok) << step;
    ASSERT_EQ(want.late, got.late) << step;
    ASSERT_EQ(want.now_ms, got.now_ms) << step;
    want.ok ? ++granted : ++refused;
    late += want.late;
    for (std::size_t i = 0; i < call.items.size(); ++i) {
      const Answer &a = want.answers[i], &b = got.answers[i];
      const std::string where = "step " + std::to_string(step) + ", " + call.items[i].key;
      lost += a.lost;
      ASSERT_EQ(a.lost, b.lost) << where;
      ASSERT_EQ(a.stale, b.stale) << where;
      ASSERT_EQ(a.known_seq, b.known_seq) << where;
      ASSERT_EQ(a.rest, b.rest) << where;
      ASSERT_EQ(a.granted, b.granted) << where;
      ASSERT_EQ(a.frees_in_ms, b.frees_in_ms) << where;
      ASSERT_EQ(a.firm, b.firm) << where;
      if (want.late) continue;
      const Book::View x = book.view(call.items[i].key), y = view(call.items[i]);
      ASSERT_EQ(x.limit, y.limit) << where;
      ASSERT_EQ(x.used, y.used) << where;
      ASSERT_EQ(x.claims, y.claims) << where;
      ASSERT_EQ(x.presumed, y.presumed) << where;
    }
  }
  // Else the calls were too alike to tell anything.
  EXPECT_GT(granted, 100);
  EXPECT_GT(refused, 100);
  EXPECT_GT(lost, 20);
  EXPECT_GT(late, 20);
}

TEST_F(ClaimScript, GoesByTheServersClock) {
  Call call;
  call.inc = 1;
  Item& item = call.items.emplace_back();
  item.key = "x";
  item.limit = 10;
  item.window_ms = 60'000;
  item.width_ms = 10;
  item.seq = 1;
  item.need = 1;
  const Reply reply = ask(call, -1);
  EXPECT_TRUE(reply.ok);
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(static_cast<double>(reply.now_ms), static_cast<double>(now), 1000);
}

// Else the units would be booked again with each try, and leave the window more often than they came in.
TEST_F(ClaimScript, BooksNothingWhereAKeyIsNoneOfOurs) {
  Call call;
  call.inc = 1;
  for (const char* key : {"good", "bad"}) {
    Item& item = call.items.emplace_back();
    item.key = key;
    item.limit = 10;
    item.window_ms = 60'000;
    item.width_ms = 10;
    item.seq = 1;
    item.uses.push_back({1, 0, 3});
  }
  for (const std::string end : {"", ":b"}) {
    const std::string bad = redis_key(7, Kind::window, "bad") + end, good = redis_key(7, Kind::window, "good");
    command(link_.get(), {"SET", bad, "x"});
    std::vector<std::string> words{"EVALSHA", digest_};
    for (auto& word : claim_arguments(7, call, -1)) words.push_back(std::move(word));
    ASSERT_EQ(command(link_.get(), words)->type, REDIS_REPLY_ERROR);
    EXPECT_EQ(command(link_.get(), {"EXISTS", good, good + ":b"})->integer, 0) << end;
    command(link_.get(), {"DEL", bad});
  }
  EXPECT_TRUE(ask(call, -1).ok);
  EXPECT_EQ(view(call.items.front()).used, 3);
}

// What a reader of the server finds: ids and numbers.
TEST_F(ClaimScript, NamesNothing) {
  Call call;
  call.inc = 1;
  Item& item = call.items.emplace_back();
  item.key = "secret-feature";
  item.limit = 10;
  item.window_ms = 60'000;
  item.width_ms = 10;
  item.seq = 1;
  item.uses.push_back({1, 0, 1});
  ask(call, -1);
  const auto keys = command(link_.get(), {"KEYS", "*"});
  ASSERT_EQ(keys->elements, 2u);
  for (std::size_t i = 0; i < keys->elements; ++i) {
    const std::string key = keys->element[i]->str;
    EXPECT_TRUE(key.starts_with("lectr:{7}:w:")) << key;
    EXPECT_EQ(key.find("secret"), std::string::npos) << key;
    EXPECT_GT(command(link_.get(), {"PTTL", key})->integer, 60'000) << key;
  }
}

}  // namespace
}  // namespace lectr::limits
