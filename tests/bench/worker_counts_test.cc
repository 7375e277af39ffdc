#include "tests/bench/worker_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(WorkerCounts, AreAListOrARangeOrBoth) {
  EXPECT_THAT(*ParseWorkerCounts("40"), ElementsAre(40));
  EXPECT_THAT(*ParseWorkerCounts("150,10,40"), ElementsAre(10, 40, 150));
  EXPECT_THAT(*ParseWorkerCounts("10..45"), ElementsAre(10, 20, 30, 40));
  EXPECT_THAT(*ParseWorkerCounts("10..50:20"), ElementsAre(10, 30, 50));
  EXPECT_THAT(*ParseWorkerCounts("10..30,20,200"), ElementsAre(10, 20, 30, 200));
}

TEST(WorkerCounts, RefuseWhatIsNoCount) {
  for (const char* text : {"", "0", "10,", "20..10", "ten", "10..20:0", "10..", "10001"}) {
    const auto counts = ParseWorkerCounts(text);
    ASSERT_FALSE(counts.ok()) << text;
    EXPECT_THAT(counts.error().message, HasSubstr("--workers")) << text;
  }
}

}  // namespace
}  // namespace clockwork::bench
