#include "images/client/core/minstd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace clockwork::client {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

std::vector<std::uint32_t> Outputs(std::uint64_t seed, int count) {
  Minstd random(seed);
  std::vector<std::uint32_t> outputs(static_cast<std::size_t>(count));
  for (std::uint32_t& output : outputs) output = random.Next();
  return outputs;
}

TEST(MinstdTest, GivesThePublishedSequenceOfSeedTwo) {
  EXPECT_THAT(Outputs(2, 4), ElementsAre(96542, 365211588, 435306125, 1681957627));
}

TEST(MinstdTest, SeedsAreTakenModuloTheModulusAndZeroBecomesOne) {
  EXPECT_EQ(Outputs(0, 3), Outputs(1, 3));
  EXPECT_EQ(Outputs(2147483647, 3), Outputs(1, 3));
  EXPECT_EQ(Outputs(2147483649, 3), Outputs(2, 3));
}

struct DrawCase {
  std::uint64_t seed;
  std::vector<std::uint64_t> draws;
};

class MinstdDrawTest : public ::testing::TestWithParam<DrawCase> {};

TEST_P(MinstdDrawTest, GivesTheDrawsOfTheSpecificationAtScaleOneHalf) {
  Minstd random(GetParam().seed);
  std::vector<std::uint64_t> draws;
  for (std::size_t i = 0; i < GetParam().draws.size(); ++i) {
    draws.push_back(random.NextExponential(0.5 / 60e9));
  }
  EXPECT_THAT(draws, ElementsAreArray(GetParam().draws));
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, MinstdDrawTest,
    ::testing::Values(DrawCase{0, {10664001289, 266643747547, 25240572838, 60901412108}},
                      DrawCase{1, {10664001289, 266643747547, 25240572838, 60901412108}},
                      DrawCase{2, {22368932578, 183466085622, 57244267864, 190766103029}},
                      DrawCase{3, {35340208363, 134810272735, 101016963251, 25884331002}},
                      DrawCase{100, {83958979114, 21083615722, 416763877477, 193636899169}}),
    [](const auto& test) { return "Seed" + std::to_string(test.param.seed); });

TEST(MinstdTest, DrawsHaveTheMeanAndSpreadOfTheirRate) {
  constexpr int kDraws = 200'000;
  constexpr double kMean = 5000;
  Minstd random(7);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto draw = static_cast<double>(random.NextExponential(1 / kMean));
    sum += draw;
    squares += draw * draw;
  }
  const double mean = sum / kDraws;
  EXPECT_NEAR(mean, kMean, 0.01 * kMean);
  EXPECT_NEAR(std::sqrt(squares / kDraws - mean * mean), kMean, 0.02 * kMean);
}

}  // namespace
}  // namespace clockwork::client
