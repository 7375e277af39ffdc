// Every wait between Kubernetes knowing a start-up blocker and the condition that names it.

#include "operator/reconcile/notice.h"

#include <gtest/gtest.h>

#include "operator/kube/work_queue.h"

namespace clockwork::reconcile {
namespace {

using plan::cluster::kBlockerNoticeNs;

TEST(Notice, AllWaitsTogetherAreShorterThanPromised) {
  const Options defaults;
  EXPECT_EQ(kBlockerNoticeNs, 5 * kSecond);
  EXPECT_LE(WatchNoticeNs(defaults), kBlockerNoticeNs);
  EXPECT_LE(SetUpNoticeNs(defaults), kBlockerNoticeNs);
  Options slow = defaults;
  slow.requests_per_second = 1;
  EXPECT_GT(WatchNoticeNs(slow), kBlockerNoticeNs) << "who asks for one a second gets that";
}

// Not after the pause of a failure, nor after one that was asked for.
TEST(Notice, AChangeDoesNotWaitForAPauseInTheQueue) {
  kube::WorkQueueCore queue;
  queue.Add(0, "lab/x");
  ASSERT_TRUE(queue.Take(0));
  Nanos pause_ns = 0;
  for (int failures = 0; failures < 20; ++failures) pause_ns = queue.AddAfterFailure(0, "lab/x");
  ASSERT_GT(pause_ns, kBlockerNoticeNs);
  queue.Done(0, "lab/x");
  EXPECT_FALSE(queue.Take(0));
  queue.Add(0, "lab/x");
  EXPECT_EQ(queue.Take(0), "lab/x");
}

}  // namespace
}  // namespace clockwork::reconcile
