#include "anomaly_judge.hpp"

#include <algorithm>

#include "lectr/base/sketch.hpp"
#include "lectr/insight/incidents.hpp"

namespace lectr::app {
namespace {

// As the store has it: per series whether it has a feature, the feature, when it was last used, what the series saved.
void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}
std::optional<std::string_view> take_text(std::string_view& bytes) {
  const auto size = take_varint(bytes);
  if (!size || *size > bytes.size()) return {};
  const auto text = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  return text;
}

// Of one org and bucket, features before the sum: what is settled first names the incident.
void causes_first(std::span<Found> found) {
  std::vector<insight::EpisodeOf> opened;
  const auto opens = [](const Found& f) { return f.finding.step == insight::Step::opened; };
  const auto episode_of = [](const Found& f) {
    return insight::EpisodeOf{f.feature, f.finding.metric, f.finding.direction, f.finding.opened_us, f.finding.window};
  };
  for (const Found& f : found)
    if (opens(f)) opened.push_back(episode_of(f));
  std::stable_partition(found.begin(), found.end(),
                        [&](const Found& f) { return !f.feature && opens(f) && insight::org_leads(episode_of(f), opened); });
}

}  // namespace

bool AnomalyJudge::excludes(OrgId org, const std::optional<std::string>& feature, std::int64_t from_us, std::int64_t to_us) const {
  return std::any_of(excluded_.begin(), excluded_.end(), [&](const store::ExcludedSpan& span) {
    return span.org == org && span.feature == feature && span.from_us < to_us && from_us < span.to_us;
  });
}

insight::Bucket AnomalyJudge::bucket_of(const store::FeatureBucket& b, const JudgedBy& by) const {
  insight::Bucket out;
  out.start_us = b.start_us, out.local_us = by.local_us(b.start_us);
  out.requests = b.requests, out.errors = b.errors, out.drifted = b.drifted;
  out.cost = b.cost, out.cost2 = b.cost2, out.p95_us = static_cast<double>(b.p95_us);
  out.excluded = excludes(b.org, b.feature, b.start_us, b.start_us + insight::kBucketUs);
  return out;
}

void AnomalyJudge::judge_org(OrgId org, Org& known, std::int64_t start_us, std::span<const store::FeatureBucket> buckets, std::vector<Found>& out) {
  const JudgedBy by = judged_by_(org);
  std::erase_if(known, [&](const auto& entry) { return start_us - entry.second.used_us > kForgottenUs; });
  for (const auto& b : buckets)
    if (known.size() <= kMostFeatures || !b.feature) known.try_emplace(b.feature);
  std::vector<insight::Finding> findings;
  const std::size_t begin = out.size();
  for (const bool sum : {false, true})
    for (auto& [feature, one] : known) {
      if (feature.has_value() == sum) continue;
      const auto at = std::find_if(buckets.begin(), buckets.end(), [&](const auto& b) { return b.feature == feature; });
      store::FeatureBucket quiet;
      quiet.org = org, quiet.feature = feature, quiet.start_us = start_us;
      if (at != buckets.end()) one.used_us = start_us;
      findings.clear();
      one.series.judge(bucket_of(at == buckets.end() ? quiet : *at, by), by.sensitivity, findings);
      for (const auto& finding : findings) out.push_back({org, feature, finding});
    }
  causes_first(std::span{out}.subspan(begin));
}

void AnomalyJudge::judge(std::int64_t start_us, std::span<const store::FeatureBucket> buckets, bool gap, std::vector<Found>& out,
                         std::optional<OrgId> only) {
  for (const auto& b : buckets)
    if (!only || b.org == *only) orgs_.try_emplace(b.org);
  for (auto& [org, known] : orgs_) {
    if (only && org != *only) continue;
    const auto first = std::find_if(buckets.begin(), buckets.end(), [id = org](const auto& b) { return b.org == id; });
    const auto last = std::find_if(first, buckets.end(), [id = org](const auto& b) { return b.org != id; });
    const std::span own{first, last};
    if (!gap || !own.empty()) judge_org(org, known, start_us, own, out);
  }
}

const insight::Series* AnomalyJudge::find(OrgId org, const std::optional<std::string>& feature) const {
  const auto known = orgs_.find(org);
  if (known == orgs_.end()) return nullptr;
  const auto at = known->second.find(feature);
  return at == known->second.end() ? nullptr : &at->second.series;
}

void AnomalyJudge::save(const store::InsightStore::EachSeries& give) const {
  store::OrgSeries packed;
  for (const auto& [org, known] : orgs_) {
    packed.org = org, packed.saved.clear();
    for (const auto& [feature, one] : known) {
      put_varint(packed.saved, feature ? 1 : 0);
      put_text(packed.saved, feature.value_or(""));
      put_varint(packed.saved, static_cast<std::uint64_t>(one.used_us));
      put_text(packed.saved, one.series.save());
    }
    give(packed);
  }
}

void AnomalyJudge::load(const store::OrgSeries& saved) {
  Org& known = orgs_[saved.org];
  known.clear();
  for (std::string_view left = saved.saved; !left.empty();) {
    const auto has_feature = take_varint(left);
    const auto feature = take_text(left);
    const auto used_us = take_varint(left);
    const auto series = take_text(left);
    if (!has_feature || !feature || !used_us || !series) break;
    auto loaded = insight::Series::load(*series);
    if (!loaded) continue;
    known[*has_feature ? std::optional{std::string{*feature}} : std::nullopt] = {std::move(*loaded), static_cast<std::int64_t>(*used_us)};
  }
}

}  // namespace lectr::app
