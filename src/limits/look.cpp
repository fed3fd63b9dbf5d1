// What an org's limits and budgets show: gathered in steps under its lock, made into names and an order without it.
#include "limits/look.hpp"

#include <algorithm>
#include <set>

#include "limits/org_limits.hpp"

namespace lectr::limits {
namespace {

constexpr std::size_t kMostShown = 100;

bool less_rest(const Look::Seen::Row& a, const Look::Seen::Row& b) noexcept { return a.rest < b.rest; }

}  // namespace

Look::Look(const config::Org& org) : seen_{std::make_unique<Seen>()} { seen_->org = &org; }
Look::Look(Look&&) noexcept = default;
Look::~Look() = default;

void Look::Seen::keep() {
  for (Row& row : rows) {
    std::vector<Row>& least = limits[row.limit].least;
    if (least.size() == kMostShown) {
      if (row.rest >= least.front().rest) continue;
      std::pop_heap(least.begin(), least.end(), less_rest);
      least.pop_back();
    }
    least.push_back(std::move(row));
    std::push_heap(least.begin(), least.end(), less_rest);
  }
  rows.clear();
}

State Look::state() const {
  State out;
  for (const Seen::OfLimit& of : seen_->limits) {
    LimitState& shown = out.limits.emplace_back();
    shown.name = of.limit->name;
    std::vector<Seen::Row> rows = of.least;
    std::sort(rows.begin(), rows.end(), less_rest);
    std::set<const Scope*> told;  // one that took another's place was perhaps seen twice
    for (const Seen::Row& row : rows)
      if (told.insert(row.scope.get()).second) shown.scopes.push_back({row.scope->label, row.used, row.rest, row.refused_1h, row.would_1h});
  }
  for (const Seen::OfBudget& of : seen_->budgets) {
    out.budgets.push_back(of.state);
    out.budgets.back().name = of.budget->name;
  }
  return out;
}

bool OrgLimits::look(Look::Seen& seen, std::int64_t now_us, std::int64_t unix_us) {
  seen.gave_way = !seen.gave_way && lock_.wanted();  // who waits for the lock goes first, but not for ever
  if (seen.gave_way) return true;
  {
    const std::lock_guard hold{lock_};
    if (!seen.control) {
      begin_look(seen);
      return true;
    }
    look_at_some(seen, now_us, unix_us);
  }
  seen.keep();
  return seen.at_budget < seen.budgets.size() || seen.at_limit < seen.limits.size();
}

void OrgLimits::begin_look(Look::Seen& seen) {
  compile(*seen.org);
  seen.control = control_;
  seen.version = version_;
  for (const CompiledLimit& limit : limits_) seen.limits.push_back({limit.limit, limit.table, {}});
  for (const CompiledBudget& b : budgets_) seen.budgets.push_back({b.budget, b.fund, {}});
}

// What a newer state has changed meanwhile shows as it is by now: a number as it is counted by, a budget's window that nobody opened not at all.
void OrgLimits::look_at_some(Look::Seen& seen, std::int64_t now_us, std::int64_t unix_us) {
  std::size_t n = 0;
  for (; n < Look::kAtOnce && seen.at_budget < seen.budgets.size(); ++n) {
    Look::Seen::OfBudget& of = seen.budgets[seen.at_budget];
    if (seen.version == version_) open(budgets_[seen.at_budget], unix_us);
    ++seen.at_budget;
    if (!of.fund->scope) continue;
    const Scope& scope = *of.fund->scope;
    of.state = {{},
                of.fund->span.from_us,
                of.fund->span.to_us,
                scope.account.settled(),
                scope.account.in_use(),
                scope.refused.sum(now_us),
                scope.would.sum(now_us),
                scope.downgraded.sum(now_us),
                scope.would_downgrade.sum(now_us),
                of.fund->unpriced};
  }
  enforced_.clear();
  while (n < Look::kAtOnce && seen.at_limit < seen.limits.size()) {
    const Look::Seen::OfLimit& of = seen.limits[seen.at_limit];
    seen.left = std::min(seen.left, of.table->row().size());
    if (seen.left == 0) {
      ++seen.at_limit;
      seen.left = SIZE_MAX;
      continue;
    }
    const auto& scope = of.table->row()[--seen.left];
    if (seen.version == version_) scope->account.define(of.limit->limit, version_);
    seen.rows.push_back({seen.at_limit, scope, 0, 0, 0, 0});
    enforced_.push_back({scope, of.limit, nullptr, nullptr, 0, 0});
    ++n;
  }
  if (!authority_) claim(enforced_, now_us, true);
  for (std::size_t i = 0; i < enforced_.size(); ++i) {
    Scope& scope = *enforced_[i].scope;
    Look::Seen::Row& row = seen.rows[i];
    if (authority_) scope.account.look();  // the next look shows it
    row.rest = std::max<std::int64_t>(authority_ && !scope.account.heard() ? scope.account.limit() : scope.account.rest(), 0);
    row.used = scope.account.limit() - row.rest;
    row.refused_1h = scope.refused.sum(now_us);
    row.would_1h = scope.would.sum(now_us);
  }
  enforced_.clear();
}

}  // namespace lectr::limits
