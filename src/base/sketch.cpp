#include "lectr/base/sketch.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace lectr {
namespace {

constexpr std::int64_t kMost = 10ll * 24 * 3600 * 1'000'000;

// Bucket i holds first[i] … first[i + 1] - 1, and value[i] stands for it: the largest integer within 1 % of the first, which reaches as far as
// it is within 1 % of the last.
struct Cuts {
  std::array<std::int64_t, Sketch::kBuckets + 1> first{};
  std::array<std::int64_t, Sketch::kBuckets> value{};
  std::array<std::int16_t, 65> by_width{};  // the bucket of the smallest number of so many bits: a narrower search
  int used = 0;
};

constexpr Cuts cut() {
  Cuts c;
  std::int64_t at = 1;
  while (at <= kMost) {
    const std::int64_t middle = at + at / 100;
    c.first[static_cast<std::size_t>(c.used)] = at;
    c.value[static_cast<std::size_t>(c.used)] = middle;
    at = middle * 100 / 99 + 1;
    ++c.used;
  }
  for (auto i = static_cast<std::size_t>(c.used); i < c.first.size(); ++i) c.first[i] = std::numeric_limits<std::int64_t>::max();
  int bucket = 0;
  for (int width = 1; width <= 64; ++width) {
    const std::int64_t least = width >= 41 ? kMost : std::int64_t{1} << (width - 1);  // 10 days have 40 bits
    while (bucket + 1 < c.used && c.first[static_cast<std::size_t>(bucket) + 1] <= least) ++bucket;
    c.by_width[static_cast<std::size_t>(width)] = static_cast<std::int16_t>(bucket);
  }
  return c;
}
constexpr Cuts kCuts = cut();
static_assert(kCuts.used < Sketch::kBuckets && kCuts.first[98] == 99);

}  // namespace

int Sketch::bucket_of(std::int64_t microseconds) noexcept {
  const std::int64_t v = std::clamp<std::int64_t>(microseconds, 1, kMost);
  const auto width = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(v)));
  const auto* from = kCuts.first.data() + kCuts.by_width[width];
  const auto* to = kCuts.first.data() + kCuts.by_width[width + 1] + 1;
  return static_cast<int>(std::upper_bound(from, to, v) - kCuts.first.data()) - 1;
}

std::int64_t Sketch::value_of(int bucket) noexcept { return kCuts.value[static_cast<std::size_t>(std::clamp(bucket, 0, kCuts.used - 1))]; }

void Sketch::add(std::int64_t microseconds, std::int64_t count) {
  if (count <= 0) return;
  const int index = bucket_of(microseconds);
  count_ += count;
  if (buckets_.empty() || buckets_.back().index < index) {
    buckets_.push_back({index, count});
    return;
  }
  const auto at = std::lower_bound(buckets_.begin(), buckets_.end(), index, [](const Bucket& b, int i) { return b.index < i; });
  if (at->index == index)
    at->count += count;
  else
    buckets_.insert(at, {index, count});
}

// In place, from the last bucket to the first: totals take in many sketches, and most of what comes has its bucket already.
void Sketch::merge(const Sketch& other) {
  count_ += other.count_;
  std::size_t fresh = 0;
  auto has = buckets_.begin();
  for (const Bucket& b : other.buckets_) {
    while (has != buckets_.end() && has->index < b.index) ++has;
    fresh += has == buckets_.end() || has->index != b.index;
  }
  std::size_t mine = buckets_.size(), theirs = other.buckets_.size(), to = mine + fresh;
  buckets_.resize(to);
  while (theirs > 0) {
    const Bucket& next = other.buckets_[theirs - 1];
    if (mine > 0 && buckets_[mine - 1].index > next.index) {
      buckets_[--to] = buckets_[--mine];
    } else if (mine > 0 && buckets_[mine - 1].index == next.index) {
      buckets_[--to] = {next.index, buckets_[--mine].count + next.count};
      --theirs;
    } else {
      buckets_[--to] = next;
      --theirs;
    }
  }
}

std::int64_t Sketch::quantile_us(int permille) const noexcept {
  if (count_ == 0) return -1;
  __extension__ using Wide = __int128;
  const auto rank = std::max<std::int64_t>(1, static_cast<std::int64_t>((Wide{count_} * permille + 999) / 1000));
  std::int64_t seen = 0;
  for (const Bucket& b : buckets_) {
    seen += b.count;
    if (seen >= rank) return value_of(b.index);
  }
  return value_of(buckets_.back().index);
}

void Sketch::encode_to(std::string& out) const {
  std::int32_t last = 0;
  for (const Bucket& b : buckets_) {
    put_varint(out, static_cast<std::uint64_t>(b.index - last));
    put_varint(out, static_cast<std::uint64_t>(b.count));
    last = b.index;
  }
}

std::optional<Sketch> Sketch::decode(std::string_view bytes) {
  Sketch sketch;
  std::int64_t index = 0;
  while (!bytes.empty()) {
    const auto delta = take_varint(bytes), count = take_varint(bytes);
    constexpr auto kRoom = std::uint64_t{1} << 62;  // far from overflow, also when many are summed
    if (!delta || !count || *count == 0 || *count >= kRoom || static_cast<std::uint64_t>(sketch.count_) + *count >= kRoom) return {};
    if (*delta >= static_cast<std::uint64_t>(kCuts.used) || (*delta == 0 && !sketch.buckets_.empty())) return {};
    index += static_cast<std::int64_t>(*delta);
    if (index >= kCuts.used) return {};
    sketch.buckets_.push_back({static_cast<std::int32_t>(index), static_cast<std::int64_t>(*count)});
    sketch.count_ += static_cast<std::int64_t>(*count);
  }
  return sketch;
}

Sketch Sketch::of(std::vector<Bucket> ascending) {
  Sketch sketch;
  sketch.buckets_ = std::move(ascending);
  for (const Bucket& b : sketch.buckets_) sketch.count_ += b.count;
  return sketch;
}

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

std::optional<std::uint64_t> take_long_varint(std::string_view& bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto b = static_cast<unsigned char>(bytes[i]);
    if (i == 9 && b > 1) return {};
    value |= std::uint64_t{b & 0x7Fu} << (7 * i);
    if (b < 0x80) {
      bytes.remove_prefix(i + 1);
      return value;
    }
  }
  return {};
}

}  // namespace lectr
