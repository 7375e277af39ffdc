#pragma once

// Goes through a log as often as wanted, restricted to a window of time (spec/telemetry.md §2.5).

#include <algorithm>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/base/time.h"
#include "images/common/telemetry/reader.h"

namespace clockwork::telemetry {

// Seconds of the options -l and -d.
struct WindowOptions {
  std::int64_t lead_in_seconds = 0;
  std::int64_t duration_seconds = -1;  // -1: all
};

// One log and the rows of it that count.
template <typename Row>
class LogScan {
 public:
  // Reads the log to learn its window: from the first t plus the lead-in, which is the log's own,
  // for the duration.
  Status Open(const std::string& path, const WindowOptions& options);

  // Rows in the window, how many were dropped for missing fields, and the first t in the window.
  std::uint64_t rows() const { return rows_; }
  std::uint64_t dropped_rows() const { return reader_.dropped_rows(); }
  Nanos first_ns() const { return first_ns_; }
  const std::string& path() const { return reader_.path(); }

  // Calls visit(row) for each row in the window.
  template <typename Visit>
  Status ForEach(Visit visit) {
    Status status = reader_.Rewind();
    while (status.ok()) {
      status = reader_.Next(&batch_);
      if (!status.ok() || batch_.empty()) break;
      for (const Row& row : batch_) {
        if (row.t >= start_ns_ && row.t <= end_ns_) visit(row);
      }
    }
    return status;
  }

 private:
  Status FindRange();

  LogReader<Row> reader_;
  std::vector<Row> batch_;
  Nanos start_ns_ = 0;
  Nanos end_ns_ = kNever;
  Nanos first_ns_ = 0;
  std::uint64_t rows_ = 0;
};

extern template class LogScan<RequestRow>;
extern template class LogScan<ActionRow>;

}  // namespace clockwork::telemetry
