// How long answers are, per feature and model: from the last few hundred of them, in bins by powers of two.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "lectr/config/snapshot.hpp"
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

class Learned {
 public:
  void add(std::string_view feature, std::string_view model, std::int64_t tokens);
  // The feature's answers by this model, else the feature's, else the model's, else a guess.
  Expected expected(std::string_view feature, std::string_view model, std::int64_t produced, std::int64_t ceiling) const;

 private:
  const Lengths* find(std::string_view feature, std::string_view model) const;
  config::TextMap<Lengths> lengths_;
};

}  // namespace lectr::limits
