#include "images/common/telemetry/manifest.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace clockwork::telemetry {
namespace {

TEST(ManifestTest, IsTheDocumentedJson) {
  const Manifest manifest{.complete = true,
                          .request_rows = 1234,
                          .action_rows = 567,
                          .first_request_ns = 1'600'000'000'000'000'001,
                          .last_request_ns = 1'600'000'000'000'000'002,
                          .dropped_request_rows = 3,
                          .dropped_action_rows = UINT64_MAX,
                          .shed_requests = 12};
  EXPECT_EQ(EncodeManifest(manifest),
            R"({"version":1,"complete":true,"requestRows":1234,"actionRows":567,)"
            R"("firstRequestNs":1600000000000000001,"lastRequestNs":1600000000000000002,)"
            R"("droppedRequestRows":3,"droppedActionRows":18446744073709551615,"shedRequests":12})"
            "\n");
  const auto decoded = DecodeManifest(EncodeManifest(manifest));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(*decoded, manifest);
}

TEST(ManifestTest, AnEarlierVersionToldNothingOfShedRequests) {
  std::string text = EncodeManifest({.request_rows = 5});
  const std::string field = ",\"shedRequests\":0";
  ASSERT_NE(text.find(field), std::string::npos);
  text.erase(text.find(field), field.size());
  const auto decoded = DecodeManifest(text);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(*decoded, (Manifest{.request_rows = 5}));
}

TEST(ManifestTest, RejectsEverythingElse) {
  const std::string good = EncodeManifest({});
  ASSERT_TRUE(DecodeManifest(good).ok());
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), good.substr(0, good.size() / 2),
        with("\"version\":1", "\"version\":2"), with("\"requestRows\":0", "\"requestRows\":-1"),
        with("\"actionRows\":0", "\"actionRows\":1.5"), with("complete", "completed"),
        with("false", "\"yes\""), with("\"shedRequests\":0", "\"shedRequests\":-1")}) {
    const auto decoded = DecodeManifest(text);
    ASSERT_FALSE(decoded.ok()) << text;
    EXPECT_FALSE(decoded.error().message.empty()) << text;
  }
}

}  // namespace
}  // namespace clockwork::telemetry
