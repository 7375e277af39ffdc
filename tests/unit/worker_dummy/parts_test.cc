// The small parts of the core: clock windows, the due heap, the executor, the model table.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "images/worker_dummy/core/clock_window.h"
#include "images/worker_dummy/core/due_heap.h"
#include "images/worker_dummy/core/executor.h"
#include "images/worker_dummy/core/model_table.h"

namespace clockwork::worker {
namespace {

constexpr std::uint64_t kMax = UINT64_MAX;

TEST(ClockWindowTest, ShiftsAndStaysAtTheEdges) {
  struct Case {
    std::uint64_t time_ns;
    Nanos delta_ns;
    std::uint64_t shifted_ns;
  };
  for (const Case& c : {Case{1'000, 0, 1'000}, Case{1'000, 5, 1'005}, Case{1'000, -5, 995},
                        Case{0, -5, 0},       // would wrap below: stays
                        Case{0, 5, 5},        // the documented, harmless exception
                        Case{3, -5, 3},       // would wrap below: stays
                        Case{kMax, 5, kMax},  // "no limit" stays
                        Case{kMax - 2, 5, kMax - 2}, Case{kMax, -5, kMax - 5},
                        Case{1'000, INT64_MIN, 1'000}, Case{kMax, INT64_MAX, kMax}}) {
    EXPECT_EQ(Shift(c.time_ns, c.delta_ns), c.shifted_ns) << c.time_ns << " " << c.delta_ns;
  }
}

TEST(ClockWindowTest, UnsignedPointsBeyondTheSignedRangeAreNever) {
  EXPECT_EQ(ToNanos(5), 5);
  EXPECT_EQ(ToNanos(static_cast<std::uint64_t>(kNever)), kNever);
  EXPECT_EQ(ToNanos(static_cast<std::uint64_t>(kNever) + 1), kNever);
  EXPECT_EQ(ToNanos(kMax), kNever);
  EXPECT_EQ(ToWorkerTime(0, kMax, -3).earliest_ns, 0);
  EXPECT_EQ(ToWorkerTime(0, kMax, -3).latest_ns, kNever);
}

TEST(ClockWindowTest, NegationNeverOverflows) {
  EXPECT_EQ(Negated(5), -5);
  EXPECT_EQ(Negated(INT64_MIN), INT64_MIN);
}

TEST(ClockWindowTest, TheWindowIncludesBothEnds) {
  const Window window{10, 20};
  struct Case {
    Nanos now_ns;
    std::int32_t status;
  };
  for (const Case& c : {Case{9, 50}, Case{10, 0}, Case{20, 0}, Case{21, 51}}) {
    EXPECT_EQ(CheckWindow(window, c.now_ns, 50, 51), c.status) << c.now_ns;
  }
}

TEST(DueHeapTest, AgreesWithASearchThroughAll) {
  std::mt19937 random(7);
  constexpr std::uint32_t kParties = 37;
  DueHeap heap(kParties);
  struct Due {
    Nanos due_ns = kNever;
    std::uint32_t rank = 0;
    std::uint32_t party = 0;
    auto operator<=>(const Due&) const = default;
  };
  std::vector<Due> all(kParties);
  for (std::uint32_t party = 0; party < kParties; ++party) all[party].party = party;
  for (int i = 0; i < 20'000; ++i) {
    Due& due = all[random() % kParties];
    due.due_ns = random() % 5 == 0 ? kNever : static_cast<Nanos>(random() % 50);
    due.rank = random() % 2;
    heap.Set(due.party, due.due_ns, due.rank);
    const Due first = *std::min_element(all.begin(), all.end());
    ASSERT_EQ(heap.First(), first.party);
    ASSERT_EQ(heap.FirstDueNs(), first.due_ns);
  }
}

QueuedAction Action(std::int32_t id, Nanos earliest_ns, ConnectionId connection = 1) {
  QueuedAction action;
  action.action_id = id;
  action.sequence = static_cast<std::uint64_t>(id);
  action.window.earliest_ns = earliest_ns;
  action.origin = {connection, 5, 0};
  return action;
}

TEST(ExecutorTest, IsDueWhenItsFirstActionCanStart) {
  Executor executor;
  EXPECT_EQ(executor.DueNs(), kNever);
  executor.Push(Action(1, 100));
  EXPECT_EQ(executor.DueNs(), 100);
  executor.Push(Action(2, 0));
  EXPECT_EQ(executor.DueNs(), 5);  // not before it was received
  executor.Start({.action = executor.Pop(), .begin_ns = 5, .end_ns = 50});
  EXPECT_EQ(executor.DueNs(), 50);
  EXPECT_EQ(executor.Finish(120).action.action_id, 2);
  EXPECT_EQ(executor.DueNs(), 120);  // not before it was free
}

TEST(ExecutorTest, CancelsAConnectionsActionsAndKeepsTheOrderOfTheOthers) {
  Executor executor;
  for (std::int32_t id = 1; id <= 9; ++id) {
    executor.Push(Action(id, 1'000 - 100 * id, id % 3 == 0 ? 2 : 1));
  }
  EXPECT_EQ(executor.Cancel(1), 6U);
  EXPECT_EQ(executor.Pop().action_id, 9);
  EXPECT_EQ(executor.Pop().action_id, 6);
  EXPECT_EQ(executor.Pop().action_id, 3);
  EXPECT_EQ(executor.queued(), 0U);
}

TEST(ModelTableTest, PadsABatchToTheNextSupportedSize) {
  LoadedModel model;
  model.spec.batches = {{2, 20}, {4, 40}, {16, 160}};
  struct Case {
    std::uint32_t batch_size;
    std::optional<Nanos> exec_ns;
  };
  for (const Case& c : {Case{0, std::nullopt}, Case{1, std::nullopt}, Case{2, 20}, Case{3, 40},
                        Case{4, 40}, Case{5, 160}, Case{16, 160}, Case{17, std::nullopt}}) {
    EXPECT_EQ(model.ExecNs(c.batch_size), c.exec_ns) << c.batch_size;
  }
}

TEST(ModelTableTest, FindsCopiesByTheirIds) {
  ModelTable table;
  table.Add(100, 3, {"a", {}});
  table.Add(7, 1, {"b", {}});
  EXPECT_EQ(table.size(), 4U);
  EXPECT_EQ(table.At(*table.PlaceOf(102)).path, "a");
  EXPECT_EQ(table.At(*table.PlaceOf(7)).path, "b");
  EXPECT_FALSE(table.PlaceOf(103).has_value());
  EXPECT_TRUE(table.AnyTaken(98, 3));
  EXPECT_FALSE(table.AnyTaken(97, 3));
  EXPECT_THAT(table.PlacesById(), ::testing::ElementsAre(3, 0, 1, 2));
}

}  // namespace
}  // namespace clockwork::worker
