#include "images/telemetry/core/column.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace clockwork::telemetry {
namespace {

using Values = std::vector<std::uint64_t>;

Values ContentOf(const Column<std::uint64_t>& column) {
  Values values;
  column.ForEach([&](std::uint64_t value) { values.push_back(value); });
  return values;
}

// More than two of the large blocks, in pieces that end anywhere.
TEST(ColumnTest, HoldsWhatWasAppendedInItsOrder) {
  constexpr std::size_t kCount = kHugePageBytes / sizeof(std::uint64_t) * 5 / 2;
  Values values(kCount);
  std::iota(values.begin(), values.end(), 7);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{509}, kCount}) {
    Column<std::uint64_t> column;
    std::span<const std::uint64_t> rest(values);
    while (!rest.empty()) {
      const auto some = rest.first(std::min(piece, rest.size()));
      column.Append(some);
      rest = rest.subspan(some.size());
    }
    ASSERT_EQ(column.size(), kCount);
    ASSERT_EQ(ContentOf(column), values) << piece;
  }
}

TEST(ColumnTest, IsEmptyAtFirstAndWhenCleared) {
  Column<std::uint64_t> column;
  EXPECT_EQ(column.size(), 0U);
  EXPECT_EQ(ContentOf(column), Values());
  column.Append({});
  column.Add(5);
  column.Add(6);
  EXPECT_EQ(ContentOf(column), Values({5, 6}));
  column.Clear();
  EXPECT_EQ(column.size(), 0U);
  EXPECT_EQ(ContentOf(column), Values());
  column.Add(9);
  EXPECT_EQ(ContentOf(column), Values({9}));
}

}  // namespace
}  // namespace clockwork::telemetry
