#include "operator/kube/lease_record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/kube/api_time.h"

namespace clockwork::kube {
namespace {

using Json = nlohmann::json;

TEST(ApiTime, IsWrittenAsTheApiWantsIt) {
  constexpr Nanos kPoint = 1'769'860'800 * kSecond + 1'234'567;
  EXPECT_EQ(MicroTime(kPoint), "2026-01-31T12:00:00.001234Z");
  EXPECT_EQ(SecondTime(kPoint), "2026-01-31T12:00:00Z");
  EXPECT_EQ(MicroTime(0), "1970-01-01T00:00:00.000000Z");
}

TEST(ApiTime, IsReadInBothForms) {
  struct Case {
    const char* text;
    Nanos unix_ns;
  };
  const Case cases[] = {
      {"2026-01-31T12:00:00.001234Z", 1'769'860'800 * kSecond + 1'234'000},
      {"2026-01-31T12:00:00Z", 1'769'860'800 * kSecond},
      {"2026-01-31T12:00:00.5Z", 1'769'860'800 * kSecond + 500 * kMillisecond},
      {"2026-01-31T12:00:00.123456789Z", 1'769'860'800 * kSecond + 123'456'789},
      {"", 0},
      {"2026-01-31T12:00:00", 0},
      {"2026-01-31T12:00:00+01:00", 0},
      {"2026-02-30T12:00:00Z", 0},
      {"2026-01-31T24:00:00Z", 0},
      {"2026-01-31T12:00:00.Z", 0},
      {"2026-01-31T12:00:00.1234567890Z", 0},
      {"2026-01-31T12:00:00.12a4Z", 0},
      {"9999-01-31T12:00:00Z", 0},
      {"2026-01-31 12:00:00Z", 0},
      {"yesterday, at noon or so", 0},
  };
  for (const Case& c : cases) EXPECT_EQ(ParseApiTime(c.text), c.unix_ns) << c.text;
}

TEST(LeaseRecord, IsReadBackAsItWasWritten) {
  const LeaseRecord record{"host_1", 15, 1'769'860'800 * kSecond, 1'769'860'802 * kSecond, 4, "77"};
  Json lease = {{"metadata", {{"name", "x"}, {"labels", {{"kept", "yes"}}}}}};
  EncodeLease(record, &lease);
  EXPECT_EQ(lease["metadata"]["labels"]["kept"], "yes");
  EXPECT_EQ(lease["spec"]["renewTime"], "2026-01-31T12:00:02.000000Z");
  const auto read = DecodeLease(lease);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, record);
}

TEST(LeaseRecord, MissingAndOddFieldsAreAsIfEmpty) {
  for (const char* text : {R"({"metadata":{}})", R"({"metadata":{},"spec":null})",
                           R"({"metadata":{"resourceVersion":7},"spec":[]})",
                           R"({"metadata":{},"spec":{"holderIdentity":null,"renewTime":3}})"}) {
    const auto record = DecodeLease(Json::parse(text));
    ASSERT_TRUE(record.ok()) << text;
    EXPECT_EQ(*record, LeaseRecord()) << text;
  }
  for (const char* text : {"{}", "[]", "null", R"({"metadata":"x"})"}) {
    const auto record = DecodeLease(Json::parse(text));
    ASSERT_FALSE(record.ok()) << text;
    EXPECT_EQ(record.error().failure, Failure::kMalformed);
  }
}

}  // namespace
}  // namespace clockwork::kube
