// A store that fails at any one of its calls: nothing is lost by it, and nothing is told twice.
#include "app/anomaly_watch.hpp"

#include <gtest/gtest.h>

#include "support/fake_stores.hpp"

namespace lectr::app {
namespace {

using insight::kBucketUs;
constexpr std::int64_t kStart = 20'458LL * 86'400'000'000;  // 2026-01-05, a Monday
constexpr int kBegins = insight::kWarmupBuckets + 30, kLooks = 8;
constexpr Error kAway{Code::unavailable, Fault::us, Again::same_target, "away"};

// Which of the calls to the store fail.
struct Weather {
  int calls = 0, from = 0, until = 0;
  bool fails() { return ++calls >= from && calls < until; }
};

class Memory final : public store::InsightStore {
 public:
  explicit Memory(Weather& weather) : weather_{&weather} {}
  void be_under(Weather& weather) { weather_ = &weather; }

  Result<std::vector<store::FeatureBucket>> buckets(std::int64_t from_us, std::int64_t to_us, std::optional<OrgId>) override {
    if (weather_->fails()) return kAway;
    std::vector<store::FeatureBucket> out;
    for (std::int64_t at = std::max(from_us, kStart); at < to_us; at += kBucketUs)
      for (const char* feature : {"chat", "search", ""}) out.push_back(bucket_of(at, feature));
    return out;
  }
  Result<std::vector<store::ShareRow>> shares(OrgId, const std::optional<std::string>&, std::span<const store::TimeSpan>, std::int64_t) override {
    if (weather_->fails()) return kAway;
    return std::vector<store::ShareRow>{};
  }
  Result<bool> rolled_up(std::int64_t) override { return said(true); }
  Result<bool> take_turn(std::string_view, std::int64_t, std::int64_t) override { return said(true); }
  Result<void> end_turn(std::string_view) override { return {}; }
  Result<std::optional<std::int64_t>> load_series(const EachSeries& each) override {
    if (weather_->fails()) return kAway;
    for (const auto& org : saved_) each(org);
    return judged_us_;
  }
  Result<void> save_series(std::string_view, std::int64_t judged_us, const std::function<void(const EachSeries&)>& give_all) override {
    if (weather_->fails()) return kAway;
    saved_.clear(), judged_us_ = judged_us;
    give_all([this](const store::OrgSeries& org) { saved_.push_back(org); });
    return {};
  }
  Result<std::int64_t> put_anomaly(const store::AnomalyRow& row) override {
    if (weather_->fails()) return kAway;
    const auto known = std::find_if(rows_.begin(), rows_.end(), [&](const auto& r) {
      return r.feature == row.feature && r.metric == row.metric && r.opened_us == row.opened_us;
    });
    const auto place = known == rows_.end() ? rows_.size() : static_cast<std::size_t>(known - rows_.begin());
    const std::int64_t id = static_cast<std::int64_t>(place) + 1, incident = place < rows_.size() ? rows_[place].incident : row.incident;
    if (place == rows_.size()) rows_.emplace_back();
    rows_[place] = row, rows_[place].id = id, rows_[place].incident = incident ? incident : id;
    return id;
  }
  Result<std::vector<store::AnomalyRow>> anomalies(OrgId, const store::AnomalyFilter&, std::size_t) override { return said(rows_); }
  Result<store::AnomalyRow> anomaly(OrgId, std::int64_t) override { return kAway; }
  Result<store::AnomalyCounts> anomaly_counts(OrgId) override { return kAway; }
  Result<std::vector<store::AnomalyRow>> open_anomalies() override {
    auto open = rows_;
    std::erase_if(open, [](const auto& row) { return row.closed_us.has_value(); });
    return said(open);
  }
  Result<void> dismiss_anomaly(OrgId, std::int64_t, const std::optional<Dismissal>&) override { return kAway; }
  Result<std::vector<store::ExcludedSpan>> excluded_spans(std::int64_t) override { return said(std::vector<store::ExcludedSpan>{}); }

  const std::vector<store::AnomalyRow>& rows() const { return rows_; }

 private:
  template <class T>
  Result<T> said(const T& answer) {
    if (weather_->fails()) return kAway;
    return answer;
  }
  // Chat trebles its cost, search fails half of the time two buckets later.
  static store::FeatureBucket bucket_of(std::int64_t at_us, const std::string& feature) {
    const auto bucket = (at_us - kStart) / kBucketUs;
    store::FeatureBucket b;
    b.org = 1, b.start_us = at_us, b.requests = 40 + bucket % 5, b.p95_us = 900'000 + bucket % 7 * 10'000;
    if (!feature.empty()) b.feature = feature;
    b.cost = 0.01 * static_cast<double>(b.requests) * (feature == "chat" && bucket >= kBegins ? 3 : 1);
    b.cost2 = b.cost * b.cost / static_cast<double>(b.requests);
    b.errors = feature == "search" && bucket >= kBegins + 2 ? b.requests / 2 : bucket % 20 == 0;
    return b;
  }

  Weather* weather_;
  std::vector<store::OrgSeries> saved_;
  std::optional<std::int64_t> judged_us_;
  std::vector<store::AnomalyRow> rows_;
};

class Told final : public fake::Control {
 public:
  Told(fake::Mishap& none, Weather& weather) : Control{none}, weather_{weather} {}
  Result<bool> add_control_event(const store::ControlEventRow& fresh) override {
    if (weather_.fails()) return kAway;
    return Control::add_control_event(fresh);
  }
  Result<std::vector<store::KeyRow>> keys(OrgId org) override {
    if (weather_.fails()) return kAway;
    return Control::keys(org);
  }

 private:
  Weather& weather_;
};

std::int64_t settled(int bucket) { return kStart + (bucket + 1) * kBucketUs + 40'000'000; }

struct Outcome {
  std::vector<std::string> found, told;
  int calls = 0;
};

// From what two days taught, with looks over the buckets in which it happens; the last ones are under a clear sky.
Outcome run(const Memory& taught, Weather weather) {
  fake::Mishap none;
  store::Stores stores;
  auto memory = std::make_unique<Memory>(taught);
  memory->be_under(weather);
  const Memory& kept = *memory;
  stores.insight = std::move(memory), stores.control = std::make_unique<Told>(none, weather);
  AnomalyWatch watch{stores, "one", [] { return std::make_shared<const config::Snapshot>(); }, [] { return false; }};
  for (int look = 0; look < kLooks; ++look)
    for (int again = 0; again < 2; ++again) (void)watch.catch_up(settled(kBegins - 1 + look) + again * 20'000'000);
  Outcome out;
  out.calls = weather.calls;
  weather.until = 0;
  EXPECT_TRUE(watch.catch_up(settled(kBegins + kLooks)));
  for (const auto& row : kept.rows())
    out.found.push_back(row.feature.value_or("-") + ' ' + std::to_string(row.metric) + ' ' + std::to_string(row.opened_us) + ' ' +
                        std::to_string(row.closed_us.value_or(0)));
  const auto events = stores.control->control_events(1, {}, 100);
  for (const auto& event : *events) out.told.push_back(event.name + ' ' + event.key);
  return out;
}

TEST(AnomalyWatch, LosesNothingAndTellsOnceWhicheverCallFails) {
  Weather clear;
  Memory taught{clear};
  {
    store::Stores stores;
    fake::Mishap none;
    stores.control = std::make_unique<Told>(none, clear);
    auto memory = std::make_unique<Memory>(taught);
    Memory& kept = *memory;
    stores.insight = std::move(memory);
    AnomalyWatch watch{stores, "one", [] { return std::make_shared<const config::Snapshot>(); }, [] { return false; }};
    ASSERT_TRUE(watch.catch_up(settled(kBegins - 2)));
    taught = kept;
  }
  const Outcome undisturbed = run(taught, {});
  ASSERT_EQ(undisturbed.told.size(), 2u) << "chat's cost and search's errors";
  ASSERT_GT(undisturbed.calls, 30);
  for (const int length : {1, 5})
    for (int first = 1; first <= undisturbed.calls; first += (length + 1) / 2) {
      const Outcome outcome = run(taught, {0, first, first + length});
      ASSERT_EQ(outcome.found, undisturbed.found) << "call " << first << ", " << length << " long";
      ASSERT_EQ(outcome.told, undisturbed.told) << "call " << first << ", " << length << " long";
    }
}

}  // namespace
}  // namespace lectr::app
