// What is counted: scopes of limits and windows of budgets. Under the org's lock, all of it.
#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lectr/config/control.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/limits/period.hpp"
#include "limits/account.hpp"

namespace lectr::limits {

// How often something happened within the last hour, by steps of five minutes.
class HourCount {
 public:
  void add(std::int64_t now_us) noexcept;
  std::int64_t sum(std::int64_t now_us) const noexcept;

 private:
  std::array<std::uint32_t, 12> counts_{};
  std::array<std::int64_t, 12> steps_{};
};

struct Scope {
  Scope(std::string name, std::string key, Kind kind, std::int64_t window_us) : label{std::move(name)}, account{std::move(key), kind, window_us} {}
  const std::string label;  // any thread may read it, without the lock
  Account account;
  BookEntry counted;  // where this process counts it, if no other does
  HourCount refused, would, downgraded, would_downgrade;
  bool live = false, listed = false;  // with an authority: stands among those with something to tell, and among those to be told next
  std::size_t at = 0;                 // in its table's row
};

// The scopes of one limit: one, or one for each value. They stand in a row besides, so that a walk over them can be made in steps. Who walks from the end
// to the front meets each that is there all the time, whatever is added or taken out meanwhile; one perhaps twice.
class Table {
 public:
  explicit Table(config::LimitKind kind) : kind_{kind} {}

  config::LimitKind kind() const noexcept { return kind_; }
  const std::vector<std::shared_ptr<Scope>>& row() const noexcept { return row_; }
  const std::shared_ptr<Scope>* find(std::string_view value) const noexcept {
    const auto known = by_value_.find(value);
    return known == by_value_.end() ? nullptr : &row_[known->second->at];
  }
  const std::shared_ptr<Scope>& add(std::shared_ptr<Scope> scope) {
    scope->at = row_.size();
    by_value_.emplace(scope->label, scope.get());
    return row_.emplace_back(std::move(scope));
  }
  // The last one takes its place.
  void take_out(std::size_t at) {
    by_value_.erase(row_[at]->label);
    if (at + 1 < row_.size()) (row_[at] = std::move(row_.back()))->at = at;
    row_.pop_back();
  }

  std::size_t hand = 0;  // where the search for one that makes room goes on, to the front
  std::int64_t round_us = INT64_MIN / 2;

 private:
  const config::LimitKind kind_;
  std::vector<std::shared_ptr<Scope>> row_;
  std::unordered_map<std::string_view, Scope*, config::TextHash, std::equal_to<>> by_value_;  // the texts are the scopes' labels
};

// What a budget's account ends at: the cap, or the ceiling of what is downgraded.
std::int64_t hard_end(const config::Budget& budget) noexcept;

// A budget's window that is open now.
struct Fund {
  std::string id;
  const config::Budget* budget = nullptr;  // null: none that is in force
  Span span;
  std::shared_ptr<Scope> scope;
  std::int64_t smallest = 0;  // hold that was asked for lately; 0: none was yet
  std::set<int> told;         // thresholds
  bool begun = false;         // the store has told once what was spent before
  std::int64_t unpriced = 0;  // requests
  // Nothing can go any more, whatever comes back from what is under way.
  bool spent() const noexcept { return scope->account.settled() >= scope->account.limit() - (smallest > 1 ? smallest - 1 : 0); }
};

}  // namespace lectr::limits
