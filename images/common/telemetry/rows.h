#pragma once

// One row of each of the controller's two logs (spec/telemetry.md §2.2 and §2.3). Members are named after the
// columns and stand in their order; all spans are nanoseconds. Plain values.

#include <cstdint>
#include <string_view>

#include "images/common/base/time.h"

namespace clockwork::telemetry {

// clockwork_request_log.tsv, 12 columns.
struct RequestRow {
  Nanos t = 0;  // departure at the controller, Unix time
  std::int32_t request_id = 0;
  std::int32_t result = 0;
  std::int32_t user_id = 0;
  std::int32_t model_id = 0;
  float slo_factor = 0;
  Nanos latency = 0;
  Nanos deadline = -1;  // relative to the arrival; -1: none
  bool deadline_met = false;
  std::int32_t arrival_count = 0;
  std::int32_t departure_count = 0;
  bool is_coldstart = false;

  bool operator==(const RequestRow&) const = default;
};

// clockwork_action_log.tsv, 23 columns. Spans called "complete", "received", "sent" and "enqueue" count from
// the moment the action was sent.
struct ActionRow {
  Nanos t = 0;  // result received, Unix time
  std::int32_t action_id = 0;
  std::int32_t action_type = 0;  // 1 load, 2 infer, 3 evict
  std::int32_t status = 0;
  std::int32_t worker_id = 0;
  std::int32_t gpu_id = 0;
  std::int32_t model_id = 0;
  std::int32_t batch_size = 0;
  Nanos expected_exec_duration = 0;
  Nanos worker_exec_duration = 0;
  Nanos expected_exec_complete = 0;
  Nanos worker_exec_complete = 0;
  std::int32_t expected_gpu_clock = 0;
  std::int32_t worker_gpu_clock_before = 0;
  std::int32_t worker_gpu_clock = 0;
  Nanos worker_copy_output_complete = 0;
  Nanos worker_action_received = 0;
  Nanos worker_result_sent = 0;
  Nanos controller_result_enqueue = 0;
  Nanos controller_action_duration = 0;
  Nanos goodput = 0;
  std::int32_t requests_queued = 0;
  std::int32_t copies_loaded = 0;

  bool operator==(const ActionRow&) const = default;
};

inline constexpr std::string_view kRequestHeader =
    "t\trequest_id\tresult\tuser_id\tmodel_id\tslo_factor\tlatency\tdeadline\tdeadline_met\t"
    "arrival_count\tdeparture_count\tis_coldstart";
inline constexpr std::string_view kActionHeader =
    "t\taction_id\taction_type\tstatus\tworker_id\tgpu_id\tmodel_id\tbatch_size\t"
    "expected_exec_duration\tworker_exec_duration\texpected_exec_complete\tworker_exec_complete\t"
    "expected_gpu_clock\tworker_gpu_clock_before\tworker_gpu_clock\tworker_copy_output_complete\t"
    "worker_action_received\tworker_result_sent\tcontroller_result_enqueue\t"
    "controller_action_duration\tgoodput\trequests_queued\tcopies_loaded";

}  // namespace clockwork::telemetry
