#include "operator/remote/fetch_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "images/common/base/file.h"
#include "images/common/plan/tree.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::remote {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

using Tree = std::map<std::string, std::string>;  // text by path

// DIRECTORY is "out"; its siblings are those of the person who asks for it.
class FetchTargetTest : public ::testing::Test {
 protected:
  void Write(const Tree& tree) const {
    for (const auto& [name, text] : tree) {
      const std::string path = directory_ / name;
      fs::create_directories(fs::path(path).parent_path());
      ASSERT_TRUE(WriteFileAtomically(path, text).ok()) << name;
    }
  }
  Tree Read() const {
    Tree tree;
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
      if (!entry.is_regular_file()) continue;
      const std::string name = fs::relative(entry.path(), directory_.path());
      tree[name] = *ReadFile(entry.path(), 100);
    }
    return tree;
  }

  const Tree siblings_ = {{"out.log", "mine"}, {"out.old/file", "mine"}};
  const std::string experiment_ = std::string("out/") + std::string(plan::kExperimentFile);
  clockwork::testing::TemporaryDirectory directory_;
  const FetchTarget target_{directory_ / "out"};
};

TEST_F(FetchTargetTest, ACopyTakesItsPlaceAndTouchesNoSibling) {
  Write(siblings_);
  Write({{"out.partial/copy/file", "new"}, {"out.partial/kubectl.log", "words"}});
  EXPECT_TRUE(target_.Commit().ok());
  EXPECT_TRUE(target_.RemoveLeftovers().ok());
  Tree expected = siblings_;
  expected["out/file"] = "new";
  EXPECT_EQ(Read(), expected);
}

TEST_F(FetchTargetTest, ACopyReplacesAnEarlierOne) {
  Write(siblings_);
  Write({{experiment_, "old"}, {"out/gone", "old"}, {"out.partial/copy/file", "new"}});
  EXPECT_EQ(target_.Check(false).error().kind, ErrorKind::kUsage);
  EXPECT_TRUE(target_.Check(true).ok());
  EXPECT_TRUE(target_.Commit().ok());
  EXPECT_TRUE(target_.RemoveLeftovers().ok());
  Tree expected = siblings_;
  expected["out/file"] = "new";
  EXPECT_EQ(Read(), expected);
}

TEST_F(FetchTargetTest, WithoutACopyTheEarlierOneStays) {
  Write({{experiment_, "old"}, {"out.partial/kubectl.log", "words"}});
  EXPECT_FALSE(target_.Commit().ok());
  EXPECT_TRUE(target_.RemoveLeftovers().ok());
  EXPECT_EQ(Read(), Tree({{experiment_, "old"}}));
}

// Killed after the earlier one was moved away, and before the new one had its place.
TEST_F(FetchTargetTest, WhatAKilledFetchWasAboutToReplaceIsPutBack) {
  Write({{"out.partial/replaced/file", "old"}, {"out.partial/copy/file", "new"}});
  EXPECT_TRUE(target_.RemoveLeftovers().ok());
  EXPECT_EQ(Read(), Tree({{"out/file", "old"}}));
}

// And after it had.
TEST_F(FetchTargetTest, WhatAKilledFetchHasReplacedIsGone) {
  Write({{"out.partial/replaced/file", "old"}, {"out/file", "new"}});
  EXPECT_TRUE(target_.RemoveLeftovers().ok());
  EXPECT_EQ(Read(), Tree({{"out/file", "new"}}));
}

TEST_F(FetchTargetTest, WhatIsNoFetchsIsRefusedAndStays) {
  const Tree cases[] = {{{"out.partial", "a file"}},
                        {{"out.partial/copy/file", "x"}, {"out.partial/thesis", "y"}}};
  for (const Tree& tree : cases) {
    fs::remove_all(target_.work());
    Write(tree);
    const Status status = target_.RemoveLeftovers();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(status.error().message, HasSubstr("out.partial is there already"));
    EXPECT_EQ(Read(), tree);
  }
}

}  // namespace
}  // namespace clockwork::remote
