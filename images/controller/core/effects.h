#pragma once

// What a core wants done, in order, after an event. The shell carries it out and clears it before
// the next event; views point into the core or into the event and hold until then.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/time.h"
#include "images/common/telemetry/rows.h"

namespace clockwork::controller {

// Who asked: the shell's number for a client connection, and what its response must repeat.
struct Asker {
  std::uint32_t client = 0;      // never reused while requests of it are pending
  std::uint64_t message_id = 0;  // word 3 of the pre-header
  std::int32_t user_id = 0;
  std::int32_t user_request_id = 0;
};

struct InferenceAnswer {
  Asker asker;
  std::int32_t status = 0;
  std::string_view message;
  std::uint32_t model_id = 0;
  std::uint32_t batch_size = 1;
  std::string_view output;
};

enum class ActionKind { kLoad, kInfer, kEvict };

struct ActionToSend {
  ActionKind kind = ActionKind::kInfer;
  std::uint32_t worker = 0;
  std::uint32_t gpu = 0;  // on that worker
  std::int32_t action_id = 0;
  std::uint32_t model_id = 0;
  std::uint64_t earliest_ns = 0;
  std::uint64_t latest_ns = 0;
  Nanos expected_duration_ns = 0;
  // Too late to be worth sending after this; kNever for loads and evictions.
  Nanos send_by_ns = kNever;
  // Infer: one entry per request of the batch in Effects::input_sizes, the bytes in
  // Effects::inputs.
  std::uint32_t batch_size = 0;
  std::uint32_t first_input = 0;
  std::uint64_t inputs_begin = 0;
  std::uint64_t inputs_end = 0;
};

struct Effects {
  std::vector<ActionToSend> actions;
  std::vector<std::uint32_t> input_sizes;
  std::string inputs;
  std::vector<InferenceAnswer> answers;
  std::vector<telemetry::RequestRow> request_rows;
  std::vector<telemetry::ActionRow> action_rows;
  // Things a person should hear of: unknown action ids, failed evictions.
  std::vector<std::string> warnings;

  void Clear() {
    actions.clear();
    input_sizes.clear();
    inputs.clear();
    answers.clear();
    request_rows.clear();
    action_rows.clear();
    warnings.clear();
  }
};

}  // namespace clockwork::controller
