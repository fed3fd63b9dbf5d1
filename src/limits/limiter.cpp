#include "lectr/limits/limiter.hpp"

#include <ctime>

#include "limits/grow_map.hpp"
#include "limits/look.hpp"
#include "limits/org_limits.hpp"
#include "limits/shared_count.hpp"

namespace lectr::limits {
namespace {

bool has_any(const config::Org& org) noexcept { return org.control && !(org.control->limits.empty() && org.control->budgets.empty()); }

}  // namespace

std::int64_t boot_us() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

Permit::Permit() noexcept = default;
Permit::Permit(Permit&&) noexcept = default;
Permit& Permit::operator=(Permit&& other) noexcept {
  if (held_) held_->org->settle(*held_, {}, boot_us());
  held_ = std::move(other.held_);
  return *this;
}
const Shadowed* Permit::shadowed() const noexcept { return held_ && held_->shadowed ? &*held_->shadowed : nullptr; }
Permit::~Permit() {
  if (held_) held_->org->settle(*held_, {}, boot_us());
}

void Pending::tell() {
  const std::lock_guard hold{mutex_};
  if (ring_) std::exchange(ring_, nullptr)();
}

void Pending::leave() {
  const std::lock_guard hold{mutex_};
  ring_ = nullptr;
}

struct Limiter::Orgs : GrowMap<std::shared_ptr<OrgLimits>> {
  Zones zones;
};

Limiter::Limiter(const std::string& redis_url) : orgs_{std::make_unique<Orgs>()} {
  if (redis_url.empty()) return;
  shared_ = std::make_unique<SharedCount>(
      redis_url, [this](std::int64_t now_us, bool forgotten) { orgs_->visit([&](const auto& org) { org->tick(now_us, forgotten); }); });
}
Limiter::~Limiter() = default;

OrgLimits& Limiter::of(OrgId org) {
  return *orgs_->get(static_cast<std::uint64_t>(org), [&] { return std::make_shared<OrgLimits>(org, shared_.get(), orgs_->zones); });
}

void Limiter::prepare(const config::Snapshot& snapshot) {
  for (const auto& [id, org] : snapshot.orgs)
    if (org.control && !org.control->budgets.empty()) orgs_->zones.find(org.control->time_zone);
}

std::optional<Refusal> Limiter::check(const Query& query) {
  if (!has_any(*query.org)) return std::nullopt;
  return of(query.org->id).check(query);
}

std::optional<Refusal> Limiter::admit(const Query& query, Permit& permit, bool* must_wait) {
  if (!has_any(*query.org)) return std::nullopt;
  return of(query.org->id).admit(query, permit, must_wait);
}

void Limiter::wait(const Query& query, std::shared_ptr<Pending> pending) { of(query.org->id).wait(query, std::move(pending)); }

void Limiter::progress(Permit& permit, std::int64_t output, std::int64_t now_us) {
  if (permit) permit.held_->org->progress(*permit.held_, output, now_us);
}

void Limiter::settle(Permit& permit, const Outcome& outcome, std::int64_t now_us) {
  if (!permit) return;
  permit.held_->org->settle(*permit.held_, outcome, now_us);
  permit.held_.reset();
}

Expected Limiter::expected_output(const Query& query, std::int64_t ceiling) {
  if (!has_any(*query.org)) return {};
  return of(query.org->id).expected_output(query, ceiling);
}

void Limiter::learn(const std::vector<Spent>& spent) {
  for (const Spent& s : spent) of(s.org).learn(s);
}

bool Limiter::step(Look& look, std::int64_t now_us, std::int64_t unix_us) {
  const config::Org& org = *look.seen_->org;
  return has_any(org) && of(org.id).look(*look.seen_, now_us, unix_us);
}

State Limiter::state(const config::Org& org, std::int64_t now_us, std::int64_t unix_us) {
  Look look{org};
  while (step(look, now_us, unix_us)) {}
  return look.state();
}

bool Limiter::has_events() const {
  bool any = false;
  orgs_->visit([&](const auto& org) { any = any || org->has_events(); });
  return any;
}

std::vector<BudgetEvent> Limiter::take_events() {
  std::vector<BudgetEvent> out;
  orgs_->visit([&](const auto& org) { org->take_events(out); });
  return out;
}

Sharing Limiter::sharing() const {
  if (!shared_) return {};
  Sharing out = shared_->sharing();
  orgs_->visit([&](const auto& org) { org->add_waits(out.waits); });
  return out;
}

}  // namespace lectr::limits
