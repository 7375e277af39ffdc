#include "images/common/telemetry/parse_row.h"

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>

namespace clockwork::telemetry {
namespace {

// Each Field reads one column at *at, leaves *at behind its characters, and says whether they are
// of the type. It never passes the line's '\n', which is no part of any value.

// Nineteen digits fit an unsigned 64-bit number whatever they are.
constexpr int kMaxDigits = 19;

template <std::signed_integral T>
bool Field(const char** at, T* value) {
  const char* p = *at;
  const bool negative = *p == '-';
  if (negative) ++p;
  std::uint64_t magnitude = 0;
  const char* first = p;
  for (unsigned digit = 0; (digit = static_cast<unsigned>(*p - '0')) < 10; ++p) {
    magnitude = magnitude * 10 + digit;
    if (p - first >= kMaxDigits) return false;
  }
  *at = p;
  const std::uint64_t most = std::uint64_t{std::numeric_limits<T>::max()} + (negative ? 1 : 0);
  if (p == first || magnitude > most) return false;
  *value = static_cast<T>(negative ? ~magnitude + 1 : magnitude);
  return true;
}

// A column that the controller prints from an unsigned number.
struct Unsigned {
  Nanos* value;
};

bool Field(const char** at, Unsigned column) {
  return Field(at, column.value) && *column.value >= 0;
}

bool Field(const char** at, bool* value) {
  const char c = **at;
  if (c != '0' && c != '1') return false;
  *value = c == '1';
  ++*at;
  return true;
}

bool Field(const char** at, float* value) {
  if (**at == '0' && (*at)[1] == '\t') {
    *value = 0;
    ++*at;
    return true;
  }
  const char* end = *at;
  while (*end != '\t' && *end != '\n') ++end;
  const auto [stopped, code] = std::from_chars(*at, end, *value);
  *at = stopped;
  return code == std::errc() && !std::isnan(*value);
}

template <std::size_t kColumns>
class Line {
 public:
  explicit Line(const char* begin) : at_(begin) {}

  // Reads the columns while they are as they should be; false at the first that is not.
  template <typename... Values>
  bool Read(Values... values) {
    static_assert(sizeof...(values) == kColumns);
    return (Next(values) && ...);
  }
  // The end of the line that Read has read.
  const char* end() const { return at_; }
  // The column, from 0, at which Read stopped.
  std::size_t column() const { return column_; }

 private:
  template <typename Value>
  bool Next(Value value) {
    if (!Field(&at_, value)) return false;
    if (*at_ != (column_ + 1 == kColumns ? '\n' : '\t')) return false;
    ++at_;
    ++column_;
    return true;
  }

  const char* at_;
  std::size_t column_ = 0;
};

std::string_view NthField(std::string_view line, std::size_t index) {
  for (; index > 0; --index) line.remove_prefix(line.find('\t') + 1);
  return line.substr(0, line.find('\t'));
}

bool IsNotANumber(std::string_view field) {
  float value = 0;
  const auto result = std::from_chars(field.data(), field.data() + field.size(), value);
  return result.ptr == field.data() + field.size() && std::isnan(value);
}

// Why Read stopped at `column`. Rare, so it may look at the whole line again.
ParsedRow Diagnose(const char* begin, std::size_t column, std::size_t columns,
                   std::string_view header) {
  const char* line_end = static_cast<const char*>(rawmemchr(begin, '\n'));
  const std::string_view line(begin, static_cast<std::size_t>(line_end - begin));
  ParsedRow result{RowVerdict::kMalformed, line_end + 1, {}};
  std::size_t found = 1;
  bool any_empty = line.empty() || line.front() == '\t' || line.back() == '\t';
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\t') continue;
    ++found;
    any_empty |= i + 1 < line.size() && line[i + 1] == '\t';
  }
  if (found > columns) return result;
  header.remove_suffix(1);
  result.column = NthField(header, column);
  if (found < columns || any_empty ||
      (result.column == "slo_factor" && IsNotANumber(NthField(line, column)))) {
    result.verdict = RowVerdict::kMissingField;
  }
  return result;
}

}  // namespace

ParsedRow ParseRow(const char* begin, RequestRow* row) {
  Line<kRequestColumns> line(begin);
  if (line.Read(Unsigned{&row->t}, &row->request_id, &row->result, &row->user_id, &row->model_id,
                &row->slo_factor, Unsigned{&row->latency}, &row->deadline, &row->deadline_met,
                &row->arrival_count, &row->departure_count, &row->is_coldstart)) {
    return {RowVerdict::kRow, line.end(), {}};
  }
  return Diagnose(begin, line.column(), kRequestColumns, kRequestHeader);
}

ParsedRow ParseRow(const char* begin, ActionRow* row) {
  Line<kActionColumns> line(begin);
  if (line.Read(
          Unsigned{&row->t}, &row->action_id, &row->action_type, &row->status, &row->worker_id,
          &row->gpu_id, &row->model_id, &row->batch_size, &row->expected_exec_duration,
          &row->worker_exec_duration, &row->expected_exec_complete, &row->worker_exec_complete,
          &row->expected_gpu_clock, &row->worker_gpu_clock_before, &row->worker_gpu_clock,
          &row->worker_copy_output_complete, &row->worker_action_received, &row->worker_result_sent,
          &row->controller_result_enqueue, &row->controller_action_duration, &row->goodput,
          &row->requests_queued, &row->copies_loaded)) {
    return {RowVerdict::kRow, line.end(), {}};
  }
  return Diagnose(begin, line.column(), kActionColumns, kActionHeader);
}

}  // namespace clockwork::telemetry
