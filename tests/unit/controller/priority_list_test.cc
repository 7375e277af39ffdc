#include "images/controller/core/priority_list.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "images/controller/core/wide_vectors.h"

namespace clockwork::controller {
namespace {

bool Named(const std::vector<std::uint64_t>& words, std::uint32_t member) {
  return (words[member / 64] >> (member % 64) & 1) != 0;
}

std::uint32_t Largest(const PriorityList& list, const std::vector<std::uint64_t>& words) {
  // Among equals the one with the larger number.
  return list.Largest([&words](std::size_t w) { return words[w]; },
                      [](std::uint32_t a, std::uint32_t b) { return a > b; });
}

TEST(PriorityListTest, NoneIsNamed) {
  PriorityList list(100);
  list.Set(3, 7);
  EXPECT_EQ(Largest(list, {0, 0}), PriorityList::kNone);
}

TEST(PriorityListTest, ValuesAreKeptAndTheSmallestPossibleOneIsFound) {
  PriorityList list(70);
  list.Set(69, INT64_MIN);
  EXPECT_EQ(list.Get(69), INT64_MIN);
  EXPECT_EQ(Largest(list, {0, std::uint64_t{1} << 5}), 69U);
}

void ExpectWhatALookAtEachFinds(std::uint32_t members) {
  std::mt19937_64 random(members);  // the same every time
  PriorityList list(members);
  std::vector<std::int64_t> values(members);
  std::vector<std::uint64_t> words((members + 63) / 64);
  for (int step = 0; step < 3000; ++step) {
    const auto member = static_cast<std::uint32_t>(random() % members);
    values[member] = static_cast<std::int64_t>(random() % 20) - 10;  // many equals
    list.Set(member, values[member]);
    words[member / 64] ^= std::uint64_t{1} << (member % 64);
    std::uint32_t expected = PriorityList::kNone;
    for (std::uint32_t m = 0; m < members; ++m) {
      if (!Named(words, m)) continue;
      if (expected == PriorityList::kNone || values[m] >= values[expected]) expected = m;
    }
    ASSERT_EQ(Largest(list, words), expected) << step;
  }
}

class RandomPriorities : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  ~RandomPriorities() override { UseWideVectors(true); }
};

TEST_P(RandomPriorities, FindsWhatALookAtEachFinds) { ExpectWhatALookAtEachFinds(GetParam()); }

TEST_P(RandomPriorities, FindsItWithoutWideVectors) {
  UseWideVectors(false);
  ExpectWhatALookAtEachFinds(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Members, RandomPriorities, ::testing::Values(1, 63, 64, 65, 300));

}  // namespace
}  // namespace clockwork::controller
