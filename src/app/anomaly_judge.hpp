// Every series of every org: takes what the store says of a bucket, and says what changed. One thread; no I/O.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lectr/insight/detector.hpp"
#include "lectr/store/insight_store.hpp"

namespace lectr::app {

// What of an org's settings the detector goes by.
struct JudgedBy {
  std::function<std::int64_t(std::int64_t)> local_us;  // a moment as the org's clocks show it
  insight::Sensitivity sensitivity;
};

struct Found {
  OrgId org = 0;
  std::optional<std::string> feature;
  insight::Finding finding;
};

class AnomalyJudge {
 public:
  static constexpr std::size_t kMostFeatures = 200;  // of an org; later ones are in its sum only, until others were idle for long
  static constexpr std::int64_t kForgottenUs = 14ll * 24 * 3600 * 1'000'000;

  explicit AnomalyJudge(std::function<JudgedBy(OrgId)> judged_by) : judged_by_{std::move(judged_by)} {}

  // One bucket of all orgs, or of `only` that one. Features that are known and not among them had no request; where `gap`, nobody knows.
  void judge(std::int64_t start_us, std::span<const store::FeatureBucket> buckets, bool gap, std::vector<Found>& out, std::optional<OrgId> only = {});
  // Spans that are neither judged nor learned, from now on.
  void exclude(std::vector<store::ExcludedSpan> spans) { excluded_ = std::move(spans); }
  const std::vector<store::ExcludedSpan>& excluded() const noexcept { return excluded_; }

  // Whether any part of [from, to) is such a span of this series.
  bool excludes(OrgId org, const std::optional<std::string>& feature, std::int64_t from_us, std::int64_t to_us) const;

  // Null: nothing is known of it.
  const insight::Series* find(OrgId org, const std::optional<std::string>& feature) const;
  insight::Bucket bucket_of(const store::FeatureBucket& bucket, const JudgedBy& by) const;
  JudgedBy judged_by(OrgId org) const { return judged_by_(org); }
  void forget(OrgId org) { orgs_.erase(org); }
  bool empty() const noexcept { return orgs_.empty(); }

  void save(const store::InsightStore::EachSeries& give) const;
  void load(const store::OrgSeries& saved);  // in place of what is known of that org; what is damaged or of another version begins anew
  void forget_all() { orgs_.clear(); }

 private:
  struct Known {
    insight::Series series;
    std::int64_t used_us = 0;  // the last bucket with a request
  };
  using Org = std::map<std::optional<std::string>, Known>;

  void judge_org(OrgId org, Org& known, std::int64_t start_us, std::span<const store::FeatureBucket> buckets, std::vector<Found>& out);

  std::function<JudgedBy(OrgId)> judged_by_;
  std::map<OrgId, Org> orgs_;
  std::vector<store::ExcludedSpan> excluded_;
};

}  // namespace lectr::app
