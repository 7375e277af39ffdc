#include "images/common/telemetry/format.h"

#include <charconv>
#include <concepts>

namespace clockwork::telemetry {
namespace {

// The longest column is a signed 64-bit number.
constexpr std::size_t kMaxColumnBytes = 20;

template <std::integral T>
char* Column(T value, char* out) {
  char* end = std::to_chars(out, out + kMaxColumnBytes, value).ptr;
  *end = '\t';
  return end + 1;
}

char* Column(bool value, char* out) {
  *out = value ? '1' : '0';
  out[1] = '\t';
  return out + 2;
}

// The default format of C++ streams. Nearly every request asks for 0.
char* Column(float value, char* out) {
  if (value == 0) return Column(false, out);
  constexpr int kSignificantDigits = 6;
  char* end = std::to_chars(out, out + kMaxColumnBytes, static_cast<double>(value),
                            std::chars_format::general, kSignificantDigits)
                  .ptr;
  *end = '\t';
  return end + 1;
}

template <typename... Columns>
char* Line(char* out, const Columns&... columns) {
  ((out = Column(columns, out)), ...);
  out[-1] = '\n';
  return out;
}

}  // namespace

char* FormatRow(const RequestRow& row, char* out) {
  static_assert(kMaxRowBytes >= kRequestColumns * (kMaxColumnBytes + 1));
  return Line(out, row.t, row.request_id, row.result, row.user_id, row.model_id, row.slo_factor,
              row.latency, row.deadline, row.deadline_met, row.arrival_count, row.departure_count,
              row.is_coldstart);
}

char* FormatRow(const ActionRow& row, char* out) {
  static_assert(kMaxRowBytes >= kActionColumns * (kMaxColumnBytes + 1));
  return Line(out, row.t, row.action_id, row.action_type, row.status, row.worker_id, row.gpu_id,
              row.model_id, row.batch_size, row.expected_exec_duration, row.worker_exec_duration,
              row.expected_exec_complete, row.worker_exec_complete, row.expected_gpu_clock,
              row.worker_gpu_clock_before, row.worker_gpu_clock, row.worker_copy_output_complete,
              row.worker_action_received, row.worker_result_sent, row.controller_result_enqueue,
              row.controller_action_duration, row.goodput, row.requests_queued, row.copies_loaded);
}

}  // namespace clockwork::telemetry
