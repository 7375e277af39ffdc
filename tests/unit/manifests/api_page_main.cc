// Prints docs/api.md as it should be.

#include <cstdio>

#include "images/common/base/file.h"
#include "tests/support/paths.h"
#include "tests/unit/manifests/api_page.h"

int main() {
  const auto definition =
      clockwork::ReadFile(clockwork::SourcePath("manifests/crd/scalabilityexperiments.yaml"));
  if (!definition.ok()) {
    std::fprintf(stderr, "api_page: %s\n", definition.error().message.c_str());
    return 1;
  }
  std::fputs(clockwork::testing::RenderApiPage(*definition).c_str(), stdout);
  return 0;
}
