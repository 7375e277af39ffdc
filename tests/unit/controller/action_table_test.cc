#include "images/controller/core/action_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace clockwork::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::int32_t Add(ActionTable* table, std::uint32_t model) {
  std::int32_t id = 0;
  table->Add(&id).model = model;
  return id;
}

TEST(ActionTableTest, CountsUpFromZero) {
  ActionTable table;
  EXPECT_EQ(Add(&table, 10), 0);
  EXPECT_EQ(Add(&table, 11), 1);
  EXPECT_EQ(table.Find(0)->model, 10U);
  EXPECT_EQ(table.Find(1)->model, 11U);
  EXPECT_EQ(table.pending(), 2U);
}

TEST(ActionTableTest, UnknownAndFinishedIdsAreNotFound) {
  ActionTable table;
  for (std::uint32_t i = 0; i < 3; ++i) Add(&table, i);
  table.Remove(1);
  table.Remove(1);
  table.Remove(99);
  for (const std::int32_t id : {1, 3, -1, INT32_MIN, INT32_MAX}) {
    EXPECT_EQ(table.Find(id), nullptr) << id;
  }
  EXPECT_EQ(table.pending(), 2U);
  EXPECT_THAT(table.PendingIds(), ElementsAre(0, 2));
}

TEST(ActionTableTest, IdsAreNotReusedAndOldOnesStayUnknown) {
  ActionTable table;
  for (int i = 0; i < 5; ++i) table.Remove(Add(&table, 0));
  EXPECT_EQ(Add(&table, 42), 5);
  EXPECT_EQ(table.Find(4), nullptr);
  EXPECT_EQ(table.Find(5)->model, 42U);
  table.Remove(5);
  EXPECT_THAT(table.PendingIds(), IsEmpty());
}

TEST(ActionTableTest, OneSlowActionDoesNotHideTheOthers) {
  ActionTable table;
  const std::int32_t slow = Add(&table, 7);
  for (std::uint32_t i = 0; i < 1000; ++i) table.Remove(Add(&table, i));
  EXPECT_EQ(table.Find(slow)->model, 7U);
  EXPECT_EQ(table.pending(), 1U);
  table.Remove(slow);
  EXPECT_EQ(Add(&table, 8), 1001);
  EXPECT_EQ(table.Find(1001)->model, 8U);
}

TEST(ActionTableTest, IdsWrapAround32Bits) {
  ActionTable table(UINT32_MAX - 1);
  EXPECT_EQ(Add(&table, 1), -2);
  EXPECT_EQ(Add(&table, 2), -1);
  EXPECT_EQ(Add(&table, 3), 0);
  EXPECT_EQ(Add(&table, 4), 1);
  table.Remove(-2);
  table.Remove(0);
  EXPECT_EQ(table.Find(-2), nullptr);
  EXPECT_EQ(table.Find(-1)->model, 2U);
  EXPECT_EQ(table.Find(0), nullptr);
  EXPECT_EQ(table.Find(1)->model, 4U);
  EXPECT_THAT(table.PendingIds(), ElementsAre(-1, 1));
  table.Remove(-1);
  EXPECT_THAT(table.PendingIds(), ElementsAre(1));
  // And in the middle, where the sign changes.
  ActionTable middle(INT32_MAX);
  EXPECT_EQ(Add(&middle, 5), INT32_MAX);
  EXPECT_EQ(Add(&middle, 6), INT32_MIN);
  EXPECT_EQ(middle.Find(INT32_MIN)->model, 6U);
}

}  // namespace
}  // namespace clockwork::controller
