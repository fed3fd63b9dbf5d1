#include "limits/grow_map.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <vector>

namespace lectr::limits {
namespace {

TEST(GrowMap, FindsWhatWasAdded) {
  GrowMap<int> map;
  EXPECT_EQ(map.find(7), nullptr);
  int& seven = map.get(7, [] { return 70; });
  EXPECT_EQ(map.find(7), &seven);
  EXPECT_EQ(&map.get(7, [] { return 0; }), &seven) << "made once";
  for (std::uint64_t key = 0; key < 5000; ++key) map.get(key, [&] { return static_cast<int>(key) * 10; });
  EXPECT_EQ(map.find(7), &seven) << "and stays where it is";
  for (std::uint64_t key = 0; key < 5000; ++key) ASSERT_EQ(*map.find(key), static_cast<int>(key) * 10);
  EXPECT_EQ(map.find(5000), nullptr);
}

TEST(GrowMap, VisitsEachOnce) {
  GrowMap<std::uint64_t> map;
  for (std::uint64_t key = 0; key < 3000; ++key) map.get(key, [&] { return key; });
  std::multiset<std::uint64_t> seen;
  map.visit([&](std::uint64_t value) { seen.insert(value); });
  EXPECT_EQ(seen.size(), 3000u);
  EXPECT_EQ(std::set<std::uint64_t>(seen.begin(), seen.end()).size(), 3000u);
}

// All go for the same keys, of which many share a head: each key must have one value that all of them found.
TEST(GrowMap, ThreadsThatAddTheSameGetTheSame) {
  struct Value {
    std::atomic<int> found{0};
  };
  constexpr int kThreads = 4, kKeys = 2000;
  GrowMap<std::shared_ptr<Value>> map;
  std::atomic<int> ready{0}, lost{0};
  std::atomic<std::size_t> seen{0};
  const auto work = [&] {
    ++ready;
    while (ready < kThreads) std::this_thread::yield();
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      const std::uint64_t key = i % 500 * 1024 + i / 500;
      ++map.get(key, [] { return std::make_shared<Value>(); })->found;
      if (map.find(key) == nullptr) ++lost;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work);
  threads.emplace_back([&] {
    for (int i = 0; i < 20; ++i) {
      std::size_t n = 0;
      map.visit([&](const auto& value) { n += value != nullptr; });
      EXPECT_GE(n, seen.load()) << "none goes away";
      seen = n;
    }
  });
  for (auto& t : threads) t.join();
  EXPECT_EQ(lost, 0);
  std::size_t values = 0;
  map.visit([&](const auto& value) {
    ++values;
    EXPECT_EQ(value->found, kThreads);
  });
  EXPECT_EQ(values, static_cast<std::size_t>(kKeys));
}

}  // namespace
}  // namespace lectr::limits
