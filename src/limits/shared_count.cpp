#include "limits/shared_count.hpp"

#include <hiredis/hiredis.h>
#include <pthread.h>

#include <boost/asio/post.hpp>
#include <stdexcept>

#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"
#include "limits/claim_script.hpp"

namespace lectr::limits {
namespace {

namespace asio = boost::asio;
constexpr auto kTick = std::chrono::milliseconds{20};
constexpr std::int64_t kBeatUs = 1'000'000;
constexpr std::int64_t kSlowUs = 25'000;                                 // a request would rather not wait so long
constexpr std::int64_t kSlowToldUs = 500'000, kQuickToldUs = 1'000'000;  // for so long, before anybody is told
constexpr std::int64_t kStartUs = 2'000'000;                             // to connect before it is called away
constexpr std::int64_t kRefusedToldUs = 3'000'000;                       // without an error, before it is said to answer again

// Who has spoken within five seconds counts.
constexpr std::string_view kBeat =
    "local t = redis.call('TIME')[1] local new = redis.call('ZADD', KEYS[1], t, ARGV[1]) redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', t - 5) "
    "return {redis.call('ZCARD', KEYS[1]), new}";

RedisAddress address_of(const std::string& url) {
  if (url.starts_with("rediss://"))
    throw std::runtime_error(
        "redis_url (LECTR_REDIS_URL): TLS (rediss://) is not supported; use redis:// to a tunnel on this machine, or a private network");
  auto address = parse_redis_address(url);
  if (!address) throw std::runtime_error("redis_url (LECTR_REDIS_URL) must be redis://[:PASSWORD@]HOST[:PORT][/DATABASE] or unix://PATH");
  return std::move(*address);
}

const char* name_of(Sharing::State state) noexcept {
  return state == Sharing::State::ok ? "answers" : state == Sharing::State::slow ? "answers slowly" : "does not answer";
}

}  // namespace

SharedCount::SharedCount(const std::string& redis_url, std::function<void(std::int64_t, bool)> tick)
    : incarnation_{UuidSource{}.dice()},
      tick_{std::move(tick)},
      claim_digest_{script_digest(claim_script())},
      beat_digest_{script_digest(kBeat)},
      told_state_{static_cast<int>(Sharing::State::away)},
      told_since_us_{unix_us()},
      began_us_{boot_us()},
      link_{io_, address_of(redis_url), {}, [this](bool up) { changed(up); }} {
  asio::post(io_, [this] {
    link_.start();
    this->tick();
  });
  thread_ = std::thread{[this] { io_.run(); }};
  ::pthread_setname_np(thread_.native_handle(), "redis");
}

SharedCount::~SharedCount() {
  asio::post(io_, [this] {
    link_.stop();
    io_.stop();
  });
  thread_.join();
}

Authority::State SharedCount::state() const noexcept {
  if (!ready_.load(std::memory_order_acquire)) return State::away;
  const std::int64_t since = waiting_since_us_.load(std::memory_order_relaxed);
  if (since != 0 && mono_us() - since > kSlowUs) return State::slow;
  return round_trip_us_.load(std::memory_order_relaxed) > kSlowUs ? State::slow : State::ok;
}

Sharing SharedCount::sharing() const { return {true, static_cast<Sharing::State>(told_state_.load()), told_since_us_.load(), instances(), {}}; }

// Everybody notices at the same moment that it is back; not all shall ask at the same moment.
void SharedCount::changed(bool up) {
  sent_us_.clear();
  waiting_since_us_ = 0;
  beating_ = false;
  return_.cancel();
  ready_ = false;
  if (!up) return;
  round_trip_us_ = 0;
  beat_us_ = 0;
  beat();
  come_back();
}

void SharedCount::come_back() {
  refusal_ = nullptr;
  const std::int64_t wait_ms = boot_us() - began_us_ < kStartUs ? 0 : static_cast<std::int64_t>(UuidSource{}.dice() % 300);
  return_.expires_after(std::chrono::milliseconds{wait_ms});
  return_.async_wait([this](const boost::system::error_code& error) {
    if (!error && link_.up()) ready_ = true;
  });
}

// OOM, READONLY, BUSY and the like: as good as away, until a heartbeat, which writes too, is taken.
void SharedCount::refused(const redisReply& error) {
  ready_ = false;
  return_.cancel();
  refused_us_ = boot_us();
  refusal_ = redis_refusal({error.str, error.len});
}

void SharedCount::heard(std::int64_t sent_us) {
  if (!sent_us_.empty()) sent_us_.pop_front();
  waiting_since_us_ = sent_us_.empty() ? 0 : sent_us_.front();
  const std::int64_t took = mono_us() - sent_us, before = round_trip_us_;
  round_trip_us_ = before == 0 ? took : before + (took - before) / 4;
}

void SharedCount::beat() {
  if (!link_.up() || beating_ || boot_us() - beat_us_ < kBeatUs) return;
  beat_us_ = boot_us();
  beating_ = true;
  const std::int64_t sent = mono_us();
  sent_us_.push_back(sent);
  if (waiting_since_us_ == 0) waiting_since_us_ = sent;
  link_.script(kBeat, beat_digest_, {"1", "lectr:inst", std::to_string(incarnation_)}, [this, sent](const redisReply* reply) {
    if (!reply) return;
    beating_ = false;
    heard(sent);
    if (reply->type == REDIS_REPLY_ERROR) return refused(*reply);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) return;
    if (refusal_) come_back();
    instances_ = std::max<std::int64_t>(reply->element[0]->integer, 1);
    if (reply->element[1]->integer == 1) forgotten_ = true;
  });
}

void SharedCount::tick() {
  const std::int64_t now_us = boot_us();
  beat();
  tell_state(now_us);
  tick_(now_us, std::exchange(forgotten_, false));
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

// Told when it lasts: one slow answer is no news.
void SharedCount::tell_state(std::int64_t now_us) {
  const State now = state();
  if (now == State::slow) {
    if (slow_us_ == 0) slow_us_ = now_us;
  } else {
    slow_us_ = 0;
  }
  if (now != State::ok) quick_us_ = now_us;
  const auto told = static_cast<Sharing::State>(told_state_.load());
  Sharing::State next = told;
  if (now == State::away && (now_us - began_us_ > kStartUs || told != Sharing::State::away)) next = Sharing::State::away;
  if (now == State::slow && now_us - slow_us_ > kSlowToldUs) next = Sharing::State::slow;
  const bool lasts = now_us - refused_us_ > kRefusedToldUs && (told == Sharing::State::away || now_us - quick_us_ > kQuickToldUs);
  if (now == State::ok && lasts) next = Sharing::State::ok;
  if (next == told) return;
  told_state_ = static_cast<int>(next);
  told_since_us_ = unix_us();
  const std::string line = std::string{"Redis "} + name_of(next);
  if (next == Sharing::State::ok) return log::warn(line + ": limits and budgets are shared by all instances");
  if (next == Sharing::State::away && refusal_)
    return log::warn(std::string{"Redis refuses to count, each instance keeps to its share of limits and budgets: "} + refusal_);
  log::warn(line + ": each instance keeps to its share of limits and budgets" +
            (next == Sharing::State::slow ? " where what it holds does not suffice" : ""));
}

void SharedCount::send(OrgId org, Call call, Answered answered) {
  asio::post(io_, [this, org, call = std::move(call), answered = std::move(answered)]() mutable { send_now(org, call, std::move(answered)); });
}

void SharedCount::send_now(OrgId org, const Call& call, Answered answered) {
  if (!link_.up()) return answered(nullptr);
  const std::int64_t sent = mono_us();
  sent_us_.push_back(sent);
  if (waiting_since_us_ == 0) waiting_since_us_ = sent;
  const auto done = [this, sent, items = call.items.size(), answered = std::move(answered)](const redisReply* got) {
    if (!got) return answered(nullptr);
    heard(sent);
    std::vector<std::int64_t> numbers;
    if (got->type == REDIS_REPLY_ARRAY)
      for (std::size_t i = 0; i < got->elements; ++i) numbers.push_back(got->element[i]->integer);
    Reply reply;
    if (read_claim_answer(numbers, items, reply)) return answered(&reply);
    if (got->type == REDIS_REPLY_ERROR) refused(*got);
    answered(nullptr);
  };
  link_.script(claim_script(), claim_digest_, claim_arguments(org, call), done);
}

void SharedCount::later(std::chrono::milliseconds wait, std::function<void()> work) {
  asio::post(io_, [this, until = std::chrono::steady_clock::now() + wait, work = std::move(work)]() mutable {
    const auto timer = std::make_shared<asio::steady_timer>(io_, until);
    timer->async_wait([timer, work = std::move(work)](const boost::system::error_code& error) {
      if (!error) work();
    });
  });
}

}  // namespace lectr::limits
