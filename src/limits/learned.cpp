#include "limits/learned.hpp"

#include <algorithm>
#include <bit>

namespace lectr::limits {
namespace {

constexpr double kEnough = 20;            // answers, before what they say is believed
constexpr double kRemembered = 500;       // older ones fade
constexpr std::size_t kMostKnown = 4096;  // features × models; further ones go by what is known of either
constexpr std::int64_t kUsualCeiling = 1024;

std::size_t bin_of(std::int64_t tokens, std::size_t bins) noexcept {
  return std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(tokens, 0)))), bins - 1);
}

std::string name_of(std::string_view feature, std::string_view model) { return std::string{feature}.append(1, '\n').append(model); }

}  // namespace

void Lengths::add(std::int64_t tokens) noexcept {
  if (weight_ >= kRemembered) {
    for (Bin& b : bins_) b = {b.weight / 2, b.sum / 2, b.squares / 2};
    weight_ /= 2;
  }
  const auto n = static_cast<double>(tokens);
  Bin& b = bins_[bin_of(tokens, kBins)];
  b.weight += 1;
  b.sum += n;
  b.squares += n * n;
  weight_ += 1;
}

Expected Lengths::expected(std::int64_t produced, std::int64_t ceiling) const noexcept {
  const auto least = static_cast<double>(produced), most = ceiling < 0 ? 1e18 : static_cast<double>(ceiling);
  double weight = 0, sum = 0, squares = 0;
  for (std::size_t i = bin_of(produced, kBins); i < kBins; ++i) {
    const Bin& b = bins_[i];
    if (b.weight <= 0) continue;
    const double mean = std::clamp(b.sum / b.weight, least, std::max(most, least));
    weight += b.weight;
    sum += b.weight * mean;
    squares += b.weight * std::max(mean * mean, std::min(b.squares / b.weight, most * most));
  }
  if (weight <= 0) return {std::min(least * 1.25, std::max(most, least)), 0};  // longer than any before: some more
  const double mean = sum / weight;
  return {mean, std::max(squares / weight - mean * mean, 0.0)};
}

void Learned::add(std::string_view feature, std::string_view model, std::int64_t tokens) {
  for (const std::string& name : {name_of(feature, model), name_of(feature, ""), name_of("", model)}) {
    auto known = lengths_.find(name);
    if (known == lengths_.end()) {
      if (lengths_.size() >= kMostKnown) continue;
      known = lengths_.try_emplace(name).first;
    }
    known->second.add(tokens);
  }
}

const Lengths* Learned::find(std::string_view feature, std::string_view model) const {
  const auto known = lengths_.find(name_of(feature, model));
  return known != lengths_.end() && known->second.weight() >= kEnough ? &known->second : nullptr;
}

Expected Learned::expected(std::string_view feature, std::string_view model, std::int64_t produced, std::int64_t ceiling) const {
  const Lengths* known = find(feature, model);
  if (!known) known = find(feature, "");
  if (!known) known = find("", model);
  if (known) return known->expected(produced, ceiling);
  const double guess = static_cast<double>(ceiling < 0 ? kUsualCeiling : ceiling) / 4;
  return {std::max(guess, static_cast<double>(produced) * 1.25), guess * guess};
}

}  // namespace lectr::limits
