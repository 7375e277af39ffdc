#pragma once

// The invocation files of the Azure Functions 2019 trace (spec/workload.md §3.2): a header line,
// then one function per line with 4 text columns and 1440 counts. Pure: bytes are fed in pieces of
// any size by whoever reads the file, so a file of 500 MB needs no more memory than its non-zero
// counts.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "images/client/core/trace.h"
#include "images/common/base/result.h"

namespace clockwork::client {

inline constexpr std::size_t kTraceTextColumns = 4;
// The longest line accepted; the real ones stay below 20 KB.
inline constexpr std::size_t kMaxTraceLineBytes = 65'536;
// The most non-zero counts of one trace, at 6 bytes each. The real days have about ten million.
inline constexpr std::size_t kMaxTraceCounts = std::size_t{1} << 26;

// A parsed trace: per function the minutes that have calls. Function order is descending by the
// day's sum (as a 32-bit integer), ties with the later line first.
class CsvTrace final : public Trace {
 public:
  std::size_t functions() const override { return order_.size(); }
  std::uint32_t Count(std::uint32_t function, std::uint32_t minute) const override;
  bool HasCalls(std::uint32_t function) const override;
  std::string Description() const override { return description_; }

  // Counts that were no numbers and were taken as 0, as in the original.
  std::size_t non_numeric_counts() const { return non_numeric_; }

 private:
  friend class TraceCsvParser;

  std::string description_;
  std::vector<std::uint32_t> order_;    // function -> row
  std::vector<std::size_t> row_begin_;  // row -> first index below; one more at the end
  std::vector<std::uint16_t> minutes_;  // ascending within a row
  std::vector<std::uint32_t> counts_;   // of that minute, never 0
  std::size_t non_numeric_ = 0;
};

class TraceCsvParser {
 public:
  // `description` names the input in error messages and in the trace.
  explicit TraceCsvParser(std::string description);

  // The next piece of the file. After an Error the parser is of no further use. Errors are runtime
  // errors that name the input and the line.
  Status Feed(std::string_view bytes);

  // The end of the file; a last line without line end counts. Fails when there is no function.
  Result<std::unique_ptr<CsvTrace>> Finish();

 private:
  Status AddLine(std::string_view line);
  Status AddCount(std::string_view field, std::size_t minute, std::uint32_t* sum);
  Error Bad(const std::string& what) const;

  std::unique_ptr<CsvTrace> trace_;
  std::vector<std::int32_t> sums_;  // by row
  std::string partial_;             // of a line whose end has not been fed yet
  std::size_t line_ = 0;            // number of the current line, from 1
};

}  // namespace clockwork::client
