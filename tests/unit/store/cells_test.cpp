#include "store/cells.hpp"

#include <gtest/gtest.h>

#include "rows.hpp"
#include "store/search_cells.hpp"
#include "store/session.hpp"

namespace lectr::store {
namespace {

Cells cells_of(const std::vector<Event>& rows, Names& names) {
  Cells cells;
  for (const Event& e : rows) cells[dims_of(e, names)].add(e);
  return cells;
}
Sums total_of(const Cells& cells) {
  Sums total;
  for (const auto& entry : cells) total.merge(entry.second.sums);
  return total;
}

TEST(Cells, StoredAndReadAreTheSame) {
  Names names, others;
  others.id_of("numbers are another's here");
  const Cells cells = cells_of(RandomRows{1}.make(400, kStart, kDayUs), names);
  const StoredCells stored = encode(cells, names);
  Cells back;
  read_into(back, stored.index, stored.sums, others);
  EXPECT_EQ(back.size(), cells.size());
  EXPECT_TRUE(total_of(back) == total_of(cells));
  const StoredCells again = encode(back, others);
  EXPECT_EQ(again.index, stored.index);
  EXPECT_EQ(again.sums, stored.sums);
}

TEST(Cells, EqualOnesGiveEqualBytesInWhateverOrderTheyCame) {
  RandomRows random{2};
  auto rows = random.make(300, kStart, kDayUs);
  Names names, shuffled_names;
  const StoredCells stored = encode(cells_of(rows, names), names);
  std::shuffle(rows.begin(), rows.end(), random.dice());
  const StoredCells shuffled = encode(cells_of(rows, shuffled_names), shuffled_names);
  EXPECT_EQ(shuffled.index, stored.index);
  EXPECT_EQ(shuffled.sums, stored.sums);
}

// Cut short or changed anywhere, they are read as something or refused, and never beyond their end.
TEST(Cells, BadBytesAreRefusedOrHarmless) {
  Names names;
  const StoredCells stored = encode(cells_of(RandomRows{3}.make(12, kStart, kDayUs), names), names);
  std::mt19937_64 dice{3};
  int refused = 0;
  const auto try_one = [&](const std::string& index, const std::string& sums) {
    Names own;
    Cells cells;
    try {
      read_into(cells, index, sums, own);
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.error.code, Code::unavailable);
      ++refused;
    }
  };
  for (std::size_t n = 0; n < stored.index.size(); ++n) try_one(stored.index.substr(0, n), stored.sums);
  for (std::size_t n = 0; n < stored.sums.size(); ++n) try_one(stored.index, stored.sums.substr(0, n));
  EXPECT_EQ(refused, static_cast<int>(stored.index.size() + stored.sums.size()));
  for (int i = 0; i < 2'000; ++i) {
    StoredCells bad = stored;
    std::string& part = i % 2 == 0 ? bad.index : bad.sums;
    part[dice() % part.size()] = static_cast<char>(dice());
    try_one(bad.index, bad.sums);
  }
}

std::vector<Event> with_many_features(int features) {
  RandomRows random{4};
  std::vector<Event> rows;
  for (int i = 0; i < features; ++i) {
    Event e = random.one(kStart);
    e.feature = "user-" + std::to_string(i);
    rows.push_back(e);
    for (int twice = 0; twice < 2; ++twice) {
      e.feature = i % 2 == 0 ? "chat" : "search";
      rows.push_back(e);
    }
  }
  return rows;
}

TEST(BoundedCells, KeepTheMostUsedValuesAndEverySum) {
  Names names;
  Cells cells = cells_of(with_many_features(2'000), names);
  const Sums before = total_of(cells);
  std::map<std::uint32_t, std::int64_t> providers, bounded_providers;
  for (const auto& [dims, cell] : cells) providers[dims.provider] += cell.sums.requests;
  ASSERT_GT(cells.size(), 2'000u);
  bound(cells, names, 1'300);
  EXPECT_LE(cells.size(), 1'300u);
  EXPECT_TRUE(total_of(cells) == before);
  std::map<std::string, std::int64_t> features;
  for (const auto& [dims, cell] : cells) {
    features[names.text(dims.feature)] += cell.sums.requests;
    bounded_providers[dims.provider] += cell.sums.requests;
  }
  EXPECT_EQ(features["chat"], 2'000);
  EXPECT_EQ(features["search"], 2'000);
  EXPECT_GT(features[std::string{kOther}], 0);
  EXPECT_EQ(providers, bounded_providers);
}

TEST(BoundedCells, AreLeftAloneWhileTheyFit) {
  Names names;
  Cells cells = cells_of(with_many_features(20), names);
  const std::size_t before = cells.size();
  bound(cells, names);
  EXPECT_EQ(cells.size(), before);
}

TEST(BoundedCells, StayFindableByTheValuesThatWereJoined) {
  Names names;
  Cells cells = cells_of(with_many_features(2'000), names);
  bound(cells, names, 1'300);
  const StoredCells stored = encode(cells, names);
  const auto look = [&](RequestFilter filter) {
    Names own;
    const CellSearch search{filter, RequestSort::latency, own};
    CellReader reader{stored.index, own};
    return search.look(reader);
  };
  EXPECT_EQ(look({.feature = "chat"}).rows - look({.feature = "user-499"}).rows, 2'000) << "a value with a cell of its own is counted";
  EXPECT_GT(look({.feature = "user-499"}).rows, 0);
  EXPECT_GT(look({.feature = "user-499"}).peak, 0);
  EXPECT_TRUE(look({.feature = "user-499"}).unsure) << "looked for in minutes, not read as a whole";
  EXPECT_EQ(look({.provider = "none", .feature = "user-499"}).rows, 0);
}

}  // namespace
}  // namespace lectr::store
