// Feeds an input to an incremental parser in every way that matters. `run(pieces)` gives a comparable answer.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace lectr::wire::testing {

using Pieces = std::vector<std::string_view>;

inline unsigned seed() {
  static const unsigned value = [] {
    const char* given = std::getenv("LECTR_TEST_SEED");
    const unsigned chosen = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
    std::cout << "LECTR_TEST_SEED=" << chosen << '\n';
    return chosen;
  }();
  return value;
}

inline Pieces single_bytes(std::string_view text) {
  Pieces pieces;
  for (std::size_t i = 0; i < text.size(); ++i) pieces.push_back(text.substr(i, 1));
  return pieces;
}

inline Pieces random_pieces(std::string_view text, std::mt19937& random) {
  Pieces pieces;
  const std::size_t longest = 1 + random() % 40;
  while (!text.empty()) {
    const std::size_t size = std::min<std::size_t>(1 + random() % longest, text.size());
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

// The answer for the whole input, checked to be the same for single bytes, for every cut in two (inputs up to 2 KiB), for random cuts.
template <class Run>
std::string same_for_every_split(std::string_view text, Run run) {
  const std::string whole = run(Pieces{text});
  EXPECT_EQ(run(single_bytes(text)), whole) << "fed byte by byte: " << text.substr(0, 400);
  if (text.size() <= 2048) {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      const std::string cut = run(Pieces{text.substr(0, i), text.substr(i)});
      EXPECT_EQ(cut, whole) << "cut at " << i << ": " << text.substr(0, 400);
      if (cut != whole) break;
    }
  }
  std::mt19937 random{seed()};
  for (int i = 0; i < 20; ++i) EXPECT_EQ(run(random_pieces(text, random)), whole) << "random cut " << i << ": " << text.substr(0, 400);
  return whole;
}

}  // namespace lectr::wire::testing
