// How long answers are, per feature and model: from the last few hundred of them, in bins by powers of two.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "lectr/limits/limiter.hpp"

namespace lectr::limits {

class Lengths {
 public:
  void add(std::int64_t tokens) noexcept;
  double weight() const noexcept { return weight_; }
  // Of an answer that is known to be at least `produced` long, and at most `ceiling` (-1: anything).
  Expected expected(std::int64_t produced, std::int64_t ceiling) const noexcept;

 private:
  static constexpr std::size_t kBins = 18;  // 0, 1, 2-3, 4-7, … 65536 and more
  struct Bin {
    double weight = 0, sum = 0, squares = 0;
  };
  std::array<Bin, kBins> bins_{};
  double weight_ = 0;
};

// Of which answers: a feature's by a model, a feature's, a model's. Hashes: two that meet share what is learned.
struct LengthKeys {
  LengthKeys() = default;
  LengthKeys(std::string_view feature, std::string_view model) noexcept;
  std::array<std::uint64_t, 3> keys{};
};

class Learned {
 public:
  void add(const LengthKeys& of, std::int64_t tokens);
  // The feature's answers by this model, else the feature's, else the model's, else a guess.
  Expected expected(const LengthKeys& of, std::int64_t produced, std::int64_t ceiling) const;

 private:
  struct AsItIs {
    std::size_t operator()(std::uint64_t key) const noexcept { return key; }
  };
  std::unordered_map<std::uint64_t, Lengths, AsItIs> lengths_;
};

}  // namespace lectr::limits
