#include "images/telemetry/core/number_format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace clockwork::telemetry {
namespace {

TEST(FormatFloatTest, IsThatOfThePublishedTables) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  struct Case {
    double value;
    const char* text;
  };
  for (const Case& c : {Case{0, "0.0"},
                        Case{-0.0, "-0.0"},
                        Case{1, "1.0"},
                        Case{-27, "-27.0"},
                        Case{0.1, "0.1"},
                        Case{2.033333333333333, "2.033333333333333"},
                        Case{99.73999999999995, "99.73999999999995"},
                        Case{0.0001, "0.0001"},
                        Case{0.00012, "0.00012"},
                        Case{0.00001, "1e-05"},
                        Case{3e-6, "3e-06"},
                        Case{3.3333322222225924e-13, "3.3333322222225924e-13"},
                        Case{5e-324, "5e-324"},
                        Case{1e15, "1000000000000000.0"},
                        Case{9999999999999998, "9999999999999998.0"},
                        Case{1e16, "1e+16"},
                        Case{1.5e16, "1.5e+16"},
                        Case{-1e22, "-1e+22"},
                        Case{1.7976931348623157e308, "1.7976931348623157e+308"},
                        Case{kInfinity, "inf"},
                        Case{-kInfinity, "-inf"},
                        Case{std::nan(""), ""}}) {
    EXPECT_EQ(FormatFloat(c.value), c.text);
  }
}

TEST(FormatIntegerTest, IsPlain) {
  EXPECT_EQ(FormatInteger(0), "0");
  EXPECT_EQ(FormatInteger(-3), "-3");
  EXPECT_EQ(FormatInteger(INT64_MAX), "9223372036854775807");
}

}  // namespace
}  // namespace clockwork::telemetry
