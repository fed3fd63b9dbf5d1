#include "lectr/base/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lectr {
namespace {

TEST(Uuid, RoundTripsAndCarriesTimeVersionVariant) {
  UuidSource source;
  const Uuid id = source.next(0x0123456789AB);
  const std::string text = id.to_text();
  EXPECT_EQ(text.substr(0, 13), "01234567-89ab");
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string{"89ab"}.find(text[19]), std::string::npos);
  EXPECT_EQ(Uuid::parse(text), id);
}

TEST(Uuid, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "0123", "01234567-89ab-7000-8000-00000000000g", "01234567x89ab-7000-8000-000000000000", "01234567-89ab-7000-8000-0000000000000"})
    EXPECT_FALSE(Uuid::parse(bad)) << bad;
}

TEST(Uuid, IsUniqueWithinOneMillisecondAndOrderedAcross) {
  UuidSource source;
  std::set<Uuid> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(source.next(1));
  EXPECT_EQ(seen.size(), 10'000u);
  EXPECT_LT(*seen.rbegin(), source.next(2));
}

}  // namespace
}  // namespace lectr
