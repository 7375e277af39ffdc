#pragma once

// The few columns of a row that derived tables need, quickly: for lines of the form that the
// controller nearly always writes. Pure; no allocation.

#include <cstddef>
#include <cstdint>
#include <span>

#include "images/common/telemetry/request_shapes.h"
#include "images/common/telemetry/rows.h"

namespace clockwork::telemetry {

// So many bytes behind the '\n' of the line must be readable; what they hold does not matter.
inline constexpr std::size_t kColumnsSlackBytes = 2'048;

// The 19 digits of t. The leading ones are mostly those of the line before, and not read again.
class TimeDigits {
 public:
  static constexpr std::size_t kDigits = 19;

  // False: they are not all digits.
  bool Read(const char* begin, std::uint64_t* value);
  // The same of the leading eleven, with what they are worth.
  bool ReadHigh(const char* begin, std::uint64_t* value);

 private:
  // The digits 0 to 7 and 3 to 10 of the line before, and what they are worth.
  std::uint64_t first_ = 0x3030303030303030;
  std::uint64_t second_ = 0x3030303030303030;
  std::uint64_t high_ = 0;
};

// For the lines of one log, in any order; they are best in the order of t. It knows what it has
// seen of them (some 16 KiB), so that one should see many. One thread.
class ColumnParser {
 public:
  // Parses the line at `begin`, whose '\n' must be there, and returns where the next one begins.
  // Null: the line is not of the usual form (19 digits of t, nothing but digits, numbers not
  // oversized); ParseRow then says what it is. What is accepted here ParseRow accepts with the same
  // values. The whole line is checked, but of `*row` only the columns named here are set: t,
  // result, model_id, latency, deadline_met, arrival_count and is_coldstart;
  const char* Parse(const char* begin, RequestRow* row);
  // t, action_type, batch_size, and of expected_* and worker_exec_* the durations and completes.
  const char* Parse(const char* begin, ActionRow* row);

  // As Parse line by line, from `begin` to `end`, where a line ends. Stops behind the last line
  // that fits into `rows`, or before the first that is not of the usual form, and returns where.
  const char* ParseSome(const char* begin, const char* end, std::span<RequestRow> rows,
                        std::size_t* count);
  const char* ParseSome(const char* begin, const char* end, std::span<ActionRow> rows,
                        std::size_t* count);

 private:
  const char* ParseUsual(const char* begin, RequestRow* row);
  const char* ParseUnusual(const char* begin, RequestRow* row);
  template <typename Row, typename ParseOne>
  static const char* ParseLines(const char* begin, const char* end, std::span<Row> rows,
                                std::size_t* count, ParseOne parse);

  TimeDigits time_;
  RequestShapes shapes_;
};

}  // namespace clockwork::telemetry
