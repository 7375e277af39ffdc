#include "images/common/model/libconfig_text.h"

#include <gtest/gtest.h>

namespace clockwork {
namespace {

struct SettingCase {
  const char* text;
  const char* wide;
};

class LibconfigTextTest : public ::testing::TestWithParam<SettingCase> {};

TEST_P(LibconfigTextTest, AddsTheSuffixWhereItIsMissing) {
  EXPECT_EQ(WithWideIntegers(GetParam().text), GetParam().wide);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, LibconfigTextTest,
    ::testing::Values(SettingCase{"", ""}, SettingCase{"a = 1;", "a = 1L;"},
                      SettingCase{"a = 1L;", "a = 1L;"}, SettingCase{"a = 1LL;", "a = 1LL;"},
                      SettingCase{"a = -12\n", "a = -12L\n"}, SettingCase{"a = 7", "a = 7L"},
                      SettingCase{"b16 = 5; c_2-3 = 6", "b16 = 5L; c_2-3 = 6L"},
                      SettingCase{"a = 0xFf; b = 0x1L", "a = 0xFfL; b = 0x1L"},
                      SettingCase{"a = 1.5; b = .5; c = 1e3; d = 2.0E-5; e = 3",
                                  "a = 1.5; b = .5; c = 1e3; d = 2.0E-5; e = 3L"},
                      SettingCase{"a = [1, 2]; b = (3, \"4\")", "a = [1L, 2L]; b = (3L, \"4\")"},
                      SettingCase{"a = \"x \\\" 5\"; b = 5", "a = \"x \\\" 5\"; b = 5L"},
                      SettingCase{"# 5\na = 5 // 6\n/* 7\n8 */ b = 9",
                                  "# 5\na = 5L // 6\n/* 7\n8 */ b = 9L"},
                      SettingCase{"a = \"5", "a = \"5"}, SettingCase{"a = \"5\\", "a = \"5\\"},
                      SettingCase{"/* 5", "/* 5"}, SettingCase{"// 5", "// 5"},
                      SettingCase{"a = /5", "a = /5L"}));

}  // namespace
}  // namespace clockwork
