#include "tests/unit/manifests/api_page.h"

#include <gtest/gtest.h>

#include "images/common/base/file.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

TEST(ApiPageTest, IsUpToDate) {
  const auto definition = ReadFile(SourcePath("manifests/crd/scalabilityexperiments.yaml"));
  const auto page = ReadFile(SourcePath("docs/api.md"));
  ASSERT_TRUE(definition.ok()) << definition.error().message;
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_TRUE(*page == RenderApiPage(*definition))
      << "docs/api.md is not what the schema says; run build/asan/tests/api_page > docs/api.md";
}

}  // namespace
}  // namespace clockwork::testing
