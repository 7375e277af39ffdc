#include "operator/kube/event_correlator.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace clockwork::kube {
namespace {

constexpr Nanos kStartNs = 1'769'860'800 * kSecond;

HappenedEvent About(const std::string& object, const std::string& note,
                    const std::string& reason = "TrialFailed") {
  return {{"clockwork.dev/v1alpha1", "ScalabilityExperiment", "ns", object, "uid-" + object},
          true,
          reason,
          note};
}

TEST(EventCorrelator, CountsWhatRepeats) {
  EventCorrelator correlator;
  const auto first = correlator.OnEvent(kStartNs, About("a", "lost"));
  const auto second = correlator.OnEvent(kStartNs + kSecond, About("a", "lost"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->count, 1);
  EXPECT_EQ(second->count, 2);
  EXPECT_EQ(second->name, first->name);
  EXPECT_EQ(second->first_ns, kStartNs);
  EXPECT_EQ(second->last_ns, kStartNs + kSecond);
}

TEST(EventCorrelator, NamesFollowFromTheContent) {
  EventCorrelator one;
  EventCorrelator another;
  const std::string name = one.OnEvent(kStartNs, About("a", "lost"))->name;
  EXPECT_EQ(another.OnEvent(kStartNs + 99 * kSecond, About("a", "lost"))->name, name);
  EXPECT_EQ(name.substr(0, 2), "a.");
  std::set<std::string> names{name};
  HappenedEvent normal = About("a", "lost");
  normal.warning = false;
  EXPECT_TRUE(names.insert(one.OnEvent(kStartNs, normal)->name).second);
  EXPECT_TRUE(names.insert(one.OnEvent(kStartNs, About("a", "found"))->name).second);
  EXPECT_TRUE(names.insert(one.OnEvent(kStartNs, About("a", "lost", "Other"))->name).second);
  HappenedEvent successor = About("a", "lost");
  successor.about.uid = "another";
  EXPECT_TRUE(names.insert(one.OnEvent(kStartNs, successor)->name).second);
}

TEST(EventCorrelator, LongNamesAndNotesAreCut) {
  EventCorrelator correlator;
  std::string note(kMaxNoteBytes - 4, 'x');
  note += "\u00e4\u00e4\u00e4\u00e4";
  const auto write = correlator.OnEvent(kStartNs, About(std::string(253, 'n'), note));
  ASSERT_TRUE(write);
  EXPECT_EQ(write->name.size(), 253U);
  EXPECT_LE(write->event.note.size(), kMaxNoteBytes);
  // No character is cut in two: the object can be written.
  EXPECT_NO_THROW(EncodeEvent(*write, "c", "i").dump());
  EXPECT_EQ(write->event.note.substr(kMaxNoteBytes - 4), "...");
}

TEST(EventCorrelator, ManySimilarOnesBecomeOne) {
  EventCorrelator correlator;
  std::set<std::string> names;
  std::string note;
  std::int64_t count = 0;
  for (int i = 0; i < 15; ++i) {
    const auto write = correlator.OnEvent(kStartNs + i, About("a", "lost " + std::to_string(i)));
    ASSERT_TRUE(write);
    names.insert(write->name);
    note = write->event.note;
    count = write->count;
  }
  EXPECT_EQ(names.size(), 11U);
  EXPECT_EQ(note, "(combined from similar events): lost 14");
  EXPECT_EQ(count, 5);
  // Another reason is not similar; after the window they are told apart again.
  EXPECT_EQ(correlator.OnEvent(kStartNs, About("a", "x", "Other"))->event.note, "x");
  const Nanos later_ns = kStartNs + kSimilarWindowNs + kSecond;
  EXPECT_EQ(correlator.OnEvent(later_ns, About("a", "lost 99"))->event.note, "lost 99");
}

TEST(EventCorrelator, AnObjectHasABudget) {
  EventCorrelator correlator;
  int written = 0;
  for (int i = 0; i < 100; ++i) {
    if (correlator.OnEvent(kStartNs, About("a", "lost"))) ++written;
  }
  EXPECT_EQ(written, kEventBurst);
  EXPECT_TRUE(correlator.OnEvent(kStartNs, About("b", "lost")));
  EXPECT_FALSE(correlator.OnEvent(kStartNs + kEventRefillNs / 2, About("a", "lost")));
  const auto next = correlator.OnEvent(kStartNs + kEventRefillNs, About("a", "lost"));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->count, 102);  // those that were not written are counted
  EXPECT_FALSE(correlator.OnEvent(kStartNs + kEventRefillNs, About("a", "lost")));
  // A clock that steps back neither fills the bucket nor empties it.
  EXPECT_FALSE(correlator.OnEvent(kStartNs, About("a", "lost")));
}

TEST(EventCorrelator, WhatIsNewIsToldWhenTheBudgetIsSpent) {
  EventCorrelator correlator;
  for (int i = 0; i < 2 * kEventBurst; ++i) {
    correlator.OnEvent(kStartNs, About("a", std::to_string(i), "TrialStarted"));
  }
  EXPECT_TRUE(correlator.OnEvent(kStartNs, About("a", "9 of 9", "AllMeasured")));
  EXPECT_FALSE(correlator.OnEvent(kStartNs, About("a", "9 of 9", "AllMeasured")));
  EXPECT_FALSE(correlator.OnEvent(kStartNs, About("a", "again", "AllMeasured")));
  // Reasons without end are a flood, too.
  std::size_t written = 0;
  for (std::size_t i = 0; i < 2 * kMaxSeries; ++i) {
    if (correlator.OnEvent(kStartNs, About("a", "x", "Reason" + std::to_string(i)))) ++written;
  }
  EXPECT_LT(written, kMaxSeries);
}

TEST(EventCorrelator, GoesOnFromTheServersCount) {
  EventCorrelator correlator;
  const auto first = correlator.OnEvent(kStartNs, About("a", "lost"));
  ASSERT_TRUE(first);
  correlator.Adopt(*first, 8);
  EXPECT_EQ(correlator.OnEvent(kStartNs, About("a", "lost"))->count, 9);
}

TEST(EventCorrelator, RemembersABoundedNumberOfObjects) {
  EventCorrelator correlator;
  (void)correlator.OnEvent(kStartNs, About("first", "lost"));
  (void)correlator.OnEvent(kStartNs, About("kept", "lost"));
  for (std::size_t i = 0; i + 1 < kMaxTracked; ++i) {
    (void)correlator.OnEvent(kStartNs, About(std::to_string(i), "lost"));
    if (i % 1000 == 0) (void)correlator.OnEvent(kStartNs, About("kept", "lost"));
  }
  EXPECT_EQ(correlator.OnEvent(kStartNs, About("kept", "lost"))->count, 7);
  EXPECT_EQ(correlator.OnEvent(kStartNs, About("first", "lost"))->count, 1);
}

TEST(EncodeEvent, HoldsWhatPeopleSee) {
  EventCorrelator correlator;
  HappenedEvent event = About("a", "lost");
  event.about.name_space.clear();
  const auto write = correlator.OnEvent(kStartNs, event);
  const nlohmann::json encoded = EncodeEvent(*write, "clockwork-operator", "pod-1");
  EXPECT_EQ(encoded["metadata"]["namespace"], "default");
  EXPECT_EQ(encoded["metadata"]["name"], write->name);
  EXPECT_EQ(encoded["involvedObject"]["uid"], "uid-a");
  EXPECT_EQ(encoded["type"], "Warning");
  EXPECT_EQ(encoded["count"], 1);
  EXPECT_EQ(encoded["firstTimestamp"], "2026-01-31T12:00:00Z");
  EXPECT_EQ(encoded["source"]["component"], "clockwork-operator");
  EXPECT_EQ(encoded["reportingInstance"], "pod-1");
}

TEST(ReferenceTo, TakesWhatThereIs) {
  const ObjectReference about = ReferenceTo(
      {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", "p"}, {"namespace", "n"}}}});
  EXPECT_EQ(about.kind, "Pod");
  EXPECT_EQ(about.name, "p");
  EXPECT_EQ(about.name_space, "n");
  EXPECT_EQ(about.uid, "");
  EXPECT_EQ(ReferenceTo(nlohmann::json::array()).name, "");
}

}  // namespace
}  // namespace clockwork::kube
