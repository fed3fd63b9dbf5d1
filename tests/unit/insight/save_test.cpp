#include <gtest/gtest.h>

#include "traffic.hpp"

namespace lectr::insight {
namespace {

TEST(Save, ARestartAtAnyPointOfAnEpisodeChangesNothing) {
  const auto buckets = make_traffic({}, 6 * 288, [](int i) { return i >= 1300 && i < 1330 ? 2.5 : 1.0; });
  Series straight;
  const auto want = judge_all(straight, buckets);
  ASSERT_FALSE(want.empty());
  for (const int stop : {1, 400, 1299, 1300, 1303, 1331, 1340}) {
    Series first;
    auto findings = judge_all(first, {buckets.begin(), buckets.begin() + stop});
    auto second = Series::load(first.save());
    ASSERT_TRUE(second);
    const auto rest = judge_all(*second, buckets);  // the older ones are ignored: a replay does no harm
    findings.insert(findings.end(), rest.begin(), rest.end());
    ASSERT_EQ(findings.size(), want.size()) << stop;
    for (std::size_t i = 0; i < want.size(); ++i) EXPECT_EQ(findings[i].at_us, want[i].at_us);
    EXPECT_EQ(second->save(), straight.save()) << stop;
  }
}

TEST(Save, IsBoundedAndSmall) {
  Series series;
  judge_all(series, make_traffic({}, 3000));
  EXPECT_LE(series.save().size(), 4600u);
  EXPECT_LE(series.save().size(), kMaxSaved);
}

TEST(Save, DamagedOrForeignBytesAreNoSeries) {
  Series series;
  judge_all(series, make_traffic({}, 700));
  const std::string good = series.save();
  ASSERT_TRUE(Series::load(good));
  EXPECT_FALSE(Series::load(""));
  EXPECT_FALSE(Series::load(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(Series::load(good + "x"));
  for (std::size_t i = 0; i < good.size(); i += 37) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(Series::load(bad)) << i;
  }
  std::string later = good;
  ++later[2];
  EXPECT_FALSE(Series::load(later)) << "another version";
}

TEST(Save, CopiesAreIndependent) {
  Series one;
  judge_all(one, make_traffic({}, 700));
  const Series copy = one;
  const std::string before = copy.save();
  judge_all(one, make_traffic({}, 800));
  EXPECT_EQ(copy.save(), before);
  EXPECT_NE(one.save(), before);
}

}  // namespace
}  // namespace lectr::insight
