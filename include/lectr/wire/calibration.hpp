// What a model's streams of known usage say about those of unknown usage: tokens as a weighted sum of bytes by UTF-8 length and of deltas, learned by
// recursive least squares with forgetting, and how far such estimates were off, which is the band (PROVIDERS.md §5). Pure; constant memory (0.8 KiB).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "lectr/wire/meter.hpp"

namespace lectr::wire {

// Of one provider's model. One thread.
class Calibration {
 public:
  static constexpr std::uint32_t kEnough = 30;  // streams, before which it says nothing

  // A stream that came whole, and the tokens that its text was, hidden reasoning apart.
  void learn(const Measured& m, std::int64_t tokens) noexcept;
  // Nothing: too few streams, or most of this text is of scripts that they did not have. The band holds nine of ten.
  std::optional<TokenEstimate> estimate(const Measured& m) const noexcept;
  std::uint32_t streams() const noexcept { return streams_; }

 private:
  static constexpr std::size_t kTerms = 5, kRing = 128;
  using Terms = std::array<double, kTerms>;
  static Terms terms_of(const Measured& m) noexcept;
  double centre(const Measured& m) const noexcept;
  bool knows_script(const Measured& m) const noexcept;
  void forget() noexcept;

  Terms weights_{0.25, 0.25, 0.25, 0.25, 0.0};
  std::array<Terms, kTerms> spread_ = prior_spread();  // how unsure each weight is, and pairs of them
  std::array<float, kRing> off_{};                     // the newest streams' tokens against what was estimated before they were learned
  std::uint32_t streams_ = 0;
  std::array<std::uint32_t, 4> with_{};  // streams that had a tenth of their bytes in sequences of this length

  static constexpr Terms kPrior{0.02, 0.02, 0.02, 0.02, 0.3};
  static constexpr std::array<Terms, kTerms> prior_spread() noexcept {
    std::array<Terms, kTerms> out{};
    for (std::size_t i = 0; i < kTerms; ++i) out[i][i] = kPrior[i];
    return out;
  }
};

}  // namespace lectr::wire
