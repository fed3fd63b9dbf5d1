// The insight store over either dialect.
#pragma once

#include "lectr/store/insight_store.hpp"
#include "store/session.hpp"

namespace lectr::store {

class SqlInsight final : public InsightStore {
 public:
  explicit SqlInsight(std::shared_ptr<Database> database) : database_{std::move(database)} {}

  Result<std::vector<FeatureBucket>> buckets(std::int64_t from_us, std::int64_t to_us, std::optional<OrgId> org) override;
  Result<std::vector<ShareRow>> shares(OrgId org, const std::optional<std::string>& feature, std::span<const TimeSpan> spans,
                                       std::int64_t slow_above_us) override;
  Result<bool> rolled_up(std::int64_t before_us) override;
  Result<bool> take_turn(std::string_view instance, std::int64_t now_us, std::int64_t until_us) override;
  Result<void> end_turn(std::string_view instance) override;
  Result<std::optional<std::int64_t>> load_series(const EachSeries& each) override;
  Result<void> save_series(std::string_view instance, std::int64_t judged_us, const std::function<void(const EachSeries&)>& give_all) override;
  Result<std::int64_t> put_anomaly(const AnomalyRow& row) override;
  Result<std::vector<AnomalyRow>> anomalies(OrgId org, const AnomalyFilter& filter, std::size_t limit) override;
  Result<AnomalyRow> anomaly(OrgId org, std::int64_t id) override;
  Result<AnomalyCounts> anomaly_counts(OrgId org) override;
  Result<std::vector<AnomalyRow>> open_anomalies() override;
  Result<void> dismiss_anomaly(OrgId org, std::int64_t id, const std::optional<Dismissal>& dismissal) override;
  Result<std::vector<ExcludedSpan>> excluded_spans(std::int64_t since_us) override;

 private:
  Result<std::vector<AnomalyRow>> list(const Query& query);

  std::shared_ptr<Database> database_;
};

}  // namespace lectr::store
