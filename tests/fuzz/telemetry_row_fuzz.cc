// Lines of the two logs. A line that is a row comes out of the writer as a line of the same row,
// and what the quick parser takes the strict one takes, with the same values.

#include <string>

#include "images/common/telemetry/format.h"
#include "images/common/telemetry/parse_columns.h"
#include "images/common/telemetry/parse_row.h"
#include "tests/fuzz/fuzz_check.h"

namespace clockwork::telemetry {
namespace {

template <typename Row>
std::string Line(const Row& row) {
  std::string text(kMaxRowBytes, '\0');
  const char* end = FormatRow(row, text.data());
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text;
}

bool SameColumns(const RequestRow& a, const RequestRow& b) {
  return a.t == b.t && a.result == b.result && a.model_id == b.model_id && a.latency == b.latency &&
         a.deadline_met == b.deadline_met && a.arrival_count == b.arrival_count &&
         a.is_coldstart == b.is_coldstart;
}

bool SameColumns(const ActionRow& a, const ActionRow& b) {
  return a.t == b.t && a.action_type == b.action_type && a.batch_size == b.batch_size &&
         a.expected_exec_duration == b.expected_exec_duration &&
         a.worker_exec_duration == b.worker_exec_duration &&
         a.expected_exec_complete == b.expected_exec_complete &&
         a.worker_exec_complete == b.worker_exec_complete;
}

// Of `padded`, which holds kColumnsSlackBytes more.
template <typename Row>
void ParseLines(const std::string& padded) {
  ColumnParser parser;
  const char* at = padded.data();
  const char* const end = at + padded.size() - kColumnsSlackBytes;
  while (at != end) {
    Row row;
    const ParsedRow parsed = ParseRow(at, &row);
    FUZZ_CHECK(parsed.end > at && parsed.end <= end && parsed.end[-1] == '\n');
    Row columns;
    const char* const quick = parser.Parse(at, &columns);
    FUZZ_CHECK(quick == nullptr || (quick == parsed.end && parsed.verdict == RowVerdict::kRow &&
                                    SameColumns(columns, row)));
    at = parsed.end;
    if (parsed.verdict != RowVerdict::kRow) continue;
    const std::string once = Line(row);
    Row again;
    FUZZ_CHECK(ParseRow(once.data(), &again).verdict == RowVerdict::kRow);
    FUZZ_CHECK(Line(again) == once);
  }
}

}  // namespace
}  // namespace clockwork::telemetry

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork::telemetry;  // NOLINT(google-build-using-namespace)
  std::string text(reinterpret_cast<const char*>(data), size);
  text += '\n';
  text.append(kColumnsSlackBytes, '\0');
  ParseLines<RequestRow>(text);
  ParseLines<ActionRow>(text);
  return 0;
}
