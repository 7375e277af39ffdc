// Lines of the two logs. A line that is a row comes out of the writer as a line of the same row.

#include <string>

#include "images/common/telemetry/format.h"
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

template <typename Row>
void ParseLines(const std::string& text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    Row row;
    const ParsedRow parsed = ParseRow(at, &row);
    FUZZ_CHECK(parsed.end > at && parsed.end <= end && parsed.end[-1] == '\n');
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
  ParseLines<RequestRow>(text);
  ParseLines<ActionRow>(text);
  return 0;
}
