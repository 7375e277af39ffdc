#include "images/controller/core/use_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace clockwork::controller {
namespace {

std::vector<std::uint32_t> Members(const UseOrder& order) {
  std::vector<std::uint32_t> members;
  for (std::uint32_t at = order.Oldest(); at != UseOrder::kNone; at = order.Newer(at)) {
    members.push_back(order.Member(at));
  }
  return members;
}

TEST(UseOrderTest, IsEmptyAtFirst) { EXPECT_EQ(UseOrder().Oldest(), UseOrder::kNone); }

TEST(UseOrderTest, TheLastTouchedIsTheNewest) {
  UseOrder order;
  const std::uint32_t first = order.Add(7);
  order.Add(8);
  const std::uint32_t third = order.Add(9);
  order.Touch(first);
  EXPECT_EQ(Members(order), (std::vector<std::uint32_t>{8, 9, 7}));
  order.Touch(first);
  EXPECT_EQ(Members(order), (std::vector<std::uint32_t>{8, 9, 7}));
  order.Remove(third);
  EXPECT_EQ(Members(order), (std::vector<std::uint32_t>{8, 7}));
}

TEST(UseOrderTest, CanBecomeEmptyAndBeUsedAgain) {
  UseOrder order;
  order.Remove(order.Add(1));
  EXPECT_TRUE(Members(order).empty());
  order.Add(2);
  EXPECT_EQ(Members(order), (std::vector<std::uint32_t>{2}));
}

TEST(UseOrderTest, OrdersAsAVectorDoes) {
  std::mt19937 random(5);
  UseOrder order;
  std::vector<std::uint32_t> model;
  std::map<std::uint32_t, std::uint32_t> places;
  for (std::uint32_t step = 0; step < 5'000; ++step) {
    const bool take_in = model.empty() || (model.size() < 60 && random() % 3 == 0);
    if (take_in) {
      places[step] = order.Add(step);
      model.push_back(step);
    } else {
      const auto at = model.begin() + static_cast<std::ptrdiff_t>(random() % model.size());
      const std::uint32_t member = *at;
      model.erase(at);
      if (random() % 3 == 0) {
        order.Remove(places.at(member));
        places.erase(member);
      } else {
        order.Touch(places.at(member));
        model.push_back(member);
      }
    }
    ASSERT_EQ(Members(order), model) << "step " << step;
  }
}

}  // namespace
}  // namespace clockwork::controller
