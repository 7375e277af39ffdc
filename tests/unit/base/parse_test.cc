#include "images/common/base/parse.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clockwork {
namespace {

struct IntegerCase {
  const char* text;
  std::int64_t min;
  std::int64_t max;
  std::int64_t value;
};

TEST(ParseInteger, Accepts) {
  const IntegerCase cases[] = {
      {"0", 0, 10, 0},
      {"10", 0, 10, 10},
      {"-3", -5, 5, -3},
      {"007", 0, 10, 7},
      {"9223372036854775807", 0, INT64_MAX, INT64_MAX},
      {"-9223372036854775808", INT64_MIN, 0, INT64_MIN},
  };
  for (const auto& c : cases) {
    auto result = ParseInteger("x", c.text, c.min, c.max);
    ASSERT_TRUE(result.ok()) << c.text;
    EXPECT_EQ(*result, c.value) << c.text;
  }
}

TEST(ParseInteger, RejectsWhatIsNotAWholeNumber) {
  for (const char* text : {"", " ", "abc", "1a", "1.5", "1e3", "+1", " 1", "1 ", "0x10", "--1"}) {
    const auto result = ParseInteger("--gpus", text, 0, 9);
    ASSERT_FALSE(result.ok()) << "'" << text << "'";
    EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(result.error().message,
              "--gpus: '" + std::string(text) + "' is not a whole number; give one from 0 to 9");
  }
}

TEST(ParseInteger, RejectsWhatIsOutOfRange) {
  for (const char* text : {"-1", "10", "9223372036854775808", "99999999999999999999999"}) {
    const auto result = ParseInteger("--gpus", text, 0, 9);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().message,
              "--gpus: " + std::string(text) + " is out of range; give a whole number from 0 to 9");
  }
}

TEST(ParseDecimal, Accepts) {
  const std::pair<const char*, double> cases[] = {
      {"0.1", 0.1}, {"4", 4.0}, {"1e3", 1000.0}, {"-2.5", -2.5}, {".5", 0.5}};
  for (const auto& [text, value] : cases) {
    auto result = ParseDecimal("x", text);
    ASSERT_TRUE(result.ok()) << text;
    EXPECT_DOUBLE_EQ(*result, value) << text;
  }
}

TEST(ParseDecimal, RejectsEverythingElse) {
  for (const char* text : {"", "x", "1.5x", "inf", "nan", "1e999", "0,5", " 1"}) {
    const auto result = ParseDecimal("factor_min", text);
    ASSERT_FALSE(result.ok()) << "'" << text << "'";
    EXPECT_EQ(result.error().message, "factor_min: '" + std::string(text) +
                                          "' is not a number; give a decimal such as 0.5");
  }
}

TEST(ParseHostPort, AcceptsNamesAndAddresses) {
  for (const char* host : {"localhost", "127.0.0.1", "node-7.cluster.local"}) {
    auto result = ParseHostPort("WORKERS", std::string(host) + ":65535");
    ASSERT_TRUE(result.ok()) << host;
    EXPECT_EQ(result->host, host);
    EXPECT_EQ(result->port, 65535);
  }
}

TEST(ParseHostPort, RejectsAnAddressOfAnotherForm) {
  for (const char* text : {"", "localhost", ":12345", "::1:12345", "a:b:c"}) {
    const auto result = ParseHostPort("WORKERS", text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().message, "WORKERS: '" + std::string(text) +
                                          "' is not an address; give host:port, e.g. "
                                          "127.0.0.1:12345");
  }
}

TEST(ParseHostPort, RejectsAPortOutsideItsRange) {
  for (const char* port : {"0", "65536", "-1"}) {
    const auto result = ParseHostPort("WORKERS", std::string("host:") + port);
    ASSERT_FALSE(result.ok()) << port;
    EXPECT_EQ(result.error().message, "WORKERS: port: " + std::string(port) +
                                          " is out of range; give a whole number from 1 to 65535");
  }
  EXPECT_FALSE(ParseHostPort("WORKERS", "host:").ok());
  EXPECT_FALSE(ParseHostPort("WORKERS", "host:http").ok());
}

TEST(Split, KeepsEveryPiece) {
  using Pieces = std::vector<std::string_view>;
  EXPECT_EQ(Split("", ','), Pieces({""}));
  EXPECT_EQ(Split("a", ','), Pieces({"a"}));
  EXPECT_EQ(Split("a,b,,c", ','), Pieces({"a", "b", "", "c"}));
  EXPECT_EQ(Split(",", ','), Pieces({"", ""}));
}

}  // namespace
}  // namespace clockwork
