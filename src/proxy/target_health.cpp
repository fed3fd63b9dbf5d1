#include "target_health.hpp"

#include <algorithm>
#include <functional>
#include <memory>

#include "lectr/base/clock.hpp"
#include "lectr/base/hash.hpp"

namespace lectr::proxy {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

std::uint64_t hash_of(const TargetHealth::Name& name) noexcept {
  std::uint64_t h = 0xcbf29ce484222325ULL ^ static_cast<std::uint64_t>(name.org) * 0x9e3779b97f4a7c15ULL ^ name.credential;
  for (const std::string_view text : {name.provider, name.model}) h = (h ^ hash_text(text)) * 0x9e3779b97f4a7c15ULL;
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  return (h ^ (h >> 33)) | 1;  // 0 is an empty slot
}

void write_name(TargetHealth::Slot& slot, const TargetHealth::Name& name) noexcept {
  slot.org = name.org;
  slot.credential = name.credential != 0;
  slot.provider_size = static_cast<std::uint8_t>(std::min(name.provider.size(), sizeof slot.provider));
  slot.model_size = static_cast<std::uint8_t>(std::min(name.model.size(), sizeof slot.model));
  std::copy_n(name.provider.data(), slot.provider_size, slot.provider);  // a credential's slot has no model: memcpy may not be given its null
  std::copy_n(name.model.data(), slot.model_size, slot.model);
  slot.named.store(true, std::memory_order_release);
}

}  // namespace

TargetHealth::~TargetHealth() {
  for (const auto& page : pages_) delete page.load(relaxed);
}

TargetHealth::Slot* TargetHealth::slot_at(std::size_t index) const noexcept {
  Page* const page = pages_[index / kPage].load(std::memory_order_acquire);
  return page ? &(*page)[index % kPage] : nullptr;
}

TargetHealth::Slot& TargetHealth::slot_of(std::size_t index) {
  if (Slot* const there = slot_at(index)) return *there;
  auto fresh = std::make_unique<Page>();
  Page* there = nullptr;
  if (pages_[index / kPage].compare_exchange_strong(there, fresh.get(), std::memory_order_acq_rel)) there = fresh.release();
  return (*there)[index % kPage];
}

TargetHealth::Slot* TargetHealth::find(const Name& name) noexcept {
  const std::uint64_t key = hash_of(name);
  for (std::size_t i = 0; i < kTries; ++i) {
    Slot* const slot = slot_at((key + i) % kSlots);
    const std::uint64_t there = slot ? slot->key.load(relaxed) : 0;
    if (there == key) return slot;
    if (there == 0) return nullptr;
  }
  return nullptr;
}

TargetHealth::Slot* TargetHealth::find_or_add(const Name& name) {
  const std::uint64_t key = hash_of(name);
  for (std::size_t i = 0; i < kTries; ++i) {
    Slot& slot = slot_of((key + i) % kSlots);
    std::uint64_t there = slot.key.load(relaxed);
    if (there == 0 && slot.key.compare_exchange_strong(there, key, relaxed)) {
      write_name(slot, name);
      return &slot;
    }
    if (there == key) return &slot;
  }
  return nullptr;
}

bool TargetHealth::admits(const Slot* slot, std::int64_t now_us) noexcept {
  if (slot == nullptr) return true;
  const std::uint64_t word = slot->word.load(relaxed);
  return policy::admits(policy::Breaker::unpack(word), now_us);
}

bool TargetHealth::enter(Slot* slot, std::int64_t now_us) noexcept {
  if (slot == nullptr) return true;
  std::uint64_t word = slot->word.load(relaxed);
  for (;;) {
    const policy::Breaker now = policy::Breaker::unpack(word);
    if (!policy::admits(now, now_us)) return false;
    const std::uint64_t next = policy::enter(now, now_us).pack();
    if (next == word) break;
    if (!slot->word.compare_exchange_weak(word, next, relaxed)) continue;
    if (now.state == policy::BreakerState::open) slot->since_us.store(now_us, relaxed);
    break;
  }
  return true;
}

bool TargetHealth::has_room(const Slot* slot, std::int64_t tokens, std::int64_t now_us) const noexcept {
  if (slot == nullptr) return true;
  const std::int64_t instances = instances_.load(relaxed);
  const auto room = [&](const Quota& q, std::int64_t need) {
    return policy::has_room({q.remaining.load(relaxed), q.reset_at_us.load(relaxed), q.under_way.load(relaxed)}, need, instances, now_us);
  };
  return room(slot->requests_left, 1) && room(slot->tokens_left, tokens);
}

void TargetHealth::learn(Slot* slot, const wire::RateHeaders& told, std::int64_t tokens, std::int64_t now_us) const noexcept {
  if (slot == nullptr) return;
  std::int64_t unread = policy::kMostUnread;
  const auto note = [&](Quota& q, const wire::Quota& t, std::int64_t need) {
    if (!t.told()) return;
    q.remaining.store(t.remaining, relaxed);
    q.reset_at_us.store(now_us + t.reset_ms * 1000, relaxed);
    unread = std::min(unread, policy::answers_unread(t.remaining, need, instances_.load(relaxed)));
  };
  note(slot->requests_left, told.requests, 1);
  note(slot->tokens_left, told.tokens, tokens);
  slot->unread.store(unread, relaxed);
}

void TargetHealth::under_way(Slot* slot, std::int64_t tokens, int sign) noexcept {
  if (slot == nullptr) return;
  slot->requests_left.under_way.fetch_add(sign, relaxed);
  slot->tokens_left.under_way.fetch_add(sign * tokens, relaxed);
}

void TargetHealth::settle(Slot* slot, policy::Outcome outcome, std::int64_t wait_us, std::int64_t now_us) noexcept {
  if (slot == nullptr) return;
  std::uint64_t word = slot->word.load(relaxed);
  for (;;) {
    const policy::Breaker now = policy::Breaker::unpack(word), next = policy::settle(now, outcome, wait_us, now_us);
    if (next.pack() == word) break;
    if (!slot->word.compare_exchange_weak(word, next.pack(), relaxed)) continue;
    if (next.state != now.state) slot->since_us.store(now_us, relaxed);
    break;
  }
}

void TargetHealth::count_attempt(Slot* slot, policy::Outcome outcome) noexcept {
  if (slot == nullptr) return;
  slot->requests.fetch_add(1, relaxed);
  if (outcome != policy::Outcome::good && outcome != policy::Outcome::neutral) slot->failures.fetch_add(1, std::memory_order_release);
}

void TargetHealth::count_request(OrgId org, std::int64_t now_us) noexcept {
  std::atomic<std::uint64_t>& budget = budgets_[static_cast<std::uint64_t>(org) % kBudgets];
  std::uint64_t word = budget.load(relaxed);
  while (!budget.compare_exchange_weak(word, policy::count_request(policy::RetryBudget::unpack(word), now_us).pack(), relaxed)) {}
}

bool TargetHealth::take_retry(OrgId org, std::int64_t now_us) noexcept {
  std::atomic<std::uint64_t>& budget = budgets_[static_cast<std::uint64_t>(org) % kBudgets];
  std::uint64_t word = budget.load(relaxed);
  for (;;) {
    policy::RetryBudget next = policy::RetryBudget::unpack(word);
    if (!policy::take_retry(next, now_us)) return false;
    if (budget.compare_exchange_weak(word, next.pack(), relaxed)) return true;
  }
}

std::vector<TargetState> TargetHealth::list(OrgId org) const {
  const std::int64_t now = mono_us(), unix_offset = unix_us() - now;
  std::vector<TargetState> out;
  for (std::size_t i = 0; i < kSlots; ++i) {
    const Slot* const at = slot_at(i);
    if (!at) continue;
    const Slot& slot = *at;
    if (!slot.named.load(std::memory_order_acquire) || slot.org != org) continue;
    const policy::Breaker b = policy::Breaker::unpack(slot.word.load(relaxed));
    const std::int64_t since = slot.since_us.load(relaxed);
    const std::uint64_t failures = slot.failures.load(std::memory_order_acquire);  // first, so that it is never the greater one
    out.push_back({{slot.provider, slot.provider_size},
                   {slot.model, slot.model_size},
                   slot.credential,
                   b.state,
                   b.reason,
                   since == 0 ? 0 : since + unix_offset,
                   b.state == policy::BreakerState::open ? b.at_us + unix_offset : 0,
                   slot.requests.load(relaxed),
                   failures});
  }
  return out;
}

BreakerCounts TargetHealth::count() const noexcept {
  BreakerCounts out;
  for (std::size_t i = 0; i < kSlots; ++i) {
    const Slot* const slot = slot_at(i);
    if (!slot || !slot->named.load(std::memory_order_acquire)) continue;
    switch (policy::Breaker::unpack(slot->word.load(relaxed)).state) {
      case policy::BreakerState::closed: ++out.closed; break;
      case policy::BreakerState::open: ++out.open; break;
      case policy::BreakerState::half_open: ++out.half_open; break;
    }
  }
  return out;
}

}  // namespace lectr::proxy
