#include "lectr/insight/any_judge.hpp"

#include <algorithm>

namespace lectr::insight {

AnyJudge::AnyJudge(std::vector<AnyWindow> windows) : windows_{std::move(windows)}, first_(windows_.size(), kNever) {}

void AnyJudge::add(std::int64_t unix_seconds, bool announced) {
  if (!announced) return;
  ++announcements_;
  bool inside = false;
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    if (unix_seconds < windows_[i].start || unix_seconds > windows_[i].end) continue;
    inside = true;
    first_[i] = std::min(first_[i], unix_seconds);
  }
  if (inside) ++inside_;
}

AnyJudgement AnyJudge::judgement() const {
  AnyJudgement out{.windows = windows_.size(), .announcements = announcements_, .inside = inside_};
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    if (first_[i] == kNever) continue;
    ++out.found;
    const auto delay = static_cast<double>(first_[i] - windows_[i].start);
    out.mean_delay_seconds += delay;
    out.mean_delay_share += delay / static_cast<double>(std::max<std::int64_t>(1, windows_[i].end - windows_[i].start));
  }
  if (out.found > 0) out.mean_delay_seconds /= static_cast<double>(out.found), out.mean_delay_share /= static_cast<double>(out.found);
  out.precision = announcements_ > 0 ? static_cast<double>(inside_) / static_cast<double>(announcements_) : 1;
  out.recall = out.windows > 0 ? static_cast<double>(out.found) / static_cast<double>(out.windows) : 1;
  return out;
}

}  // namespace lectr::insight
