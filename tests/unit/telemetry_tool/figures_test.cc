#include "images/telemetry/core/figures.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clockwork::telemetry {
namespace {

Table Parse(const std::string& text) {
  auto table = DecodeTable(text);
  EXPECT_TRUE(table.ok()) << text;
  return table.ok() ? *table : Table{};
}

using Figure = Result<Table> (*)(const std::vector<Table>& trials, std::size_t* failed);

std::string Draw(Figure figure, const std::string& header, const std::vector<std::string>& trials) {
  std::vector<Table> tables(trials.size());
  for (std::size_t i = 0; i < trials.size(); ++i) tables[i] = Parse(header + trials[i]);
  std::size_t failed = 0;
  const auto table = figure(tables, &failed);
  EXPECT_TRUE(table.ok());
  return table.ok() ? EncodeTable(*table) : "";
}

std::string Left(const std::vector<std::string>& trials) {
  return Draw(LeftFigure, "bucket\tt\tgoodput\tbatchsize\tthroughput\n", trials);
}

std::string Right(const std::vector<std::string>& trials) {
  return Draw(RightFigure, "num_models\tgoodput\n", trials);
}

TEST(MedianTest, OfAnEvenNumberIsTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(Median({}), std::nullopt);
  EXPECT_EQ(Median({3}), 3);
  EXPECT_EQ(Median({4, 1}), 2.5);
  EXPECT_EQ(Median({9, 1, 2}), 2);
  EXPECT_EQ(Median({9, 1, 2, 4}), 3);
}

TEST(LeftFigureTest, MedianByPosition) {
  EXPECT_EQ(Left({"0\t0.0\t1\t2\t3\n1\t1.0\t5\t5\t5\n", "0\t0.0\t2\t4\t8\n1\t1.0\t6\t\t7\n"}),
            "bucket\tt\tgoodput0\tbatchsize0\tthroughput0\tgoodput1\tbatchsize1\tthroughput1\t"
            "goodput_median\tbatchsize_median\tthroughput_median\n"
            "0\t0.0\t1.0\t2.0\t3.0\t2.0\t4.0\t8.0\t1.5\t3.0\t5.5\n"
            "1\t1.0\t5.0\t5.0\t5.0\t6.0\t\t7.0\t5.5\t5.0\t6.0\n");
}

TEST(LeftFigureTest, ALaterTrialWithMoreRowsHasNoBucketThere) {
  EXPECT_EQ(Left({"0\t0.0\t1\t2\t3\n", "0\t0.0\t2\t4\t8\n1\t1.0\t6\t5\t7\n"}),
            "bucket\tt\tgoodput0\tbatchsize0\tthroughput0\tgoodput1\tbatchsize1\tthroughput1\t"
            "goodput_median\tbatchsize_median\tthroughput_median\n"
            "0.0\t0.0\t1.0\t2.0\t3.0\t2.0\t4.0\t8.0\t1.5\t3.0\t5.5\n"
            "\t\t\t\t\t6.0\t5.0\t7.0\t6.0\t5.0\t7.0\n");
}

TEST(LeftFigureTest, AnEarlierTrialMayBeLonger) {
  EXPECT_EQ(Left({"0\t0.0\t1\t2\t3\n1\t1.0\t6\t5\t7\n", ""}),
            "bucket\tt\tgoodput0\tbatchsize0\tthroughput0\tgoodput1\tbatchsize1\tthroughput1\t"
            "goodput_median\tbatchsize_median\tthroughput_median\n"
            "0\t0.0\t1.0\t2.0\t3.0\t\t\t\t1.0\t2.0\t3.0\n"
            "1\t1.0\t6.0\t5.0\t7.0\t\t\t\t6.0\t5.0\t7.0\n");
}

TEST(LeftFigureTest, NamesTheTrialThatIsDamaged) {
  const Table good = Parse("bucket\tt\tgoodput\tbatchsize\tthroughput\n0\t0\t1\t2\t3\n");
  std::size_t failed = 9;
  EXPECT_FALSE(LeftFigure({good, Parse("bucket\tt\n0\t0\n")}, &failed).ok());
  EXPECT_EQ(failed, 1U);
}

TEST(RightFigureTest, FewerTrialsHaveEmptyColumns) {
  EXPECT_EQ(Right({"10\t5\n20\t8\n"}),
            "num_models\tgoodput0\tgoodput1\tgoodput2\tgoodput_median\n"
            "0\t0.0\t0.0\t0.0\t0.0\n"
            "10\t5.0\t\t\t5.0\n"
            "20\t8.0\t\t\t8.0\n");
}

TEST(RightFigureTest, MoreTrialsFollowTheMedian) {
  EXPECT_EQ(Right({"10\t1\n", "10\t2\n", "10\t4\n", "10\t8\n", "10\t16\n"}),
            "num_models\tgoodput0\tgoodput1\tgoodput2\tgoodput_median\tgoodput3\tgoodput4\n"
            "0\t0.0\t0.0\t0.0\t0.0\t\t\n"
            "10\t1.0\t2.0\t4.0\t4.0\t8.0\t16.0\n");
}

TEST(RightFigureTest, EmptyCellsAndMissingConfigsAreLeftOut) {
  EXPECT_EQ(Right({"10\t\n20\t8\n", "20\t4\n30\t\n", "10\t3\n20\t1\n"}),
            "num_models\tgoodput0\tgoodput1\tgoodput2\tgoodput_median\n"
            "0\t0.0\t0.0\t0.0\t0.0\n"
            "10\t\t\t3.0\t3.0\n"
            "20\t8.0\t4.0\t1.0\t4.0\n"
            "30\t\t\t\t\n");
}

}  // namespace
}  // namespace clockwork::telemetry
