// What a task looks like by its token counts.
#include <cstdlib>

#include "lectr/insight/recommend.hpp"

namespace lectr::insight {
namespace {

// Fewer requests than this have no shape.
constexpr std::int64_t kFewRequests = 50;
// A label or a few fields: what classifiers and extractors answer with.
constexpr std::int64_t kShortAnswer = 150, kSummary = 1'000;
constexpr std::int64_t kLongToShort = 4;

}  // namespace

std::string_view to_text(Confidence confidence) noexcept {
  switch (confidence) {
    case Confidence::low: return "low";
    case Confidence::medium: return "medium";
    case Confidence::high: return "high";
  }
  return "low";
}

Guess guess_task(const Usage& sums) {
  const std::int64_t answered = sums.requests - sums.errors;
  if (answered <= 0) return {"", "no answers to judge by", Confidence::low};
  const std::int64_t in = sums.input / answered, out = sums.output / answered;
  const std::string shape = std::to_string(in) + " tokens in and " + std::to_string(out) + " out on average";
  const bool few = answered < kFewRequests;
  const auto with = [&](const char* task, const char* like, Confidence confidence) {
    return Guess{task, "no task declared; " + shape + " look like " + like + (few ? ", but they are few requests" : ""),
                 few ? Confidence::low : confidence};
  };
  if (in >= kLongToShort * out && out <= kShortAnswer) return with("classification", "classification or extraction", Confidence::medium);
  if (in >= kLongToShort * out && out <= kSummary) return with("summarisation", "summarisation", Confidence::medium);
  return {"", "no task declared; " + shape + " look like no simple task", Confidence::low};
}

}  // namespace lectr::insight
