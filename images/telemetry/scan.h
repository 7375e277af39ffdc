#pragma once

// Goes through a log with several threads, as often as wanted. Which thread sees which rows is left
// to chance: who adds up what they saw has to be indifferent to it. Errors are not left to chance:
// the first one in the file is named, whoever met it.
//
//   LogScan<RequestRow> log;
//   if (Status status = log.Open(path, kChunkBytes); !status.ok()) return status;
//   std::vector<Counter> counters(2);        // one per thread; each has Add(const RequestRow&)
//   const auto counts = log.Run(&counters);

#include <array>
#include <atomic>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/telemetry/log_chunks.h"
#include "images/common/telemetry/log_errors.h"
#include "images/common/telemetry/parse_columns.h"
#include "images/common/telemetry/parse_row.h"
#include "images/telemetry/parallel.h"

namespace clockwork::telemetry {

// Rows that are parsed before they are counted: few enough to stay in a core's nearest cache.
inline constexpr std::size_t kScanRows = 64;

struct ScanCounts {
  std::uint64_t rows = 0;
  std::uint64_t dropped_rows = 0;  // for missing fields
};

// Hands out the chunks of a log in ascending order and keeps the first error. Any thread.
class ChunkQueue {
 public:
  explicit ChunkQueue(std::size_t count) : lines_(count) {}

  // The next chunk, or nothing: after an error, too.
  std::optional<std::size_t> Take();
  // What a chunk has given. `error` follows `lines` lines; one for a line needs its number, which
  // is known in the end.
  void Finish(std::size_t chunk, std::uint32_t lines) { lines_[chunk] = lines; }
  void Fail(std::size_t chunk, std::uint32_t lines, std::optional<std::string_view> column,
            Error error);

  // After all threads.
  Status Outcome(const std::string& path) const;

 private:
  struct Failure {
    std::size_t chunk;
    std::uint32_t lines;                     // of the chunk, before it
    std::optional<std::string_view> column;  // of a malformed line
    Error error;                             // otherwise
  };

  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  // Of each chunk, written by the thread that took it, read after all threads.
  std::vector<std::uint32_t> lines_;
  std::mutex mutex_;
  std::optional<Failure> first_;  // under mutex_ while threads run
};

template <typename Row>
class LogScan {
 public:
  Status Open(const std::string& path, std::size_t chunk_bytes) {
    return chunks_.Open(path, HeaderOf(static_cast<const Row*>(nullptr)), chunk_bytes);
  }

  // Calls Add(row) of the counters for every row, one thread per counter. Of the rows those columns
  // are set that ColumnParser sets. May be called by several threads.
  template <typename Counter>
  Result<ScanCounts> Run(std::vector<Counter>* counters) const {
    ChunkQueue queue(chunks_.count());
    std::vector<ScanCounts> counts(counters->size());
    RunInThreads(counters->size(), [&](std::size_t thread) {
      // Kept apart from those of the others, so that they share no cache line.
      ScanCounts own;
      LogChunks::Lines lines;
      ColumnParser parser;
      while (const auto chunk = queue.Take()) {
        const Status read = chunks_.Read(*chunk, &lines);
        ScanChunk(*chunk, lines, read, &queue, &parser, &(*counters)[thread], &own);
      }
      counts[thread] = own;
    });
    if (Status status = queue.Outcome(chunks_.path()); !status.ok()) return status.error();
    return std::accumulate(counts.begin(), counts.end(), ScanCounts(),
                           [](const ScanCounts& a, const ScanCounts& b) {
                             return ScanCounts{a.rows + b.rows, a.dropped_rows + b.dropped_rows};
                           });
  }

 private:
  template <typename Counter>
  void ScanChunk(std::size_t chunk, const LogChunks::Lines& lines, const Status& read,
                 ChunkQueue* queue, ColumnParser* parser, Counter* counter,
                 ScanCounts* counts) const;

  LogChunks chunks_;
};

template <typename Row>
template <typename Counter>
void LogScan<Row>::ScanChunk(std::size_t chunk, const LogChunks::Lines& lines, const Status& read,
                             ChunkQueue* queue, ColumnParser* parser, Counter* counter,
                             ScanCounts* counts) const {
  std::array<Row, kScanRows> rows;
  std::uint32_t count = 0;
  std::uint32_t dropped = 0;
  const char* at = lines.text.data();
  const char* const end = at + lines.text.size();
  while (at < end) {
    std::size_t usual = 0;
    at = parser->ParseSome(at, end, rows, &usual);
    for (std::size_t i = 0; i < usual; ++i) counter->Add(rows[i]);
    count += static_cast<std::uint32_t>(usual);
    if (usual == rows.size() || at == end) continue;
    const ParsedRow parsed = ParseRow(at, &rows[0]);
    const bool is_cut = parsed.end == end && lines.cut;
    if (static_cast<std::size_t>(parsed.end - at) > kReadBytes + (is_cut ? 1 : 0)) {
      return queue->Fail(chunk, count, std::nullopt, LineTooLong(chunks_.path()));
    }
    if (parsed.verdict == RowVerdict::kMalformed && !is_cut) {
      return queue->Fail(chunk, count, parsed.column, {});
    }
    at = parsed.end;
    ++count;
    if (parsed.verdict == RowVerdict::kRow) {
      counter->Add(rows[0]);
    } else {
      ++dropped;
    }
  }
  counts->rows += count - dropped;
  counts->dropped_rows += dropped;
  if (!read.ok()) return queue->Fail(chunk, count, std::nullopt, read.error());
  queue->Finish(chunk, count);
}

}  // namespace clockwork::telemetry
