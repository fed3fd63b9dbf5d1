#include <algorithm>

#include "months.hpp"

namespace lectr::months {
namespace {

constexpr int kGrace = 6;  // buckets after the end

struct Opened {
  int bucket = 0;
  insight::Finding finding;
};

std::vector<Opened> run(const std::vector<insight::Bucket>& buckets, std::int64_t start, insight::Sensitivity sensitivity) {
  insight::Series series;
  std::vector<insight::Finding> findings;
  std::vector<Opened> opened;
  for (const auto& bucket : buckets) {
    findings.clear();
    series.judge(bucket, sensitivity, findings);
    for (const auto& f : findings)
      if (f.step == insight::Step::opened) opened.push_back({static_cast<int>((f.at_us - start) / insight::kBucketUs), f});
  }
  return opened;
}

bool counts(const Found& f, bool strong_only) { return f.cycles > 0 && (!strong_only || (f.label.strong && f.label.usual_requests >= 20)); }

}  // namespace

void Score::add(const Month& month, insight::Sensitivity sensitivity) {
  ++months;
  std::int64_t start = month.features[0].front().start_us;
  for (const auto& buckets : month.features) start = std::min(start, buckets.front().start_us);
  for (int feature = 0; feature < kFeatures; ++feature) {
    const auto opened = run(month.features[static_cast<std::size_t>(feature)], start, sensitivity);
    std::vector<bool> right(opened.size(), false);
    for (const Label& label : month.labels) {
      if (!label.incident || label.feature != feature) continue;
      Found found{label, 0};
      for (std::size_t i = 0; i < opened.size(); ++i) {
        if (opened[i].bucket < label.first || opened[i].bucket > label.last + kGrace) continue;
        right[i] = true;
        if (found.cycles == 0) found.cycles = opened[i].bucket - label.first + 1;
      }
      incidents.push_back(found);
    }
    for (std::size_t i = 0; i < opened.size(); ++i) {
      if (right[i]) continue;
      std::string near;
      for (const Label& label : month.labels)
        if (!label.incident && label.feature == feature && opened[i].bucket >= label.first - 24 && opened[i].bucket <= label.last + 24)
          near = label.kind;
      false_episodes.push_back({feature, opened[i].bucket, opened[i].finding, near});
    }
  }
}

int Score::found() const {
  return static_cast<int>(std::count_if(incidents.begin(), incidents.end(), [](const Found& f) { return f.cycles > 0; }));
}

double Score::recall() const { return incidents.empty() ? 0 : found() / static_cast<double>(incidents.size()); }
double Score::precision() const { return found() / std::max(1.0, found() + static_cast<double>(false_episodes.size())); }
double Score::false_a_week() const { return static_cast<double>(false_episodes.size()) / (months * kDays / 7.0); }

double Score::within(int cycles, bool strong_only) const {
  double all = 0, soon = 0;
  for (const Found& f : incidents) {
    if (!counts(f, strong_only)) continue;
    ++all;
    soon += f.cycles <= cycles;
  }
  return all > 0 ? soon / all : 0;
}

}  // namespace lectr::months
