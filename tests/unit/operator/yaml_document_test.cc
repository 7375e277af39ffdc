#include "operator/api/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include <nlohmann/json.hpp>

namespace clockwork::api {
namespace {

struct ScalarCase {
  const char* yaml;
  const char* json;
};

void PrintTo(const ScalarCase& each, std::ostream* out) { *out << each.yaml; }

class ScalarTest : public ::testing::TestWithParam<ScalarCase> {};

TEST_P(ScalarTest, HasTheTypeOfYaml12) {
  auto document = ParseYamlDocument(std::string("a: ") + GetParam().yaml);
  ASSERT_TRUE(document.ok()) << document.error().message;
  EXPECT_EQ((*document)["a"].dump(), GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ScalarTest,
    ::testing::Values(ScalarCase{"", "null"}, ScalarCase{"~", "null"}, ScalarCase{"null", "null"},
                      ScalarCase{"true", "true"}, ScalarCase{"False", "false"},
                      ScalarCase{"yes", "\"yes\""}, ScalarCase{"12", "12"}, ScalarCase{"-3", "-3"},
                      ScalarCase{"+3", "3"}, ScalarCase{"0.1", "0.1"}, ScalarCase{"1e3", "1000.0"},
                      ScalarCase{".inf", "\".inf\""}, ScalarCase{"inf", "\"inf\""},
                      ScalarCase{"nan", "\"nan\""}, ScalarCase{"1_000", "\"1_000\""},
                      ScalarCase{"\"12\"", "\"12\""}, ScalarCase{"'true'", "\"true\""},
                      ScalarCase{"text", "\"text\""},
                      ScalarCase{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82",
                                 "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\""},
                      ScalarCase{"[1, x]", "[1,\"x\"]"}, ScalarCase{"{b: 1}", "{\"b\":1}"},
                      ScalarCase{"|\n  12", "\"12\""}));

struct BadDocument {
  std::string yaml;
  const char* message;
};

void PrintTo(const BadDocument& each, std::ostream* out) { *out << each.message; }

class BadDocumentTest : public ::testing::TestWithParam<BadDocument> {};

TEST_P(BadDocumentTest, IsRefusedWithItsPlace) {
  auto document = ParseYamlDocument(GetParam().yaml);
  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(document.error().message, ::testing::StartsWith(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadDocumentTest,
    ::testing::Values(
        BadDocument{"", "holds no experiment; it is empty"},
        BadDocument{"# only a remark\n", "holds no experiment; it is empty"},
        BadDocument{"a: 1\nb: [\n", "line 3, column 1: not valid YAML"},
        BadDocument{"a: 1\n b: 2\n", "line 2, column 3: not valid YAML"},
        BadDocument{"a: \"b\" c\n", "line 1"},
        BadDocument{"a: 1\nb: 2\na: 3\n", "line 3, column 1: a is given twice; remove one"},
        BadDocument{"x: {y: 1, y: 2}\n", "line 1, column 11: y is given twice; remove one"},
        BadDocument{"a: 1\n---\nb: 2\n", "line 3, column 1: a second document starts here"},
        BadDocument{"a: 1\nb: caf\xe9\n", "line 2: is not UTF-8 text; save the file as UTF-8"},
        BadDocument{"a: \xed\xa0\x80", "line 1: is not UTF-8"},
        BadDocument{"a: \xf4\x90\x80\x80", "line 1: is not UTF-8"},
        BadDocument{"a: \xc0\x80", "line 1: is not UTF-8"},
        BadDocument{"a: \xe2\x82", "line 1: is not UTF-8"},
        BadDocument{"{a: 1},", "line 1, column 7: not valid YAML: what follows does not belong"},
        BadDocument{"{a: 1},\n b: 2\n", "line 1, column 7: not valid YAML"},
        BadDocument{"[1]: 2\n", "line 1, column 1: a key must be a plain text"},
        BadDocument{"a: !thing 2\n", "line 1, column 4: the tag !thing is not supported"},
        BadDocument{"a: *b\n", "line 1"},
        BadDocument{std::string(kMaxDocumentBytes + 1, '#'), "is 1048577 bytes long"}));

TEST(YamlDocumentTest, NestingIsBounded) {
  const std::string text = std::string(40, '[') + std::string(40, ']');
  auto document = ParseYamlDocument(text);
  ASSERT_FALSE(document.ok());
  EXPECT_THAT(document.error().message, ::testing::HasSubstr("nested deeper than 32 levels"));
}

TEST(YamlDocumentTest, AliasesCannotBlowUpADocument) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) text += ", " + before;
    text += "]\n";
  }
  auto document = ParseYamlDocument(text);
  ASSERT_FALSE(document.ok());
  EXPECT_THAT(document.error().message, ::testing::HasSubstr("more than 100000 values"));
}

TEST(YamlDocumentTest, WrittenTextsKeepTheirType) {
  const nlohmann::ordered_json document = {
      {"b", "0.1"}, {"a", 4}, {"t", "true"}, {"n", ""}, {"s", "plain: no"}, {"o", {{"x", {1, 2}}}}};
  const std::string text = WriteYamlDocument(document);
  EXPECT_THAT(text, ::testing::StartsWith("b: \"0.1\"\na: 4\n"));
  auto read = ParseYamlDocument(text);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, nlohmann::json(document));
}

}  // namespace
}  // namespace clockwork::api
