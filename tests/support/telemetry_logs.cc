#include "tests/support/telemetry_logs.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "images/common/telemetry/format.h"

namespace clockwork::testing {
namespace {

using telemetry::ActionRow;
using telemetry::RequestRow;

RequestRow GoldenRequest(int i) {
  RequestRow row;
  row.t = kGoldenStartNs + i * (kSecond / 2);
  row.request_id = i;
  row.result = i % 10 == 9 ? 4 : 0;
  row.user_id = 7;
  row.model_id = i % 4;
  row.latency = (5 + i % 50) * kMillisecond;
  if (i % 25 == 24) row.latency = 101 * kMillisecond;
  if (row.result == 4) row.latency = 95 * kMillisecond;
  row.deadline = 100 * kMillisecond;
  row.deadline_met = row.result == 0 && row.latency <= row.deadline;
  row.arrival_count = i % 20 == 0 ? 0 : 2;
  row.departure_count = row.result == 0 ? 2 : row.arrival_count;
  row.is_coldstart = row.departure_count > row.arrival_count && row.arrival_count == 0;
  return row;
}

ActionRow GoldenAction(int i) {
  constexpr std::array<int, 5> kTypes = {2, 2, 2, 1, 3};
  constexpr std::array<int, 3> kBatches = {1, 2, 4};
  const int type = kTypes[static_cast<std::size_t>(i % 5)];
  const bool infer = type == telemetry::kActionInfer;
  const bool evict = type == telemetry::kActionEvict;
  ActionRow row;
  row.t = kGoldenStartNs + kSecond + i * (kSecond / 10 * 13);
  row.action_id = i;
  row.action_type = type;
  row.gpu_id = i % 10;
  row.model_id = i % 4;
  row.batch_size = infer ? kBatches[static_cast<std::size_t>(i % 3)] : 1;
  row.expected_exec_duration = evict ? 0 : (infer ? 3 : 8) * kMillisecond;
  row.worker_exec_duration = evict ? 900 : row.expected_exec_duration + (i % 7 - 3) * kMicrosecond;
  row.expected_exec_complete = evict ? 0 : row.expected_exec_duration + kMillisecond;
  row.worker_exec_complete = evict ? 0 : row.worker_exec_duration + kMillisecond + i;
  row.expected_gpu_clock = row.worker_gpu_clock_before = row.worker_gpu_clock = infer ? 1380 : 0;
  row.worker_copy_output_complete = infer ? row.worker_exec_complete : 0;
  row.worker_result_sent = row.worker_exec_duration + 1'100 * kMicrosecond;
  row.controller_result_enqueue = row.worker_exec_duration + 1'200 * kMicrosecond;
  row.controller_action_duration = row.worker_exec_duration + 1'210 * kMicrosecond;
  row.goodput = row.worker_exec_duration;
  row.requests_queued = 3;
  row.copies_loaded = 2;
  return row;
}

template <typename Row>
std::string Text(const std::vector<Row>& rows) {
  std::string text(telemetry::HeaderOf(static_cast<const Row*>(nullptr)));
  std::array<char, telemetry::kMaxRowBytes> line;
  for (const Row& row : rows) text.append(line.data(), telemetry::FormatRow(row, line.data()));
  return text;
}

}  // namespace

std::vector<RequestRow> GoldenRequests() {
  std::vector<RequestRow> rows(400);
  for (int i = 0; i < 400; ++i) rows[static_cast<std::size_t>(i)] = GoldenRequest(i);
  return rows;
}

std::vector<ActionRow> GoldenActions() {
  std::vector<ActionRow> rows(150);
  for (int i = 0; i < 150; ++i) rows[static_cast<std::size_t>(i)] = GoldenAction(i);
  return rows;
}

std::string LogText(const std::vector<RequestRow>& rows) { return Text(rows); }
std::string LogText(const std::vector<ActionRow>& rows) { return Text(rows); }

void WriteText(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  ASSERT_TRUE(file) << path;
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteLogs(const std::string& directory, int config, std::string_view requests,
               std::string_view actions) {
  const std::string prefix = directory + "/file=controller_" + std::to_string(config);
  WriteText(prefix + "_request.tsv", requests);
  WriteText(prefix + "_action.tsv", actions);
}

}  // namespace clockwork::testing
