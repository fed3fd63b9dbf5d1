// A mergeable sketch of durations: any quantile within 1 % of a value that was added (relative error), whatever was merged in which order.
// DDSketch (Masson, Rim, Lee: VLDB 2019) with logarithmic buckets: value v lies in bucket ceil(log_gamma(v)), gamma = 1.01 / 0.99.
// Integers only in its stored form, so equal inputs give equal bytes on every machine.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lectr {

class Sketch {
 public:
  static constexpr double kRelativeError = 0.01;

  void add(std::int64_t microseconds, std::int64_t count = 1);  // below 1 counts as 1; above 10 days as 10 days: at most 1,400 buckets
  void merge(const Sketch& other);
  std::int64_t count() const noexcept { return count_; }
  // Nearest rank; -1 when empty. `permille`: 500, 950, 990.
  std::int64_t quantile_us(int permille) const noexcept;

  // Stored form: varints of (bucket delta, count), ascending. decode: empty when the bytes are no sketch.
  void encode_to(std::string& out) const;
  static std::optional<Sketch> decode(std::string_view bytes);

  friend bool operator==(const Sketch&, const Sketch&) = default;

 private:
  std::map<std::int32_t, std::int64_t> buckets_;  // the implementer may choose a flat form
  std::int64_t count_ = 0;
};

}  // namespace lectr
