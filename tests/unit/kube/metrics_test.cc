#include "operator/kube/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "operator/kube/client.h"
#include "operator/kube/process_metrics.h"

namespace clockwork::kube {
namespace {

using ::testing::HasSubstr;

class MetricsTest : public ::testing::Test {
 protected:
  std::string Text() { return RenderMetrics(registry); }
  // The value of a series, written with its labels in the order of their names; -1: not there.
  double Value(const std::string& series) {
    std::istringstream lines(Text());
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind(series + " ", 0) == 0) return std::stod(line.substr(series.size() + 1));
    }
    return -1;
  }

  prometheus::Registry registry;
};

TEST_F(MetricsTest, CountsRequests) {
  const RequestMetrics metrics(&registry, "10.0.0.1:443");
  metrics({"GET", "pods", 200, 50 * kMillisecond, 0});
  metrics({"GET", "pods", 200, 3 * kSecond, 0});
  metrics({"PATCH", "pods/status", 0, kSecond, kSecond});
  EXPECT_EQ(Value(R"(rest_client_requests_total{code="200",host="10.0.0.1:443",method="GET"})"), 2);
  EXPECT_EQ(
      Value(R"(rest_client_requests_total{code="<error>",host="10.0.0.1:443",method="PATCH"})"), 1);
  const std::string labels = R"({host="10.0.0.1:443",type="pods",verb="GET")";
  EXPECT_EQ(Value("rest_client_request_duration_seconds_count" + labels + "}"), 2);
  EXPECT_EQ(Value("rest_client_request_duration_seconds_sum" + labels + "}"), 3.05);
  EXPECT_EQ(Value("rest_client_request_duration_seconds_bucket" + labels + R"(,le="0.1"})"), 1);
  EXPECT_EQ(Value("rest_client_request_duration_seconds_bucket" + labels + R"(,le="+Inf"})"), 2);
  EXPECT_EQ(Value("rest_client_rate_limiter_duration_seconds_sum"
                  R"({host="10.0.0.1:443",type="pods/status",verb="PATCH"})"),
            1);
  RequestRecord fenced{.method = "PATCH", .type = "pods/status"};
  fenced.fenced = true;
  metrics(fenced);
  EXPECT_EQ(Value(R"(rest_client_fenced_writes_total{host="10.0.0.1:443",method="PATCH"})"), 1);
  EXPECT_EQ(
      Value(R"(rest_client_requests_total{code="<error>",host="10.0.0.1:443",method="PATCH"})"), 1)
      << "it was none";
}

TEST_F(MetricsTest, FollowsAQueue) {
  QueueMetrics metrics(&registry, "experiments");
  WorkQueueCore queue({.max_keys = 2}, &metrics);
  queue.Add(0, "a");
  queue.Add(0, "b");
  queue.Add(0, "c");
  (void)queue.Take(2 * kSecond);
  queue.AddAfterFailure(2 * kSecond, "a");
  const std::string labels = R"({controller="experiments",name="experiments"})";
  EXPECT_EQ(Value("workqueue_adds_total" + labels), 2);
  EXPECT_EQ(Value("workqueue_refused_total" + labels), 1);
  EXPECT_EQ(Value("workqueue_depth" + labels), 1);
  EXPECT_EQ(Value("workqueue_retries_total" + labels), 1);
  EXPECT_EQ(Value("workqueue_queue_duration_seconds_sum" + labels), 2);
  metrics.SetStats(queue.stats(5 * kSecond));
  EXPECT_EQ(Value("workqueue_longest_running_processor_seconds" + labels), 3);
  EXPECT_EQ(Value("workqueue_unfinished_work_seconds" + labels), 3);
  queue.Done(6 * kSecond, "a");
  EXPECT_EQ(Value("workqueue_work_duration_seconds_sum" + labels), 4);
}

TEST_F(MetricsTest, CountsReconciliations) {
  ReconcileMetrics metrics(&registry, "experiment", 3);
  metrics.OnBegin();
  metrics.OnBegin();
  metrics.OnEnd(ReconcileResult::kSuccess, kMillisecond);
  EXPECT_EQ(Value(R"(controller_runtime_active_workers{controller="experiment"})"), 1);
  metrics.OnEnd(ReconcileResult::kTerminalError, kMillisecond);
  const std::string total = R"(controller_runtime_reconcile_total{controller="experiment",result=)";
  EXPECT_EQ(Value(total + R"("success"})"), 1);
  EXPECT_EQ(Value(total + R"("error"})"), 1);
  EXPECT_EQ(Value(total + R"("requeue_after"})"), 0);
  EXPECT_EQ(Value(R"(controller_runtime_reconcile_errors_total{controller="experiment"})"), 1);
  EXPECT_EQ(Value(R"(controller_runtime_terminal_reconcile_errors_total{controller="experiment"})"),
            1);
  EXPECT_EQ(Value(R"(controller_runtime_max_concurrent_reconciles{controller="experiment"})"), 3);
}

TEST_F(MetricsTest, TellsTheLeaderAndReflectors) {
  ElectionMetrics election(&registry, "operator");
  EXPECT_EQ(Value(R"(leader_election_master_status{name="operator"})"), 0);
  election.SetLeading(true);
  EXPECT_EQ(Value(R"(leader_election_master_status{name="operator"})"), 1);
  ReflectorMetrics pods(&registry, "pods");
  ReflectorMetrics nodes(&registry, "nodes");
  pods.Set({.lists = 3, .watches = 8});
  pods.Set({.lists = 4, .watches = 8});
  EXPECT_EQ(Value(R"(reflector_lists_total{name="pods"})"), 4);
  EXPECT_EQ(Value(R"(reflector_watches_total{name="pods"})"), 8);
  EXPECT_EQ(Value(R"(reflector_lists_total{name="nodes"})"), 0);
}

TEST_F(MetricsTest, DescribesItsProcess) {
  ProcessMetrics metrics(&registry);
  EXPECT_GT(Value("process_resident_memory_bytes"), 1e6);
  EXPECT_GE(Value("process_virtual_memory_bytes"), Value("process_resident_memory_bytes"));
  EXPECT_GE(Value("process_open_fds"), 3);
  EXPECT_GE(Value("process_max_fds"), Value("process_open_fds"));
  EXPECT_GE(Value("process_threads"), 1);
  EXPECT_GT(Value("process_start_time_seconds"), 1.6e9);
  EXPECT_GE(Value("process_cpu_seconds_total"), 0);
}

TEST_F(MetricsTest, EveryFamilyIsExplainedOnceAndLabelsAreEscaped) {
  QueueMetrics one(&registry, "a");
  QueueMetrics two(&registry, "b\"\\\n");
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr(R"(name="b\"\\\n"})"));
  std::set<std::string> types;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# TYPE ", 0) == 0) {
      EXPECT_TRUE(types.insert(line).second) << line;
    }
  }
  EXPECT_EQ(types.size(), 8U);
  EXPECT_TRUE(types.contains("# TYPE workqueue_depth gauge"));
  EXPECT_THAT(text, HasSubstr("# HELP workqueue_depth "));
}

}  // namespace
}  // namespace clockwork::kube
