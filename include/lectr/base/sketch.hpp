// A mergeable sketch of durations: any quantile within 1 % of a value that was added (relative error), whatever was merged in which order.
// A DDSketch (Masson, Rim, Lee: VLDB 2019) over integers: the values 1, 2, 3 … are cut into buckets that each have a member within 1 % of all
// others of the bucket. The cuts are integer arithmetic, so equal inputs give equal bytes on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lectr {

class Sketch {
 public:
  static constexpr double kRelativeError = 0.01;
  static constexpr int kBuckets = 1'400;  // of which some 1,250 are in use: all values up to 10 days

  struct Bucket {
    std::int32_t index = 0;
    std::int64_t count = 0;
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };

  void add(std::int64_t microseconds, std::int64_t count = 1);  // below 1 counts as 1; above 10 days as 10 days
  void merge(const Sketch& other);
  std::int64_t count() const noexcept { return count_; }
  // Nearest rank; -1 when empty. `permille`: 500, 950, 990.
  std::int64_t quantile_us(int permille) const noexcept;

  // Stored form: varints of (bucket delta, count), ascending. decode: empty when the bytes are no sketch.
  void encode_to(std::string& out) const;
  static std::optional<Sketch> decode(std::string_view bytes);

  // For those who sum many sketches into one array: what is in it, ascending, none with a count of 0; and the way back.
  std::span<const Bucket> buckets() const noexcept { return buckets_; }
  static Sketch of(std::vector<Bucket> ascending);
  static int bucket_of(std::int64_t microseconds) noexcept;
  static std::int64_t value_of(int bucket) noexcept;  // the member that stands for all of them

  friend bool operator==(const Sketch&, const Sketch&) = default;

 private:
  std::vector<Bucket> buckets_;
  std::int64_t count_ = 0;
};

// LEB128, seven bits a byte, lowest first: the integers of the sketch's stored form and of what stores it.
void put_varint(std::string& out, std::uint64_t value);
// Takes one off the front; empty when there is none of at most 64 bits.
std::optional<std::uint64_t> take_long_varint(std::string_view& bytes) noexcept;
inline std::optional<std::uint64_t> take_varint(std::string_view& bytes) noexcept {
  // Nearly all have one byte, and a month of sums has millions of them.
  if (bytes.empty() || static_cast<unsigned char>(bytes.front()) >= 0x80) return take_long_varint(bytes);
  const auto value = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  return value;
}

}  // namespace lectr
