#pragma once

// The rows of the controller's two logs (spec/telemetry.md §2.2, §2.3). Members are named as the
// columns and stand in their order; every member holds what its column prints. Times ending in no
// unit are nanoseconds, as in the files.
//
// Points in time and spans are signed here, as everywhere (base/time.h); the original prints them
// unsigned, which is the same text for every value that occurs.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "images/common/base/time.h"

namespace clockwork::telemetry {

// action_type of an ActionRow. (The numbers on the wire are others.)
inline constexpr std::int32_t kActionLoad = 1;
inline constexpr std::int32_t kActionInfer = 2;
inline constexpr std::int32_t kActionEvict = 3;

struct RequestRow {
  Nanos t = 0;  // departure: when the response was completed
  std::int32_t request_id = 0;
  std::int32_t result = 0;
  std::int32_t user_id = 0;
  std::int32_t model_id = 0;
  float slo_factor = 0;
  Nanos latency = 0;
  Nanos deadline = -1;  // relative to the arrival; -1: none, 0: before the arrival
  bool deadline_met = false;
  std::int32_t arrival_count = 0;
  std::int32_t departure_count = 0;
  bool is_coldstart = false;

  bool operator==(const RequestRow&) const = default;
};

struct ActionRow {
  Nanos t = 0;  // when the result arrived, or the action was dropped
  std::int32_t action_id = 0;
  std::int32_t action_type = 0;
  std::int32_t status = 0;
  std::int32_t worker_id = 0;
  std::int32_t gpu_id = 0;
  std::int32_t model_id = 0;
  std::int32_t batch_size = 0;
  Nanos expected_exec_duration = 0;
  Nanos worker_exec_duration = 0;
  // From here to worker_result_sent, times count from when the action was sent; earlier ones are 0.
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

inline constexpr std::size_t kRequestColumns = 12;
inline constexpr std::size_t kActionColumns = 23;

// First lines of the files, with the line end.
inline constexpr std::string_view kRequestHeader =
    "t\trequest_id\tresult\tuser_id\tmodel_id\tslo_factor\tlatency\tdeadline\tdeadline_met\t"
    "arrival_count\tdeparture_count\tis_coldstart\n";
inline constexpr std::string_view kActionHeader =
    "t\taction_id\taction_type\tstatus\tworker_id\tgpu_id\tmodel_id\tbatch_size\t"
    "expected_exec_duration\tworker_exec_duration\texpected_exec_complete\tworker_exec_complete\t"
    "expected_gpu_clock\tworker_gpu_clock_before\tworker_gpu_clock\tworker_copy_output_complete\t"
    "worker_action_received\tworker_result_sent\tcontroller_result_enqueue\t"
    "controller_action_duration\tgoodput\trequests_queued\tcopies_loaded\n";

inline constexpr std::string_view HeaderOf(const RequestRow* /*kind*/) { return kRequestHeader; }
inline constexpr std::string_view HeaderOf(const ActionRow* /*kind*/) { return kActionHeader; }

}  // namespace clockwork::telemetry
