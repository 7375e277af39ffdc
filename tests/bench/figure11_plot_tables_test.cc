#include "tests/bench/figure11_plot_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bench/sweep_row.h"

namespace clockwork::bench {
namespace {

using testing::AddTrial;
using ::testing::EndsWith;
using testing::Row;

TEST(PlotTables, HaveAColumnPerTrial) {
  SweepRow two = Row(20, 1980, 2000);
  AddTrial(1970, "the client lagged 2 us", &two);
  const std::vector<SweepRow> rows = {Row(10, 990, 1000), two};
  EXPECT_EQ(AggregateTable(rows),
            "num_models\tgoodput0\tgoodput1\tgoodput_median\n0\t0.0\t0.0\t0.0\n"
            "10\t990\t\t990\n20\t1980\t1970\t1980\n");
  EXPECT_EQ(ValidityTable(rows),
            "num_models\tgoodput0\tgoodput1\tgoodput_median\n0\t1\t1\t1\n"
            "10\t1\t\t1\n20\t1\t0\t1\n");
  EXPECT_EQ(IdealTable(rows), "workers,goodput_rps\n0,0\n10,1000\n20,2000\n");
}

TEST(PlotTables, TheLeftOneHasTheMediansOfTheValidTrialsAndWhatIsOffered) {
  SweepRow row = Row(40, 990, 1000);
  AddTrial(980, "", &row);
  AddTrial(700, "late", &row);
  row.ideal.steps = {{0.1, 1000, 999, 1}};
  row.buckets = {
      {1, {{0, 980, 990, 1.5}}}, {2, {{0, 990, 991, 1}}}, {3, {{0, 700, 995, 9}, {1, 10, 20, 2}}}};
  EXPECT_EQ(LeftTable(row, 3),
            "bucket\tt\tgoodput0\tbatchsize0\tthroughput0\tgoodput1\tbatchsize1\tthroughput1\t"
            "goodput2\tbatchsize2\tthroughput2\t"
            "goodput_median\tbatchsize_median\tthroughput_median\toffered\n"
            "0\t0\t980\t1.5\t990\t990\t1\t991\t700\t9\t995\t985\t1.25\t990.5\t1000\n"
            "1\t0.05\t\t\t\t\t\t\t10\t2\t20\t10\t2\t20\t\n");
}

TEST(PlotTables, AMedianIsNotValidOnlyWhereNoTrialIs) {
  SweepRow missing = Row(10, 990, 1000);  // a trial of those that were planned
  missing.result.valid = false;
  SweepRow one = Row(10, 990, 1000, "late");
  AddTrial(980, "", &one);
  SweepRow none = Row(10, 990, 1000, "late");
  AddTrial(980, "late", &none);
  struct Case {
    SweepRow row;
    const char* flags;
  };
  const Case cases[] = {
      {missing, "\n10\t1\t1\n"}, {one, "\n10\t0\t1\t1\n"}, {none, "\n10\t0\t0\t0\n"}};
  for (const Case& each : cases) EXPECT_THAT(ValidityTable({each.row}), EndsWith(each.flags));
}

TEST(PlotTables, ATrialThatIsNotValidIsCalledLateIfThatIsAll) {
  const SweepRow late = Row(10, 990, 1000, "the client lagged 2 us behind its schedule");
  EXPECT_EQ(NotValidLabel({late, Row(20, 1, 1)}), "trial with a late load generator (not valid)");
  EXPECT_EQ(NotValidLabel({late, Row(20, 1, 1, "3 requests were not answered")}),
            "trial that is not valid");
}

}  // namespace
}  // namespace clockwork::bench
