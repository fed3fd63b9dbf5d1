#include "proxy/calibrations.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lectr::proxy {
namespace {

TEST(Calibrations, AreByProviderAndModel) {
  Calibrations all;
  all.of("openai", "a").learn({{40, 0, 0, 0}, 10}, 10);
  EXPECT_EQ(all.of("openai", "a").streams(), 1U);
  EXPECT_EQ(all.of("openai", "b").streams(), 0U);
  EXPECT_EQ(all.of("azure", "a").streams(), 0U);
  EXPECT_EQ(all.known("groq", "a"), nullptr);
  EXPECT_NE(all.known("openai", "a"), nullptr);
}

TEST(Calibrations, ForgetTheOneThatWasAskedForLongestAgo) {
  Calibrations all;
  const wire::Measured text{{40, 0, 0, 0}, 10};
  for (std::size_t i = 0; i < Calibrations::kModels; ++i) all.of("p", std::to_string(i)).learn(text, 10);
  EXPECT_NE(all.known("p", "0"), nullptr);  // asked for just now
  EXPECT_EQ(all.of("p", "one more").streams(), 0U);
  EXPECT_NE(all.known("p", "0"), nullptr);
  EXPECT_EQ(all.known("p", "1"), nullptr);
  EXPECT_NE(all.known("p", "2"), nullptr);
}

}  // namespace
}  // namespace lectr::proxy
