// One org whose limits and budgets a test sets, asked as workers ask.
#pragma once

#include <gtest/gtest.h>

#include "lectr/limits/limiter.hpp"

namespace lectr::limits {

using config::LimitKind;

inline constexpr std::int64_t kSecond = 1'000'000, kMinute = 60 * kSecond;
inline constexpr std::int64_t kNoon = 1'790'000'000 * kSecond;

inline config::Limit limit(std::string name, LimitKind kind, std::int64_t most) {
  config::Limit l;
  l.name = std::move(name);
  l.kind = kind;
  l.limit = most;
  return l;
}
inline config::Budget budget(std::string name, std::int64_t cap_nano) {
  config::Budget b;
  b.name = std::move(name);
  b.cap = NanoMoney{cap_nano};
  return b;
}

class LimiterTest : public testing::Test {
 protected:
  void use(config::Control control) {
    org_.id = 1;
    ++org_.control_version;
    org_.control = std::make_shared<const config::Control>(std::move(control));
  }
  void use(std::vector<config::Limit> limits) {
    config::Control c;
    c.limits = std::move(limits);
    use(std::move(c));
  }
  // Each as of a newer snapshot than the one before.
  void name_keys(decltype(config::LimitKeys::by_name) by_name) {
    const std::uint64_t version = org_.limit_keys ? org_.limit_keys->version + 1 : 1;
    org_.limit_keys = std::make_shared<const config::LimitKeys>(config::LimitKeys{version, std::move(by_name)});
  }
  void use(config::Budget b) {
    config::Control c;
    c.budgets.push_back(std::move(b));
    use(std::move(c));
  }
  Query query() const {
    Query q;
    q.org = &org_;
    q.key = 7;
    q.feature = "chat";
    q.model = "gpt-x";
    q.now_us = now_;
    q.unix_us = kNoon + now_;
    return q;
  }
  std::optional<Refusal> ask(const Query& q) {
    Permit permit;
    const auto refused = limiter_.admit(q, permit);
    if (permit) permits_.push_back(std::move(permit));
    return refused;
  }
  Code code(const Query& q) {
    const auto refused = ask(q);
    return refused ? refused->code : Code::none;
  }
  void end(std::size_t i, const Outcome& outcome) { limiter_.settle(permits_[i], outcome, now_); }

  config::Org org_;
  Limiter limiter_;
  std::int64_t now_ = 100 * kMinute;
  std::vector<Permit> permits_;
};

}  // namespace lectr::limits
