// How long answers are, per feature and model: from the last few hundred of them, in bins by powers of two. One thread adds at a time, any thread asks
// meanwhile without a lock: a part of what is just being added may be missing, and what is expected need be no better than that.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "lectr/limits/limiter.hpp"
#include "limits/grow_map.hpp"

namespace lectr::limits {

class Lengths {
 public:
  void add(std::int64_t tokens) noexcept;
  double weight() const noexcept { return weight_; }
  // Of an answer that is known to be at least `produced` long, and at most `ceiling` (-1: anything).
  Expected expected(std::int64_t produced, std::int64_t ceiling) const noexcept;

 private:
  static constexpr std::size_t kBins = 18;  // 0, 1, 2-3, 4-7, … 65536 and more
  // Of one writer: an addition is a load and a store.
  class Sum {
   public:
    operator double() const noexcept { return sum_.load(std::memory_order_relaxed); }
    void operator+=(double n) noexcept { sum_.store(*this + n, std::memory_order_relaxed); }
    void halve() noexcept { sum_.store(*this / 2, std::memory_order_relaxed); }

   private:
    std::atomic<double> sum_{0};
  };
  struct Bin {
    Sum weight, sum, squares;
  };
  std::array<Bin, kBins> bins_;
  std::atomic<std::uint32_t> used_{0};  // which of them have any, by bits
  Sum weight_;
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
  GrowMap<Lengths, 256> lengths_;
  std::size_t known_ = 0;
};

}  // namespace lectr::limits
