// Stores in memory, for tests of what stands on the store interfaces. Thread-safe; can be told to fail or to wait.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include "lectr/store/control_store.hpp"

namespace lectr::fake {

// Shared by both fakes: what goes wrong now.
struct Mishap {
  std::atomic<bool> unavailable{false};
  std::atomic<int> fail_requests_after{-1};  // so many reads of the log succeed; below 0: all
  // While held, calls wait (a store that hangs).
  void hold() { set(true); }
  void release() { set(false); }
  void pass() {
    std::unique_lock lock{mutex_};
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    --waiting_;
  }
  void await_waiting(int calls) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return waiting_ >= calls; });
  }

 private:
  void set(bool held) {
    const std::lock_guard lock{mutex_};
    held_ = held;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int waiting_ = 0;
};

inline Error away() { return {Code::unavailable, Fault::us, Again::no, "the store is away"}; }
inline Error missing() { return {Code::not_found, Fault::client, Again::no, "not found"}; }

class Events : public store::EventStore {
 public:
  explicit Events(Mishap& mishap) : mishap_{mishap} {}

  Result<void> append(std::span<const Event> batch) override {
    const std::lock_guard lock{mutex_};
    for (const Event& event : batch)
      if (std::none_of(rows_.begin(), rows_.end(), [&](const Event& row) { return row.id == event.id; })) rows_.push_back(event);
    return {};
  }

  Result<store::RequestPage> requests(const store::RequestFilter& filter, std::optional<store::RequestCursor> before, std::size_t limit,
                                      store::RequestSort = store::RequestSort::time) override {
    mishap_.pass();
    if (mishap_.unavailable || mishap_.fail_requests_after == 0) return away();
    if (mishap_.fail_requests_after > 0) --mishap_.fail_requests_after;
    const std::lock_guard lock{mutex_};
    std::vector<Event> found;
    for (const Event& row : rows_)
      if (matches(row, filter) && (!before || older(row, *before))) found.push_back(row);
    std::sort(found.begin(), found.end(), [](const Event& a, const Event& b) { return older(b, {a.completed_at_us, a.id}); });
    store::RequestPage page;
    if (found.size() > limit) {
      found.resize(limit);
      page.next = store::RequestCursor{found.back().completed_at_us, found.back().id};
    }
    page.rows = std::move(found);
    return page;
  }

  Result<std::vector<Event>> walk(OrgId org, std::int64_t from_us, std::int64_t to_us, const std::optional<store::RequestCursor>& after,
                                  std::size_t limit) override {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    std::vector<Event> found;
    for (const Event& row : rows_)
      if (row.org_id == org && row.completed_at_us >= from_us && row.completed_at_us < to_us &&
          (!after || std::pair{row.completed_at_us, row.id} > std::pair{after->completed_at_us, after->id}))
        found.push_back(row);
    std::sort(found.begin(), found.end(), [](const Event& a, const Event& b) { return older(a, {b.completed_at_us, b.id}); });
    if (found.size() > limit) found.resize(limit);
    return found;
  }

  Result<Event> request(OrgId org, const Uuid& id) override {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    for (const Event& row : rows_)
      if (row.org_id == org && row.id == id) return row;
    return missing();
  }

  Result<store::Overview> overview(OrgId org, std::int64_t from_us, std::int64_t to_us) override {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    store::Overview out;
    Money cost;
    for (const Event& row : rows_) {
      if (row.org_id != org || row.completed_at_us < from_us || row.completed_at_us >= to_us) continue;
      add(out, row);
      if (row.cost) cost.femto += row.cost->femto;
    }
    out.cost_usd = cost.to_text();
    return out;
  }

  Result<store::Aggregate> aggregate(const store::AggregateQuery& query) override {
    mishap_.pass();
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    constexpr std::int64_t kMinute = 60'000'000;
    const std::int64_t from = query.filter.from_us / kMinute * kMinute, to = (query.filter.to_us + kMinute - 1) / kMinute * kMinute;
    const std::int64_t step = query.step_us, first = step > 0 ? from / step * step : from;
    const auto steps = static_cast<std::size_t>(step > 0 && to > first ? (to - first + step - 1) / step : 0);
    store::Aggregate out{.from_us = first, .to_us = to, .step_us = step, .steps = std::vector<store::Sums>(steps)};
    for (const Event& row : rows_) {
      if (row.completed_at_us < from || row.completed_at_us >= to || !matches(row, query.filter)) continue;
      const auto at = static_cast<std::size_t>(step > 0 ? (row.completed_at_us - first) / step : 0);
      out.total.add(row);
      if (step > 0) out.steps[at].add(row);
      if (query.by == store::Dimension::none) continue;
      store::Group& group = group_of(out.groups, name_of(row, query.by), steps);
      group.total.add(row);
      if (step > 0) group.steps[at].add(row);
    }
    std::stable_sort(out.groups.begin(), out.groups.end(), [](const auto& a, const auto& b) { return a.total.requests > b.total.requests; });
    return out;
  }
  Result<std::vector<store::UsageGroup>> usage(const store::RollupFilter& filter) override {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    std::map<std::array<std::string, 5>, store::UsageGroup> groups;
    for (const Event& row : rows_) {
      if (row.completed_at_us < filter.from_us || row.completed_at_us >= filter.to_us || !matches(row, filter)) continue;
      const std::string& model = row.model_actual.empty() ? row.model_requested : row.model_actual;
      auto& group = groups[{row.feature, row.task, row.provider, row.model_requested, model}];
      group.feature = row.feature, group.task = row.task, group.provider = row.provider, group.asked = row.model_requested, group.model = model;
      group.total.add(row);
      group.peak_tokens = std::max(group.peak_tokens, row.tokens_input + row.tokens_output);
    }
    std::vector<store::UsageGroup> out;
    for (auto& [key, group] : groups) out.push_back(std::move(group));
    return out;
  }
  Result<std::vector<store::RuleHits>> rule_hits(OrgId org, std::int64_t from_us, std::int64_t to_us) override {
    const std::lock_guard lock{mutex_};
    std::vector<store::RuleHits> out;
    for (const Event& row : rows_) {
      if (row.org_id != org || row.completed_at_us < from_us || row.completed_at_us >= to_us || row.rule.empty()) continue;
      auto at = std::find_if(out.begin(), out.end(), [&](const auto& hits) { return hits.rule == row.rule; });
      if (at == out.end()) at = out.insert(out.end(), {row.rule, false, 0});
      ++at->requests;
    }
    return out;
  }
  Result<std::optional<std::int64_t>> oldest_us(OrgId org) override {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    std::optional<std::int64_t> oldest;
    for (const Event& row : rows_)
      if (row.org_id == org && (!oldest || row.completed_at_us < *oldest)) oldest = row.completed_at_us;
    return oldest;
  }
  Result<std::size_t> roll_up() override { return std::size_t{0}; }
  Result<void> keep_house(std::span<const store::Retention>, std::int64_t) override { return {}; }
  Result<void> rebuild_rollups() override { return {}; }

 private:
  static const std::string& model_of(const Event& row) { return row.model_actual.empty() ? row.model_requested : row.model_actual; }
  static bool matches(const Event& row, const store::RollupFilter& f) {
    return row.org_id == f.org && (!f.provider || row.provider == *f.provider) && (!f.model || model_of(row) == *f.model) &&
           (!f.feature || row.feature == *f.feature) && (!f.task || row.task == *f.task) && (!f.key || row.key_id == *f.key) &&
           (!f.status_class || row.status / 100 == *f.status_class);
  }
  static std::string name_of(const Event& row, store::Dimension by) {
    switch (by) {
      case store::Dimension::none: break;
      case store::Dimension::provider: return row.provider;
      case store::Dimension::model: return model_of(row);
      case store::Dimension::feature: return row.feature;
      case store::Dimension::task: return row.task;
      case store::Dimension::key: return std::to_string(row.key_id);
      case store::Dimension::status_class: return std::to_string(row.status / 100);
    }
    return {};
  }
  static store::Group& group_of(std::vector<store::Group>& groups, const std::string& name, std::size_t steps) {
    for (store::Group& group : groups)
      if (group.name == name) return group;
    return groups.emplace_back(store::Group{.name = name, .steps = std::vector<store::Sums>(steps)});
  }

  static bool older(const Event& row, const store::RequestCursor& than) {
    return row.completed_at_us != than.completed_at_us ? row.completed_at_us < than.completed_at_us : row.id < than.id;
  }

  static bool matches(const Event& row, const store::RequestFilter& f) {
    return row.org_id == f.org && (!f.from_us || row.completed_at_us >= *f.from_us) && (!f.to_us || row.completed_at_us < *f.to_us) &&
           (!f.provider || row.provider == *f.provider) && (!f.model || row.model_requested == *f.model || row.model_actual == *f.model) &&
           (!f.feature || row.feature == *f.feature) && (!f.task || row.task == *f.task) && (!f.key || row.key_id == *f.key) &&
           (!f.status_class || row.status / 100 == *f.status_class) && (!f.errors || (row.error_source != ErrorSource::none) == *f.errors);
  }

  static void add(store::Overview& out, const Event& row) {
    const bool failed = row.error_source != ErrorSource::none;
    ++out.requests;
    out.errors += failed;
    out.streaming += row.streaming;
    out.tokens_input += std::max<std::int64_t>(row.tokens_input, 0);
    out.tokens_output += std::max<std::int64_t>(row.tokens_output, 0);
    out.latency_p50_us = out.latency_p95_us = std::max(out.latency_p95_us, row.latency_us);
    out.ttfb_p50_us = std::max(out.ttfb_p50_us, row.ttfb_us);
    out.cost_estimated = out.cost_estimated || row.token_source == TokenSource::measured;
    out.cost_unknown += !row.cost;
    auto at = std::find_if(out.providers.begin(), out.providers.end(), [&](const auto& p) { return p.provider == row.provider; });
    if (at == out.providers.end()) at = out.providers.insert(at, store::ProviderTotals{row.provider});
    ++at->requests;
    at->errors += failed;
    at->latency_avg_us = at->latency_p95_us = std::max(at->latency_p95_us, row.latency_us);
    at->tokens_input += std::max<std::int64_t>(row.tokens_input, 0);
    at->tokens_output += std::max<std::int64_t>(row.tokens_output, 0);
    Money cost = Money::parse(at->cost_usd.empty() ? "0" : at->cost_usd).value_or(Money{});
    if (row.cost) at->cost_usd = Money{cost.femto + row.cost->femto}.to_text();
  }

  Mishap& mishap_;
  std::mutex mutex_;
  std::vector<Event> rows_;
};

class Control : public store::ControlStore {
 public:
  explicit Control(Mishap& mishap) : mishap_{mishap} {}

  Result<store::Control> control() override {
    return locked<store::Control>([&] { return store::Control{orgs_, keys_, {}}; });
  }
  Result<bool> empty() override {
    return locked<bool>([&] { return orgs_.empty(); });
  }

  Result<OrgId> add_org(std::string_view name) override {
    return locked<OrgId>([&] {
      orgs_.push_back({.id = next_++, .name = std::string{name}});
      return orgs_.back().id;
    });
  }
  Result<std::vector<store::OrgRow>> orgs() override {
    return locked<std::vector<store::OrgRow>>([&] { return orgs_; });
  }
  Result<store::OrgRow> org(OrgId id) override {
    return find(orgs_, [&](const auto& org) { return org.id == id; });
  }
  Result<void> change_org(OrgId id, const store::OrgChange& change) override {
    return change_one(orgs_, id, [&](store::OrgRow& org) {
      org.name = change.name.value_or(org.name);
      org.enabled = change.enabled.value_or(org.enabled);
      return true;
    });
  }

  Result<store::ControlStateRow> control_state(OrgId org, std::optional<std::int64_t> version) override {
    const std::lock_guard lock{mutex_};
    for (auto at = states_.rbegin(); at != states_.rend(); ++at)
      if (at->org == org && at->version == version.value_or(at->version)) return *at;
    return missing();
  }
  Result<std::int64_t> put_control_state(const store::ControlStateRow& fresh, std::int64_t base_version) override {
    const auto newest = control_state(fresh.org, {});
    if ((newest ? newest->version : 0) != base_version) return Error{Code::conflict, Fault::client, Again::no, "moved"};
    return locked<std::int64_t>([&] {
      const config::OwnSettings own = config::read_own_settings(fresh.document);
      for (store::OrgRow& org : orgs_)
        if (org.id == fresh.org) take(org, own);
      states_.push_back(fresh);
      return states_.back().version = base_version + 1;
    });
  }
  Result<std::vector<store::ControlStateRow>> control_states(OrgId org, std::optional<std::int64_t> before, std::size_t limit) override {
    return locked<std::vector<store::ControlStateRow>>([&] {
      std::vector<store::ControlStateRow> rows;
      for (auto at = states_.rbegin(); at != states_.rend() && rows.size() < limit; ++at)
        if (at->org == org && at->version < before.value_or(INT64_MAX)) rows.push_back(*at);
      return rows;
    });
  }
  Result<void> put_recommendation(const store::RecommendationRow& row) override {
    return locked<void>([&]() -> Result<void> {
      std::erase_if(recommendations_, [&](const auto& there) { return there.org == row.org && there.id == row.id; });
      recommendations_.insert(recommendations_.begin(), row);
      return {};
    });
  }
  Result<std::vector<store::RecommendationRow>> recommendations(OrgId org) override {
    return locked<std::vector<store::RecommendationRow>>([&] {
      std::vector<store::RecommendationRow> rows;
      for (const auto& row : recommendations_)
        if (row.org == org) rows.push_back(row);
      return rows;
    });
  }
  Result<bool> add_control_event(const store::ControlEventRow& fresh) override {
    return locked<bool>([&] {
      for (const auto& there : events_)
        if (there.org == fresh.org && there.kind == fresh.kind && there.name == fresh.name && there.key == fresh.key) return false;
      events_.push_back(fresh);
      events_.back().id = next_++;
      return true;
    });
  }
  Result<std::vector<store::ControlEventRow>> control_events(OrgId org, const store::ControlEventFilter& filter, std::size_t limit) override {
    return locked<std::vector<store::ControlEventRow>>([&] {
      std::vector<store::ControlEventRow> rows;
      for (auto at = events_.rbegin(); at != events_.rend() && rows.size() < limit; ++at)
        if (at->org == org && (filter.kind.empty() || at->kind == filter.kind) && (filter.name.empty() || at->name == filter.name) &&
            at->id < filter.before.value_or(INT64_MAX))
          rows.push_back(*at);
      return rows;
    });
  }
  Result<void> beat(const store::InstanceRow& self) override {
    const std::lock_guard lock{mutex_};
    instances_.push_back(self);
    return {};
  }
  Result<std::vector<store::InstanceRow>> instances(std::int64_t) override {
    return locked<std::vector<store::InstanceRow>>([&] { return instances_; });
  }

  Result<KeyId> add_key(const store::KeyRow& key) override {
    return locked<KeyId>([&] {
      keys_.push_back(key);
      return keys_.back().id = next_++;
    });
  }
  Result<std::vector<store::KeyRow>> keys(OrgId org) override {
    return locked<std::vector<store::KeyRow>>([&] { return of_org(keys_, org); });
  }
  Result<void> revoke_key(OrgId org, KeyId key, std::int64_t at_us) override { return revoke(keys_, org, key, at_us); }

  Result<void> change_key(OrgId org, KeyId id, const store::KeyChange& change) override {
    return change_one(keys_, id, [&](store::KeyRow& key) {
      if (key.org != org) return false;
      key.name = change.name.value_or(key.name);
      key.expires_at_us = change.expires_at_us.value_or(key.expires_at_us);
      return true;
    });
  }
  Result<KeyId> rotate_key(OrgId org, KeyId old, const store::KeyRow& fresh, std::int64_t old_ends_us) override {
    const auto ended = change_one(keys_, old, [&](store::KeyRow& key) {
      if (key.org != org) return false;
      key.expires_at_us = std::min(key.expires_at_us.value_or(old_ends_us), old_ends_us);
      return true;
    });
    if (!ended) return ended.error();
    return add_key(fresh);
  }

  Result<std::int64_t> add_user(const store::UserRow& user) override {
    return locked<std::int64_t>([&] {
      users_.push_back(user);
      return users_.back().id = next_++;
    });
  }
  Result<store::UserRow> user_by_name(std::string_view name) override {
    return find(users_, [&](const auto& user) { return user.name == name; });
  }
  Result<store::UserRow> user(std::int64_t id) override {
    return find(users_, [&](const auto& user) { return user.id == id; });
  }
  Result<std::vector<store::UserRow>> users(OrgId org) override {
    return locked<std::vector<store::UserRow>>([&] { return of_org(users_, org); });
  }
  Result<void> set_password(std::int64_t id, std::string_view hash) override {
    return change_one(users_, id, [&](store::UserRow& user) {
      user.password_hash = hash;
      return true;
    });
  }
  Result<void> set_role(OrgId org, std::int64_t id, store::Role role) override {
    if (last_admin(org, id) && role != store::Role::admin) return Error{Code::conflict, Fault::client, Again::no, "the last admin"};
    return change_one(users_, id, [&](store::UserRow& user) {
      if (user.org != org) return false;
      user.role = role;
      return true;
    });
  }
  Result<void> remove_user(OrgId org, std::int64_t id) override {
    if (last_admin(org, id)) return Error{Code::conflict, Fault::client, Again::no, "the last admin"};
    const std::lock_guard lock{mutex_};
    if (std::erase_if(users_, [&](const auto& user) { return user.org == org && user.id == id; }) == 0) return missing();
    std::erase_if(sessions_, [&](const auto& session) { return session.user == id; });
    return {};
  }

  Result<std::int64_t> add_token(const store::TokenRow& token) override {
    return locked<std::int64_t>([&] {
      tokens_.push_back(token);
      return tokens_.back().id = next_++;
    });
  }
  Result<store::TokenRow> token(const store::Digest& digest) override {
    return find(tokens_, [&](const auto& token) { return token.digest == digest && !token.revoked_at_us; });
  }
  Result<std::vector<store::TokenRow>> tokens(OrgId org) override {
    return locked<std::vector<store::TokenRow>>([&] { return of_org(tokens_, org); });
  }
  Result<void> revoke_token(OrgId org, std::int64_t token, std::int64_t at_us) override { return revoke(tokens_, org, token, at_us); }

  Result<void> add_session(const store::SessionRow& session) override {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    sessions_.push_back(session);
    return {};
  }
  Result<store::SessionRow> session(const store::Digest& digest, std::int64_t now_us) override {
    return find(sessions_, [&](const auto& session) { return session.digest == digest && session.expires_at_us > now_us; });
  }
  Result<void> end_session(const store::Digest& digest) override {
    const std::lock_guard lock{mutex_};
    std::erase_if(sessions_, [&](const auto& session) { return session.digest == digest; });
    return {};
  }
  Result<void> end_sessions(std::int64_t user, const std::optional<store::Digest>& but) override {
    const std::lock_guard lock{mutex_};
    std::erase_if(sessions_, [&](const auto& session) { return session.user == user && session.digest != but; });
    return {};
  }

 private:
  bool last_admin(OrgId org, std::int64_t id) {
    const std::lock_guard lock{mutex_};
    const auto admin = [&](const store::UserRow& user) { return user.org == org && user.role == store::Role::admin; };
    return std::count_if(users_.begin(), users_.end(), admin) == 1 && std::find_if(users_.begin(), users_.end(), admin)->id == id;
  }
  static void take(store::OrgRow& org, const config::OwnSettings& own) {
    org.exact_stream_usage = own.exact_stream_usage;
    org.row_days = own.retention.row_days, org.rollup_days = own.retention.rollup_days;
    org.credential_refs.clear(), org.base_urls.clear();
    for (const auto& p : own.providers) {
      if (!p.credential.empty()) org.credential_refs[p.name] = p.credential;
      if (!p.base_url.empty()) org.base_urls[p.name] = p.base_url;
    }
    org.prices = own.prices;
  }
  template <class Row, class Act>
  Result<void> change_one(std::vector<Row>& rows, std::int64_t id, Act act) {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    for (Row& row : rows)
      if (row.id == id) {
        if (!act(row)) return missing();
        return {};
      }
    return missing();
  }
  template <class T, class Act>
  Result<T> locked(Act act) {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    return act();
  }
  template <class Row, class Test>
  Result<Row> find(std::vector<Row>& rows, Test test) {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    const auto at = std::find_if(rows.begin(), rows.end(), test);
    if (at == rows.end()) return missing();
    return *at;
  }
  template <class Row>
  static std::vector<Row> of_org(const std::vector<Row>& rows, OrgId org) {
    std::vector<Row> out;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(out), [&](const Row& row) { return row.org == org; });
    return out;
  }
  template <class Row>
  Result<void> revoke(std::vector<Row>& rows, OrgId org, std::int64_t id, std::int64_t at_us) {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    for (Row& row : rows) {
      if (row.org != org || row.id != id) continue;
      row.revoked_at_us = at_us;
      return {};
    }
    return missing();
  }

  Mishap& mishap_;
  std::mutex mutex_;
  std::int64_t next_ = 1;
  std::vector<store::OrgRow> orgs_;
  std::vector<store::KeyRow> keys_;
  std::vector<store::ControlStateRow> states_;
  std::vector<store::InstanceRow> instances_;
  std::vector<store::ControlEventRow> events_;
  std::vector<store::RecommendationRow> recommendations_;
  std::vector<store::UserRow> users_;
  std::vector<store::TokenRow> tokens_;
  std::vector<store::SessionRow> sessions_;
};

// Nothing was ever found.
class Insight final : public store::InsightStore {
 public:
  explicit Insight(Mishap& mishap) : mishap_{mishap} {}
  Result<std::vector<store::FeatureBucket>> buckets(std::int64_t, std::int64_t, std::optional<OrgId>) override {
    return std::vector<store::FeatureBucket>{};
  }
  Result<std::vector<store::ShareRow>> shares(OrgId, const std::optional<std::string>&, std::span<const store::TimeSpan>, std::int64_t) override {
    return std::vector<store::ShareRow>{};
  }
  Result<bool> rolled_up(std::int64_t) override { return true; }
  Result<bool> take_turn(std::string_view, std::int64_t, std::int64_t) override { return true; }
  Result<void> end_turn(std::string_view) override { return {}; }
  Result<std::optional<std::int64_t>> load_series(const EachSeries&) override { return std::optional<std::int64_t>{}; }
  Result<void> save_series(std::string_view, std::int64_t, const std::function<void(const EachSeries&)>&) override { return {}; }
  Result<std::int64_t> put_anomaly(const store::AnomalyRow&) override { return 1; }
  Result<std::vector<store::AnomalyRow>> anomalies(OrgId, const store::AnomalyFilter&, std::size_t) override {
    if (mishap_.unavailable) return away();
    return std::vector<store::AnomalyRow>{};
  }
  Result<store::AnomalyRow> anomaly(OrgId, std::int64_t) override {
    if (mishap_.unavailable) return away();
    return missing();
  }
  Result<store::AnomalyCounts> anomaly_counts(OrgId) override {
    if (mishap_.unavailable) return away();
    return store::AnomalyCounts{};
  }
  Result<std::vector<store::AnomalyRow>> open_anomalies() override { return std::vector<store::AnomalyRow>{}; }
  Result<void> dismiss_anomaly(OrgId, std::int64_t, const std::optional<Dismissal>&) override {
    if (mishap_.unavailable) return away();
    return missing();
  }
  Result<std::vector<store::ExcludedSpan>> excluded_spans(std::int64_t) override { return std::vector<store::ExcludedSpan>{}; }

 private:
  Mishap& mishap_;
};

class Alerts : public store::AlertStore {
 public:
  explicit Alerts(Mishap& mishap) : mishap_{mishap} {}

  Result<std::vector<store::DeliveryRow>> take_due(std::string_view, std::int64_t, std::int64_t, std::size_t) override {
    return std::vector<store::DeliveryRow>{};
  }
  Result<void> settle(std::int64_t, std::string_view, const store::Attempted&) override { return {}; }
  Result<std::vector<store::DeliveryRow>> deliveries(OrgId org, const store::DeliveryFilter& filter, std::size_t limit) override {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    std::vector<store::DeliveryRow> rows;
    for (auto at = rows_.rbegin(); at != rows_.rend() && rows.size() < limit; ++at)
      if (at->org == org && at->state == filter.state.value_or(at->state) && (filter.channel.empty() || at->channel == filter.channel) &&
          at->id < filter.before.value_or(INT64_MAX))
        rows.push_back(*at);
    return rows;
  }
  Result<void> retry(OrgId org, std::int64_t id, std::int64_t) override {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    for (store::DeliveryRow& row : rows_) {
      if (row.id != id || row.org != org) continue;
      if (row.state != store::DeliveryState::dead) return Error{Code::conflict, Fault::client, Again::no, "not dead"};
      row.state = store::DeliveryState::pending;
      return {};
    }
    return missing();
  }
  Result<Secret> secret(OrgId org, std::string_view channel) override {
    const std::lock_guard lock{mutex_};
    const auto found = secrets_.find({org, std::string{channel}});
    if (found == secrets_.end()) return missing();
    return Secret{found->second};
  }
  Result<std::map<std::string, std::int64_t>> secrets_made(OrgId org) override {
    if (mishap_.unavailable) return away();
    const std::lock_guard lock{mutex_};
    std::map<std::string, std::int64_t> made;
    for (const auto& [of, secret] : secrets_)
      if (of.first == org) made.emplace(of.second, 1);
    return made;
  }
  Result<void> set_secret(OrgId org, std::string_view channel, const Secret& secret, std::int64_t) override {
    const std::lock_guard lock{mutex_};
    secrets_[{org, std::string{channel}}] = secret.reveal();
    return {};
  }
  void add(store::DeliveryRow row) {
    const std::lock_guard lock{mutex_};
    rows_.push_back(std::move(row));
  }

 private:
  Mishap& mishap_;
  std::mutex mutex_;
  std::vector<store::DeliveryRow> rows_;
  std::map<std::pair<OrgId, std::string>, std::string> secrets_;
};

}  // namespace lectr::fake
