#include "limits/learned.hpp"

#include <algorithm>
#include <bit>

#include "lectr/base/hash.hpp"

namespace lectr::limits {
namespace {

constexpr double kEnough = 20;            // answers, before what they say is believed
constexpr double kRemembered = 500;       // older ones fade
constexpr std::size_t kMostKnown = 4096;  // features × models; further ones go by what is known of either
constexpr std::int64_t kUsualCeiling = 1024;

std::size_t bin_of(std::int64_t tokens, std::size_t bins) noexcept {
  return std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(tokens, 0)))), bins - 1);
}

}  // namespace

void Lengths::add(std::int64_t tokens) noexcept {
  if (weight_ >= kRemembered) {
    for (Bin& b : bins_) b.weight.halve(), b.sum.halve(), b.squares.halve();
    weight_.halve();
  }
  const auto n = static_cast<double>(tokens);
  const std::size_t bin = bin_of(tokens, kBins);
  used_.store(used_.load(std::memory_order_relaxed) | 1u << bin, std::memory_order_relaxed);
  Bin& b = bins_[bin];
  b.weight += 1;
  b.sum += n;
  b.squares += n * n;
  weight_ += 1;
}

Expected Lengths::expected(std::int64_t produced, std::int64_t ceiling) const noexcept {
  const auto least = static_cast<double>(produced), most = ceiling < 0 ? 1e18 : static_cast<double>(ceiling);
  double weight = 0, sum = 0, squares = 0;
  const std::size_t first = bin_of(produced, kBins);
  for (std::uint32_t left = used_.load(std::memory_order_relaxed) >> first << first; left != 0; left &= left - 1) {
    const Bin& b = bins_[static_cast<std::size_t>(std::countr_zero(left))];
    const double of_bin = b.weight;
    if (of_bin <= 0) continue;  // its first answer is being added
    const double mean = std::clamp(b.sum / of_bin, least, std::max(most, least));
    weight += of_bin;
    sum += of_bin * mean;
    squares += of_bin * std::max(mean * mean, std::min(b.squares / of_bin, most * most));
  }
  if (weight <= 0) return {std::min(least * 1.25, std::max(most, least)), 0};  // longer than any before: some more
  const double mean = sum / weight;
  return {mean, std::max(squares / weight - mean * mean, 0.0)};
}

LengthKeys::LengthKeys(std::string_view feature, std::string_view model) noexcept {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
  const std::uint64_t f = hash_text(feature), m = hash_text(model) * kOdd;
  keys = {f ^ m, f + 1, m + 2};
}

void Learned::add(const LengthKeys& of, std::int64_t tokens) {
  for (const std::uint64_t key : of.keys) {
    Lengths* known = lengths_.find(key);
    if (!known) {
      if (known_ >= kMostKnown) continue;
      ++known_;
      known = &lengths_.get(key, [] { return Lengths{}; });
    }
    known->add(tokens);
  }
}

Expected Learned::expected(const LengthKeys& of, std::int64_t produced, std::int64_t ceiling) const {
  for (const std::uint64_t key : of.keys)
    if (const Lengths* known = lengths_.find(key); known && known->weight() >= kEnough) return known->expected(produced, ceiling);
  const double guess = static_cast<double>(ceiling < 0 ? kUsualCeiling : ceiling) / 4;
  return {std::max(guess, static_cast<double>(produced) * 1.25), guess * guess};
}

}  // namespace lectr::limits
