#include "operator/reconcile/refusals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::reconcile {
namespace {

using kube::Failure;
using plan::cluster::Refusal;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(RefusalOf, TellsTheServersWordsApart) {
  const struct {
    Failure failure;
    const char* message;
    Refusal::Kind kind;
  } cases[] = {
      {Failure::kForbidden,
       R"(pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2)",
       Refusal::Kind::kQuota},
      {Failure::kForbidden,
       R"(pods is forbidden: User "u" cannot create resource "pods" in API group "" in the namespace "lab")",
       Refusal::Kind::kForbidden},
      {Failure::kForbidden,
       R"(pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true)",
       Refusal::Kind::kAdmission},
      {Failure::kInvalid, "Pod \"x\" is invalid", Refusal::Kind::kInvalid},
  };
  for (const auto& [failure, message, kind] : cases) {
    const auto refusal = RefusalOf(kube::LocalError(failure, message), "x", 5);
    ASSERT_TRUE(refusal) << message;
    EXPECT_EQ(refusal->kind, kind) << message;
    EXPECT_EQ(refusal->message, message);
    EXPECT_EQ(refusal->object, "x");
    EXPECT_EQ(refusal->time_ns, 5);
  }
}

TEST(RefusalOf, WhatMayPassByItselfIsNone) {
  for (const Failure failure : {Failure::kConnect, Failure::kTimeout, Failure::kServer,
                                Failure::kConflict, Failure::kTooManyRequests}) {
    EXPECT_FALSE(RefusalOf(kube::LocalError(failure, "m"), "x", 0));
  }
}

Refusal Of(const std::string& object, Nanos time_ns) {
  return {Refusal::Kind::kQuota, object, "m", time_ns};
}

TEST(Refusals, AreTheNewestPerObjectAndForgottenInTime) {
  Refusals refusals;
  refusals.Add("u", Of("a", 1));
  refusals.Add("u", Of("a", 2));
  refusals.Add("u", Of("b", 3));
  refusals.Add("v", Of("a", 3));
  ASSERT_THAT(refusals.Of("u", 3), SizeIs(2));
  EXPECT_EQ(refusals.Of("u", 3)[0].time_ns, 2);
  refusals.Clear("u", "a");
  EXPECT_THAT(refusals.Of("u", 3), SizeIs(1));
  EXPECT_THAT(refusals.Of("u", 4 + plan::cluster::kRefusalMemoryNs), IsEmpty());
  EXPECT_THAT(refusals.Of("w", 3), IsEmpty());
  refusals.Clear("w", "a");
}

}  // namespace
}  // namespace clockwork::reconcile
