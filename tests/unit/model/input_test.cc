#include "images/common/model/input.h"

#include <gtest/gtest.h>

#include "images/common/model/model.h"

namespace clockwork {
namespace {

TEST(InputTest, DecompressesToItsSize) {
  for (const std::size_t bytes : {0U, 1U, 40U, 12'288U, 602'112U}) {
    auto block = CompressedInput(bytes);
    ASSERT_TRUE(block.ok()) << bytes;
    EXPECT_FALSE(block->empty()) << bytes;
    auto content = DecompressedInput(*block, bytes);
    ASSERT_TRUE(content.ok()) << content.error().message;
    EXPECT_EQ(content->size(), bytes);
  }
}

TEST(InputTest, DependsOnTheLengthOnly) {
  EXPECT_EQ(*CompressedInput(589'824), *CompressedInput(589'824));
}

TEST(InputTest, IsSmallerThanItsContentButNotTrivial) {
  const std::size_t block_bytes = CompressedInput(602'112)->size();
  EXPECT_LT(block_bytes, 602'112U + 4'000U);
  EXPECT_GT(block_bytes, 100'000U);
}

TEST(InputTest, RejectsWhatIsTooLarge) { EXPECT_FALSE(CompressedInput(kMaxTensorBytes + 1).ok()); }

TEST(InputTest, RejectsDamagedBlocksAndOtherLengths) {
  const std::string block = *CompressedInput(12'288);
  EXPECT_FALSE(DecompressedInput(block, 12'287).ok());
  EXPECT_FALSE(DecompressedInput(block, 12'289).ok());
  EXPECT_FALSE(DecompressedInput(block.substr(0, block.size() / 2), 12'288).ok());
  EXPECT_FALSE(DecompressedInput("", 12'288).ok());
}

}  // namespace
}  // namespace clockwork
