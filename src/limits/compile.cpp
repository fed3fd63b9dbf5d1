// From a control state to what a request looks up, and the look-up.
#include <algorithm>

#include "lectr/base/text.hpp"
#include "lectr/telemetry/log.hpp"
#include "limits/org_limits.hpp"

namespace lectr::limits {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;
constexpr std::int64_t kNoCap = INT64_MAX / 8;
constexpr std::size_t kMostScopes = 4096;  // of one limit; values beyond share one
constexpr std::int64_t kSweepUs = 1'000'000;
constexpr std::size_t kLookedAt = 32, kLetGo = 4;  // scopes, by one request
constexpr std::size_t kMostSpent = 1024;

Kind kind_of(config::LimitKind kind) noexcept { return kind == config::LimitKind::streams ? Kind::slots : Kind::window; }

// Asking the book next door costs nothing, so nothing is taken ahead, and it never forgets.
Tuning tuning_for(bool shared) {
  Tuning tuning;
  tuning.replays = tuning.ahead = tuning.shared = shared;
  tuning.instances = shared ? 2 : 1;
  return tuning;
}

}  // namespace

std::int64_t hard_end(const config::Budget& budget) noexcept {
  if (!budget.cap) return kNoCap;
  if (budget.at_cap != config::AtCap::downgrade) return budget.cap->nano;
  return budget.cap->nano + budget.cap->nano / 100 * std::max(budget.downgrade_ceiling_percent - 100, 0);
}

void OrgLimits::compile(const config::Org& org) {
  // An exchange that pinned an older state goes by the newer one, too.
  const bool newer = !control_ || org.control_version > version_;
  if (!newer && !has_newer_keys(org)) return;
  if (!newer && keys_ && keys_->by_name == org.limit_keys->by_name) return void(keys_ = org.limit_keys);
  if (newer) version_ = org.control_version, control_ = org.control;
  keys_ = org.limit_keys;
  compile();
}

// Of the state that is known: keys of names that its limits give came, went, or have other names by now.
bool OrgLimits::has_newer_keys(const config::Org& org) const noexcept {
  return org.limit_keys && org.control_version == version_ && (!keys_ || org.limit_keys->version > keys_->version);
}

void OrgLimits::compile() {
  find_zone();
  limits_.clear();
  shapes_.clear();
  budgets_.clear();
  std::map<std::string, std::shared_ptr<Table>> tables;
  for (const config::Limit& limit : control_->limits)
    if (limit.enabled) add_limit(limit, tables);
  for (auto& [id, table] : tables_)
    if (!tables.contains(id)) dropped_.push_back(std::move(table));
  tables_ = std::move(tables);
  for (const auto& [id, fund] : funds_) fund->budget = nullptr;
  std::map<std::string, std::shared_ptr<Fund>> funds;
  for (const config::Budget& budget : control_->budgets) {
    if (!budget.enabled) continue;
    const std::string id = budget.name + (budget.shadow ? "\ns" : "\n") + std::to_string(static_cast<int>(budget.period)) + '\n' + budget.feature;
    const auto known = funds_.find(id);
    auto fund = known == funds_.end() ? std::make_shared<Fund>() : known->second;
    fund->id = id;
    fund->budget = &budget;
    if (fund->scope) fund->scope->account.define(hard_end(budget), version_);
    budgets_.push_back({&budget, fund});
    funds.emplace(id, std::move(fund));
  }
  funds_ = std::move(funds);
}

void OrgLimits::find_zone() {
  zone_ = control_->budgets.empty() ? Zone::utc() : zones_.find(control_->time_zone);
  if (zone_) return;
  log::warn("org " + std::to_string(org_) + ": this system does not know the time zone " + control_->time_zone + "; budgets go by UTC");
  zone_ = Zone::utc();
}

void OrgLimits::add_limit(const config::Limit& limit, std::map<std::string, std::shared_ptr<Table>>& tables) {
  const std::array<const std::string*, 3> parts{&limit.key, &limit.feature, &limit.model};
  Dims dims{};
  std::string id = limit.name;
  id += limit.shadow ? "\ns" : "\n";
  id += std::to_string(static_cast<int>(limit.kind));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    dims[i] = parts[i]->empty() ? Dim::any : *parts[i] == "*" ? Dim::each : Dim::value;
    id.append(1, '\n').append(*parts[i]);
  }
  const auto known = tables_.find(id);
  auto table = known == tables_.end() ? std::make_shared<Table>(limit.kind) : known->second;
  tables.emplace(id, table);
  auto shape = std::find_if(shapes_.begin(), shapes_.end(), [&](const Shape& s) { return s.dims == dims; });
  if (shape == shapes_.end()) shape = shapes_.insert(shapes_.end(), Shape{dims, {}});
  for (const std::string& values : values_of(limit, dims)) shape->by_values[values].push_back(limits_.size());
  const bool each = std::ranges::find(dims, Dim::each) != dims.end();
  limits_.push_back({&limit, std::move(id), std::move(table), dims, each});
}

// What a request of this limit is looked up by. A key's name stands for each id that has it, so that a request, which has an id, is found as ever; all
// of them share the one scope. No key has the name: none finds it.
std::vector<std::string> OrgLimits::values_of(const config::Limit& limit, const Dims& dims) const {
  std::string others;
  if (dims[kFeature] == Dim::value) others.append(limit.feature).append(1, '\n');
  if (dims[kModel] == Dim::value) others.append(lower(limit.model)).append(1, '\n');
  if (dims[kKey] != Dim::value) return {others};
  if (config::key_id_of(limit.key)) return {limit.key + '\n' + others};
  std::vector<std::string> out;
  if (!keys_) return out;
  if (const auto named = keys_->by_name.find(limit.key); named != keys_->by_name.end())
    for (const KeyId id : named->second) out.push_back(std::to_string(id) + '\n' + others);
  return out;
}

const std::shared_ptr<Scope>& OrgLimits::scope_of(const CompiledLimit& limit, const Query& query) {
  Table& table = *limit.table;
  const auto& known = limit.each || table.row().empty() ? scope_of_values(limit, query) : table.row().front();
  known->account.define(limit.limit->limit, version_);  // here and not for all of them when the number changes: there are thousands
  return known;
}

const std::shared_ptr<Scope>& OrgLimits::scope_of_values(const CompiledLimit& limit, const Query& query) {
  name_.clear();
  if (limit.dims[kKey] == Dim::each) name_.append("key ").append(std::to_string(query.key));
  if (limit.dims[kFeature] == Dim::each) name_.append(name_.empty() ? "" : ", ").append("feature ").append(query.feature);
  if (limit.dims[kModel] == Dim::each) name_.append(name_.empty() ? "" : ", ").append("model ").append(query.model);
  Table& table = *limit.table;
  const std::shared_ptr<Scope>* known = table.find(name_);
  if (!known && table.row().size() >= kMostScopes && !make_room(table, query.now_us)) {
    name_ = "all others";
    known = table.find(name_);
  }
  return known ? *known : table.add(new_scope(name_, limit.id + '\n' + name_, kind_of(table.kind())));
}

std::shared_ptr<Scope> OrgLimits::new_scope(std::string label, std::string key, Kind kind) {
  auto scope = std::make_shared<Scope>(std::move(label), std::move(key), kind, kMinuteUs);
  scope->account.tune(tuning_for(authority_ != nullptr));
  if (!authority_) scope->account.counted_in(&scope->counted);
  return scope;
}

// One place is enough, and who needs it looks for it at a few dozen scopes, from where the last one stopped. A flood of values comes round once a second
// at most.
bool OrgLimits::make_room(Table& table, std::int64_t now_us) {
  for (std::size_t looked = 0; looked < kLookedAt; ++looked) {
    if (table.hand == 0) {
      if (now_us - table.round_us < kSweepUs) return false;
      table.round_us = now_us;
      table.hand = table.row().size();
    }
    if (!table.row()[--table.hand]->account.idle(now_us)) continue;
    table.take_out(table.hand);
    return true;
  }
  return false;
}

// A limit that is gone may leave thousands of scopes: they go a few with each request.
void OrgLimits::let_go() {
  for (std::size_t n = 0; n < kLetGo && !dropped_.empty(); ++n) {
    Table& table = *dropped_.back();
    if (!table.row().empty()) table.take_out(table.row().size() - 1);
    if (table.row().empty()) dropped_.pop_back();
  }
}

void OrgLimits::gather(const Query& query, Asks& enforced, Asks& shadow) {
  if (!dropped_.empty()) let_go();
  enforced.clear();
  shadow.clear();
  for (const Shape& shape : shapes_) {
    if (shape.dims[kModel] != Dim::any && query.model.empty()) continue;
    name_.clear();
    if (shape.dims[kKey] == Dim::value) name_.append(std::to_string(query.key)).append(1, '\n');
    if (shape.dims[kFeature] == Dim::value) name_.append(query.feature).append(1, '\n');
    if (shape.dims[kModel] == Dim::value) name_.append(query.model).append(1, '\n');
    const auto found = shape.by_values.find(name_);
    if (found == shape.by_values.end()) continue;
    for (const std::size_t i : found->second) {
      const CompiledLimit& limit = limits_[i];
      std::int64_t units = 1;
      if (limit.limit->kind == config::LimitKind::streams && !query.stream) continue;
      if (limit.limit->kind == config::LimitKind::tokens) {
        if (query.tokens < 0) continue;
        units = std::clamp<std::int64_t>(query.tokens, 1, limit.limit->limit);  // an estimate above the limit must not refuse for ever
      }
      (limit.limit->shadow ? shadow : enforced).push_back({scope_of(limit, query), limit.limit, nullptr, nullptr, units, 0});
    }
  }
  gather_budgets(query, enforced, shadow);
}

void OrgLimits::gather_budgets(const Query& query, Asks& enforced, Asks& shadow) {
  unix_ahead_us_ = query.unix_us - query.now_us;
  for (const CompiledBudget& b : budgets_) {
    if (!b.budget->feature.empty() && b.budget->feature != query.feature) continue;
    open(b, query.unix_us);
    const std::int64_t unknown = b.budget->unknown_request_cost ? b.budget->unknown_request_cost->nano : 0;
    const std::int64_t cap = hard_end(*b.budget);
    const std::int64_t hold = query.cost_nano < 0 ? unknown : query.cost_nano;
    const bool whole = hold >= cap;  // alone it may still go
    (b.budget->shadow ? shadow : enforced)
        .push_back({b.fund->scope, nullptr, b.budget, b.fund, std::clamp<std::int64_t>(hold, 1, std::max<std::int64_t>(cap, 1)),
                    whole ? 0 : query.cost_variance});
  }
}

// A request belongs to the window in which it was admitted: those under way keep the old one.
void OrgLimits::open(const CompiledBudget& b, std::int64_t unix_us) {
  Fund& fund = *b.fund;
  if (fund.scope && unix_us >= fund.span.from_us && unix_us < fund.span.to_us) return;
  fund.span = zone_->period(b.budget->period, unix_us);
  fund.told.clear();
  fund.begun = false;
  fund.unpriced = 0;
  fund.scope = new_scope(b.budget->feature, "money\n" + fund.id + '\n' + std::to_string(fund.span.from_us), Kind::money);
  fund.scope->account.define(hard_end(*b.budget), version_);
  if (const auto known = stored_.find({b.budget->name, b.budget->feature, fund.span.from_us}); known != stored_.end()) {
    fund.scope->account.carry(known->second.nano);
    fund.unpriced = known->second.unpriced;
    fund.begun = true;
    alert(fund, unix_us, true);
  }
}

void OrgLimits::learn(const Spent& spent) {
  const std::lock_guard hold{lock_};
  if (stored_.size() >= kMostSpent) stored_.erase(stored_.begin());
  Stored& known = stored_[{spent.budget, spent.feature, spent.from_us}];
  known = {std::max(known.nano, spent.nano), std::max(known.unpriced, spent.unpriced)};
  for (const CompiledBudget& b : budgets_)
    if (b.budget->name == spent.budget && b.budget->feature == spent.feature && b.fund->scope && b.fund->span.from_us == spent.from_us) {
      const bool first = b.fund->scope->account.settled() == 0;
      // The store has what a shadow would have refused, too: it goes on from there once and counts for itself then.
      if (b.budget->shadow && b.fund->begun) continue;
      b.fund->begun = true;
      b.fund->scope->account.carry(spent.nano);
      b.fund->unpriced = std::max(b.fund->unpriced, spent.unpriced);
      alert(*b.fund, boot_us() + unix_ahead_us_, first);
    }
}

std::vector<Spent> open_windows(const config::Snapshot& snapshot, std::int64_t unix_us) {
  std::vector<Spent> out;
  for (const auto& [id, org] : snapshot.orgs) {
    if (!org.control || org.control->budgets.empty()) continue;
    auto zone = Zone::find(org.control->time_zone);
    if (!zone) zone = Zone::utc();
    for (const config::Budget& b : org.control->budgets) {
      if (!b.enabled) continue;
      const Span span = zone->period(b.period, unix_us);
      out.push_back({id, b.name, b.feature, span.from_us, span.to_us, b.unknown_request_cost ? b.unknown_request_cost->nano : 0});
    }
  }
  return out;
}

}  // namespace lectr::limits
