#include "operator/api/object_names.h"

#include <gtest/gtest.h>

#include <string>

namespace clockwork::api {
namespace {

struct Case {
  std::string text;
  bool dns_label, object_name, label_key, label_value;
};

TEST(ObjectNamesTest, AreThoseOfKubernetes) {
  const std::string label(63, 'a');
  const std::string name = label + "." + label + "." + label + "." + std::string(61, 'a');
  const Case cases[] = {
      {"", false, false, false, true},
      {"a", true, true, true, true},
      {"a-1", true, true, true, true},
      {"-a", false, false, false, false},
      {"a-", false, false, false, false},
      {"A", false, false, true, true},
      {"a_b", false, false, true, true},
      {"a.b", false, true, true, true},
      {"a..b", false, false, true, true},
      {".a", false, false, false, false},
      {"a b", false, false, false, false},
      {"clockwork.dev/role", false, false, true, false},
      {"/role", false, false, false, false},
      {"clockwork.dev/", false, false, false, false},
      {"a/b/c", false, false, false, false},
      {"Clockwork/role", false, false, false, false},
      {label, true, true, true, true},
      {label + "a", true, true, false, false},
      {name, false, true, false, false},
      {name + "a", false, false, false, false},
      {name + "/" + label, false, false, true, false},
      {"\xc3\xa4", false, false, false, false},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(IsDnsLabel(each.text), each.dns_label) << each.text;
    EXPECT_EQ(IsObjectName(each.text), each.object_name) << each.text;
    EXPECT_EQ(IsLabelKey(each.text), each.label_key) << each.text;
    EXPECT_EQ(IsLabelValue(each.text), each.label_value) << each.text;
  }
}

}  // namespace
}  // namespace clockwork::api
