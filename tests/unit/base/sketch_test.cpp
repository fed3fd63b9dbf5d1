#include "lectr/base/sketch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace lectr {
namespace {

constexpr std::int64_t kTenDays = 10ll * 24 * 3600 * 1'000'000;

std::vector<std::int64_t> latencies(std::mt19937_64& dice, std::size_t n) {
  std::lognormal_distribution<double> shape{13, 2.5};
  std::vector<std::int64_t> values(n);
  for (auto& v : values) v = static_cast<std::int64_t>(std::min(shape(dice), 8e11));
  return values;
}
Sketch of(const std::vector<std::int64_t>& values) {
  Sketch sketch;
  for (const auto v : values) sketch.add(v);
  return sketch;
}

TEST(Sketch, EveryBucketHasAMemberWithinOnePercentOfAllOthers) {
  std::int64_t v = 1;
  for (int bucket = 0;; ++bucket) {
    ASSERT_EQ(Sketch::bucket_of(v), bucket) << v;
    const auto stands = static_cast<double>(Sketch::value_of(bucket));
    std::int64_t low = v, high = kTenDays + 1;  // the last of this bucket, by bisection
    while (high - low > 1) (Sketch::bucket_of(low + (high - low) / 2) == bucket ? low : high) = low + (high - low) / 2;
    for (const std::int64_t edge : {v, low})
      EXPECT_LE(std::abs(stands - static_cast<double>(edge)), Sketch::kRelativeError * static_cast<double>(edge) + 1e-9) << bucket;
    if (high > kTenDays) break;
    v = high;
  }
}

TEST(Sketch, QuantilesAreWithinOnePercentOfTheNearestRank) {
  std::mt19937_64 dice{20260102};
  for (const std::size_t n : {1u, 2u, 3u, 10u, 99u, 100u, 101u, 5'000u}) {
    auto values = latencies(dice, n);
    const Sketch sketch = of(values);
    std::sort(values.begin(), values.end());
    for (const int permille : {0, 1, 500, 900, 950, 990, 1000}) {
      const std::size_t rank = std::max<std::size_t>(1, (n * static_cast<std::size_t>(permille) + 999) / 1000);
      const auto want = static_cast<double>(std::max<std::int64_t>(values[rank - 1], 1));
      EXPECT_NEAR(static_cast<double>(sketch.quantile_us(permille)), want, want * Sketch::kRelativeError + 1e-9) << n << ' ' << permille;
    }
  }
}

TEST(Sketch, SmallNumbersAreExactAndOthersStayInRange) {
  for (const std::int64_t v : {1, 2, 50, 98, 99}) EXPECT_EQ(of({v}).quantile_us(500), v);
  for (const std::int64_t v : {0ll, -5ll, std::numeric_limits<long long>::min()}) EXPECT_EQ(of({v}), of({1}));
  EXPECT_EQ(of({std::numeric_limits<std::int64_t>::max()}), of({kTenDays}));
  EXPECT_EQ(Sketch{}.quantile_us(500), -1);
}

TEST(Sketch, MergingInAnyOrderIsAddingAll) {
  std::mt19937_64 dice{7};
  std::vector<std::int64_t> all;
  std::vector<Sketch> parts;
  for (int i = 0; i < 12; ++i) {
    const auto values = latencies(dice, static_cast<std::size_t>(i * i));
    all.insert(all.end(), values.begin(), values.end());
    parts.push_back(of(values));
  }
  for (int round = 0; round < 5; ++round) {
    std::shuffle(parts.begin(), parts.end(), dice);
    Sketch merged;
    for (const Sketch& part : parts) merged.merge(part);
    EXPECT_EQ(merged, of(all));
    EXPECT_EQ(merged.count(), static_cast<std::int64_t>(all.size()));
  }
}

TEST(Sketch, StoredAndReadIsTheSame) {
  std::mt19937_64 dice{11};
  for (const std::size_t n : {0u, 1u, 7u, 2'000u}) {
    const Sketch sketch = of(latencies(dice, n));
    std::string bytes;
    sketch.encode_to(bytes);
    const auto back = Sketch::decode(bytes);
    ASSERT_TRUE(back) << n;
    EXPECT_EQ(*back, sketch);
  }
}

TEST(Sketch, BadBytesAreNoSketchAndDoNoHarm) {
  const std::string bad[] = {std::string("\x05\x00", 2),  // a count of 0
                             "\x05",
                             "\x80",
                             std::string(11, '\xFF'),
                             std::string("\x05\x01\x00\x01", 4),
                             std::string("\xFF\xFF\x01\x01", 4),
                             std::string("\x05\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11)};
  for (const std::string& bytes : bad) EXPECT_FALSE(Sketch::decode(bytes)) << testing::PrintToString(bytes);
  std::mt19937_64 dice{13};
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(dice() % 12, '\0');
    for (char& c : bytes) c = static_cast<char>(dice() % 4 == 0 ? dice() : dice() % 32);
    const auto sketch = Sketch::decode(bytes);
    if (!sketch) continue;
    ++read;
    std::string again;
    sketch->encode_to(again);
    EXPECT_EQ(Sketch::decode(again), sketch);
    EXPECT_GE(sketch->count(), 0);
  }
  EXPECT_GT(read, 100);
}

}  // namespace
}  // namespace lectr
