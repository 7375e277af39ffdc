// Prints the table of values for charts/clockwork-operator/README.md.

#include <cstdio>

#include "images/common/base/file.h"
#include "tests/chart/chart_page.h"
#include "tests/support/paths.h"

int main() {
  const auto values =
      clockwork::ReadFile(clockwork::SourcePath("charts/clockwork-operator/values.yaml"));
  if (!values.ok()) {
    std::fprintf(stderr, "chart_page: %s\n", values.error().message.c_str());
    return 1;
  }
  using clockwork::testing::ParseValues;
  std::fputs(clockwork::testing::RenderValuesTable(ParseValues(*values)).c_str(), stdout);
  return 0;
}
