#pragma once

// The few columns of a row that derived tables need, quickly: for lines of the form that the
// controller nearly always writes. Pure; no allocation.

#include <cstddef>

#include "images/common/telemetry/rows.h"

namespace clockwork::telemetry {

// So many bytes behind the '\n' of the line must be readable; what they hold does not matter.
inline constexpr std::size_t kColumnsSlackBytes = 2'048;

// Parses the line at `begin`, whose '\n' must be there, and returns where the next one begins.
// Null: the line is not of the usual form (19 digits of t, nothing but digits, numbers not
// oversized); ParseRow then says what it is. What is accepted here ParseRow accepts with the same
// values. The whole line is checked, but of `*row` only the columns named here are set: t, result,
// model_id, latency, deadline_met, arrival_count and is_coldstart;
const char* ParseColumns(const char* begin, RequestRow* row);
// t, action_type, batch_size, and of expected_* and worker_exec_* the durations and completes.
const char* ParseColumns(const char* begin, ActionRow* row);

}  // namespace clockwork::telemetry
