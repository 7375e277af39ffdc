// The invocation files of the trace, in pieces of any size: the result does not depend on them.

#include <algorithm>
#include <memory>
#include <string>

#include "images/client/core/trace_csv.h"
#include "tests/fuzz/fuzz_check.h"

namespace clockwork::client {
namespace {

constexpr std::string_view kHeader = "HashOwner,HashApp,HashFunction,Trigger";

// A header line, then the bytes; the fuzzer need not find 1440 columns itself: short rows are
// filled up.
std::string File(std::string_view bytes) {
  std::string file(kHeader);
  for (int minute = 1; minute <= 1440; ++minute) file += "," + std::to_string(minute);
  file += '\n';
  std::size_t begin = 0;
  while (begin < bytes.size()) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    const std::string_view line = bytes.substr(begin, end - begin);
    file += line;
    const auto commas = static_cast<std::size_t>(std::count(line.begin(), line.end(), ','));
    // A line that ends in '$' is left as it is.
    if (!line.ends_with('$')) {
      for (std::size_t column = commas; column < kTraceTextColumns - 1 + 1440; ++column)
        file += ",0";
    }
    if (end < bytes.size()) file += '\n';
    begin = end + 1;
  }
  return file;
}

std::unique_ptr<CsvTrace> Parse(std::string_view file, std::size_t piece) {
  TraceCsvParser parser("the input");
  for (std::size_t at = 0; at < file.size(); at += piece) {
    if (const Status status = parser.Feed(file.substr(at, piece)); !status.ok()) {
      FUZZ_CHECK(!status.error().message.empty());
      return nullptr;
    }
  }
  auto trace = parser.Finish();
  return trace.ok() ? std::move(*trace) : nullptr;
}

void Compare(const CsvTrace* a, const CsvTrace* b) {
  FUZZ_CHECK((a == nullptr) == (b == nullptr));
  if (a == nullptr) return;
  FUZZ_CHECK(a->functions() == b->functions());
  FUZZ_CHECK(a->non_numeric_counts() == b->non_numeric_counts());
  for (std::uint32_t function = 0; function < a->functions(); ++function) {
    FUZZ_CHECK(a->HasCalls(function) == b->HasCalls(function));
    for (const std::uint32_t minute : {0U, 1U, 2U, 3U, 719U, 1439U}) {
      FUZZ_CHECK(a->Count(function, minute) == b->Count(function, minute));
    }
  }
}

}  // namespace
}  // namespace clockwork::client

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork::client;  // NOLINT(google-build-using-namespace)
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // The first byte says whether the rows are filled up, the second the size of the pieces.
  const std::string file = bytes[0] % 2 == 0 ? std::string(bytes.substr(2)) : File(bytes.substr(2));
  const std::size_t piece = 1 + data[1];
  Compare(Parse(file, piece).get(), Parse(file, file.size() + 1).get());
  return 0;
}
