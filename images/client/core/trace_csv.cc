#include "images/client/core/trace_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>

namespace clockwork::client {

std::uint32_t CsvTrace::Count(std::uint32_t function, std::uint32_t minute) const {
  const std::size_t row = order_[function];
  const auto begin = minutes_.begin() + static_cast<std::ptrdiff_t>(row_begin_[row]);
  const auto end = minutes_.begin() + static_cast<std::ptrdiff_t>(row_begin_[row + 1]);
  const auto found = std::lower_bound(begin, end, minute);
  if (found == end || *found != minute) return 0;
  return counts_[static_cast<std::size_t>(found - minutes_.begin())];
}

bool CsvTrace::HasCalls(std::uint32_t function) const {
  const std::size_t row = order_[function];
  return row_begin_[row] != row_begin_[row + 1];
}

TraceCsvParser::TraceCsvParser(std::string description) : trace_(std::make_unique<CsvTrace>()) {
  trace_->description_ = std::move(description);
  trace_->row_begin_.push_back(0);
}

Error TraceCsvParser::Bad(const std::string& what) const {
  return RuntimeError(fmt::format("{} line {}: {}", trace_->description_, line_, what));
}

Status TraceCsvParser::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (partial_.size() + piece.size() > kMaxTraceLineBytes) {
      ++line_;
      return Bad(fmt::format("longer than {} bytes; is this a trace file?", kMaxTraceLineBytes));
    }
    if (end == std::string_view::npos) {
      partial_.append(piece);
      return {};
    }
    Status status;
    if (partial_.empty()) {
      status = AddLine(piece);
    } else {
      partial_.append(piece);
      status = AddLine(partial_);
      partial_.clear();
    }
    if (!status.ok()) return status;
    bytes.remove_prefix(end + 1);
  }
  return {};
}

Status TraceCsvParser::AddLine(std::string_view line) {
  ++line_;
  if (line_ == 1) return {};  // the header
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  constexpr std::size_t kColumns = kTraceTextColumns + kMinutesPerDay;
  const std::size_t columns =
      static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1;
  if (columns != kColumns) {
    return Bad(fmt::format("{} columns instead of {} (4 texts and {} minutes)", columns, kColumns,
                           kMinutesPerDay));
  }
  if (sums_.size() == kMaxFunctions) {
    return Bad(fmt::format("more than {} functions", kMaxFunctions));
  }
  for (std::size_t column = 0; column < kTraceTextColumns; ++column) {
    line.remove_prefix(line.find(',') + 1);
  }
  std::uint32_t sum = 0;
  for (std::size_t minute = 0; minute < kMinutesPerDay; ++minute) {
    const std::size_t comma = std::min(line.find(','), line.size());
    if (Status status = AddCount(line.substr(0, comma), minute, &sum); !status.ok()) return status;
    line.remove_prefix(std::min(comma + 1, line.size()));
  }
  sums_.push_back(static_cast<std::int32_t>(sum));
  trace_->row_begin_.push_back(trace_->counts_.size());
  return {};
}

Status TraceCsvParser::AddCount(std::string_view field, std::size_t minute, std::uint32_t* sum) {
  std::uint32_t count = 0;
  const char* end = field.data() + field.size();
  const auto [stopped, code] = std::from_chars(field.data(), end, count);
  if (code == std::errc::result_out_of_range ||
      count > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
    return Bad(fmt::format("'{}' calls in minute {} is too large a number", field, minute));
  }
  if (code != std::errc() || stopped != end) {
    ++trace_->non_numeric_;
    return {};
  }
  if (count == 0) return {};
  if (trace_->counts_.size() == kMaxTraceCounts) {
    return Bad(fmt::format("more than {} minutes with calls", kMaxTraceCounts));
  }
  trace_->minutes_.push_back(static_cast<std::uint16_t>(minute));
  trace_->counts_.push_back(count);
  *sum += count;  // wraps, as the 32-bit sum of the original
  return {};
}

Result<std::unique_ptr<CsvTrace>> TraceCsvParser::Finish() {
  if (!partial_.empty()) {
    if (Status status = AddLine(partial_); !status.ok()) return status.error();
  }
  if (sums_.empty()) {
    return RuntimeError(
        fmt::format("{}: there is no function in this trace", trace_->description_));
  }
  std::vector<std::uint32_t>& order = trace_->order_;
  order.resize(sums_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::pair(sums_[a], a) > std::pair(sums_[b], b);
  });
  return std::move(trace_);
}

}  // namespace clockwork::client
