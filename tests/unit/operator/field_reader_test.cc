#include "operator/api/field_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace clockwork::api {
namespace {

TEST(NearestNameTest, FindsWhatWasProbablyMeant) {
  const std::vector<std::string> names = {"factorMin", "factorMax", "periodSeconds", "trials"};
  struct Case {
    const char* text;
    const char* nearest;  // "" for none
  };
  for (const Case& each : {Case{"factorMin", "factorMin"}, Case{"factormin", "factorMin"},
                           Case{"factorMix", "factorMin"}, Case{"period_seconds", "periodSeconds"},
                           Case{"trial", "trials"}, Case{"workers", ""}, Case{"", ""}}) {
    EXPECT_EQ(NearestName(each.text, names).value_or(""), each.nearest) << each.text;
  }
  EXPECT_FALSE(NearestName(std::string(65, 'a'), {std::string(65, 'a')}).has_value());
}

TEST(FieldReaderTest, BadFieldsKeepTheirDefaults) {
  const auto json =
      nlohmann::json::parse(R"({"a": "x", "b": 7, "list": [1, "y"], "texts": {"k": 1}})");
  FieldErrors errors;
  std::int64_t a = 1;
  bool b = true;
  TextMap texts = {{"kept", "kept"}};
  FieldReader reader(&json, "root", &errors);
  reader.Integer("a", 0, 9, &a);
  reader.Boolean("b", &b);
  reader.Ignore("list");
  reader.Texts("texts", &texts);
  reader.Finish();
  EXPECT_EQ(a, 1);
  EXPECT_TRUE(b);
  EXPECT_EQ(errors, FieldErrors({"root.a: must be a whole number from 0 to 9, not \"x\"",
                                 "root.b: must be true or false, not 7",
                                 "root.texts.k: must be a text, not 1"}));
}

TEST(FieldReaderTest, TextsAndMapsAreBounded) {
  nlohmann::json json = {{"text", std::string(11, 'a')}, {"map", nlohmann::json::object()}};
  for (std::size_t i = 0; i <= kMaxMapEntries; ++i) json["map"][std::to_string(i)] = "x";
  FieldErrors errors;
  std::string text;
  TextMap map;
  FieldReader reader(&json, "", &errors);
  reader.Text("text", 10, &text);
  reader.Texts("map", &map);
  EXPECT_EQ(errors, FieldErrors({"text: is 11 bytes long; at most 10 are allowed",
                                 "map: has 65 entries; at most 64 are allowed"}));
}

}  // namespace
}  // namespace clockwork::api
