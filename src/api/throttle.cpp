#include "api/throttle.hpp"

#include <algorithm>
#include <array>

namespace lectr::api {
namespace {

constexpr std::int64_t kSecond = 1'000'000, kForgetAfter = 3600 * kSecond;

// Tries before the first pause, and how the pauses double from there. The pair is strict. An address may be a proxy with many people behind it,
// and a user must not be locked out by strangers: both are wide, and their pauses stay short.
struct Scope {
  char tag;
  int free_tries;
  std::int64_t first_pause, longest_pause;
};
constexpr Scope kPair{'p', 5, 30 * kSecond, 900 * kSecond}, kAddress{'a', 20, 10 * kSecond, 60 * kSecond},
    kUser{'u', 100, 10 * kSecond, 60 * kSecond};

struct Scoped {
  const Scope* scope;
  std::string name;
};
std::array<Scoped, 3> scopes_of(std::string_view user, std::string_view address) {
  const std::string name{user.substr(0, 200)}, from{address};  // user names come from strangers: bounded
  return {{{&kPair, "p" + from + '\n' + name}, {&kAddress, "a" + from}, {&kUser, "u" + name}}};
}

std::int64_t pause_after(const Scope& scope, int failures) noexcept {
  if (failures < scope.free_tries) return 0;
  const int doublings = std::min(failures - scope.free_tries, 20);
  return std::min(scope.first_pause << doublings, scope.longest_pause);
}

}  // namespace

Admission LoginThrottle::begin(std::string_view user, std::string_view address, std::int64_t now_us) {
  const auto scopes = scopes_of(user, address);
  const std::lock_guard lock{mutex_};
  std::int64_t wait_us = 0;
  for (const auto& [scope, name] : scopes) {
    const auto at = by_name_.find(name);
    if (at != by_name_.end()) wait_us = std::max(wait_us, at->second->paused_until_us - now_us);
  }
  if (wait_us > 0) return {false, static_cast<int>((wait_us + kSecond - 1) / kSecond), 0};
  Admission admission;
  for (const auto& [scope, name] : scopes) {
    Counter& counter = touch(name, now_us);
    ++counter.failures;
    counter.paused_until_us = now_us + pause_after(*scope, counter.failures);
    if (scope == &kPair) admission.tries_left = std::max(0, scope->free_tries - counter.failures);
  }
  return admission;
}

void LoginThrottle::succeeded(std::string_view user, std::string_view address) {
  const auto scopes = scopes_of(user, address);
  const std::lock_guard lock{mutex_};
  for (const auto& [scope, name] : scopes) {
    const auto at = by_name_.find(name);
    if (at == by_name_.end()) continue;
    Counter& counter = *at->second;
    if (scope != &kPair && counter.failures > 1) {
      // Only this try is taken back: one good login must not wipe out what others failed from there.
      --counter.failures;
      counter.paused_until_us = 0;
      continue;
    }
    by_age_.erase(at->second);
    by_name_.erase(at);
  }
}

std::size_t LoginThrottle::size() const {
  const std::lock_guard lock{mutex_};
  return by_name_.size();
}

LoginThrottle::Counter& LoginThrottle::touch(const std::string& name, std::int64_t now_us) {
  auto at = by_name_.find(name);
  if (at != by_name_.end()) {
    by_age_.splice(by_age_.begin(), by_age_, at->second);
    if (now_us - at->second->last_us > kForgetAfter) at->second->failures = 0;
  } else {
    if (by_age_.size() == bound_) {
      by_name_.erase(by_age_.back().name);
      by_age_.pop_back();
    }
    by_age_.push_front({name, 0, now_us, 0});
    at = by_name_.emplace(name, by_age_.begin()).first;
  }
  at->second->last_us = now_us;
  return *at->second;
}

}  // namespace lectr::api
