#pragma once

// The table of values in charts/clockwork-operator/README.md, made from the comments in
// values.yaml. After a change of the values: build/tests/chart_page > FILE, and put it there.

#include <string>
#include <vector>

namespace clockwork::testing {

// A value that somebody may set: "image.tag". One whose comment stands above a group is the group
// as a whole ("resources").
struct ChartValue {
  std::string path;
  std::string standard;  // as one line
  std::string meaning;   // without the "--"; empty when it has no comment
};

// In the order of the file, which is indented by twos. Lists and maps below an explained key belong
// to it.
std::vector<ChartValue> ParseValues(const std::string& values_yaml);

std::string RenderValuesTable(const std::vector<ChartValue>& values);

}  // namespace clockwork::testing
