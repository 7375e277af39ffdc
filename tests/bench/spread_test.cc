#include "tests/bench/spread.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clockwork::bench {
namespace {

struct Case {
  const char* what;
  std::vector<double> values;
  std::string line;
};

TEST(SpreadTest, Table) {
  const Case cases[] = {
      {"nothing of none", {}, "null"},
      {"one is all three", {3}, R"({"median":3.0,"min":3.0,"max":3.0})"},
      {"the middle one in whatever order", {9, 1, 2}, R"({"median":2.0,"min":1.0,"max":9.0})"},
      {"the mean of the middle two", {4, 9, 1, 2}, R"({"median":3.0,"min":1.0,"max":9.0})"},
  };
  for (const Case& each : cases) EXPECT_EQ(Spread(each.values).dump(), each.line) << each.what;
}

}  // namespace
}  // namespace clockwork::bench
