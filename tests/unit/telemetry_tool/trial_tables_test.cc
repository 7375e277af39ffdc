// The tables of a trial, and the errors, are the same however its logs are gone through: by one
// thread or several, in chunks of any size, from kept rows or from logs read again. What they
// should be says a reader of a single thread that keeps nothing.

#include "images/telemetry/trial_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "images/common/telemetry/reader.h"
#include "images/telemetry/core/tail_cdf.h"
#include "images/telemetry/core/time_series.h"
#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::GoldenActions;
using clockwork::testing::GoldenRequests;
using clockwork::testing::kGoldenStartNs;
using clockwork::testing::LogText;
using clockwork::testing::ReadText;
using clockwork::testing::TemporaryDirectory;
using clockwork::testing::WriteText;
using ::testing::HasSubstr;

constexpr std::int64_t kBucketSeconds = 10;

// Tables and counts, or the error, as one text.
std::string TextOf(const Result<ProcessedTrial>& trial) {
  if (!trial.ok()) return "error: " + trial.error().message;
  return EncodeTable(trial->time_series) + EncodeTable(trial->tail_cdf) +
         EncodeTrialSummary(trial->summary);
}

template <typename Row>
Result<std::vector<Row>> AllRows(const std::string& path, std::uint64_t* dropped_rows) {
  LogReader<Row> log;
  if (Status status = log.Open(path); !status.ok()) return status.error();
  std::vector<Row> rows;
  std::vector<Row> batch;
  do {
    if (Status status = log.Next(&batch); !status.ok()) return status.error();
    rows.insert(rows.end(), batch.begin(), batch.end());
  } while (!batch.empty());
  *dropped_rows += log.dropped_rows();
  return rows;
}

template <typename Row>
Nanos FirstTime(const std::vector<Row>& rows) {
  const auto earlier = [](const Row& a, const Row& b) { return a.t < b.t; };
  return std::min_element(rows.begin(), rows.end(), earlier)->t;
}

template <typename Row>
void Restrict(const WindowOptions& window, std::vector<Row>* rows) {
  if (rows->empty()) return;
  const Nanos start_ns = FirstTime(*rows) + window.lead_in_seconds * kSecond;
  const Nanos span_ns = window.duration_seconds * kSecond;
  std::erase_if(*rows, [&](const Row& row) {
    return row.t < start_ns || (span_ns >= 0 && row.t > start_ns + span_ns);
  });
}

Result<ProcessedTrial> Reference(const std::string& request_log, const std::string& action_log,
                                 const WindowOptions& window) {
  TrialSummary summary;
  auto requests = AllRows<RequestRow>(request_log, &summary.dropped_rows);
  if (!requests.ok()) return requests.error();
  auto actions = AllRows<ActionRow>(action_log, &summary.dropped_rows);
  if (!actions.ok()) return actions.error();
  Restrict(window, &*requests);
  Restrict(window, &*actions);
  Nanos origin_ns = FirstTime(*requests);
  if (!actions->empty()) origin_ns = std::max(origin_ns, FirstTime(*actions));
  TimeSeries series(origin_ns, kBucketSeconds);
  TailCdf cdf;
  bool series_done = false;
  bool cdf_done = false;
  while (!series_done || !cdf_done) {
    for (const RequestRow& row : *requests) {
      series.Add(row);
      cdf.Add(row);
    }
    for (const ActionRow& row : *actions) {
      series.Add(row);
      cdf.Add(row);
    }
    series_done = series.EndPass();
    cdf_done = cdf.EndPass();
  }
  const TimeSeriesData data = series.Data();
  summary.peaks = FindPeaks(data);
  summary.request_rows = requests->size();
  summary.action_rows = actions->size();
  return ProcessedTrial{TimeSeriesTable(data), cdf.Data(), summary};
}

// Rows that differ in everything that matters: not sorted, with values of every size and sign.
std::vector<RequestRow> MixedRequests(std::size_t count) {
  std::mt19937_64 random(23);
  std::vector<RequestRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    RequestRow& row = rows[i];
    row.t = kGoldenStartNs + static_cast<Nanos>(i) * 5 * kMillisecond +
            static_cast<Nanos>(random() % 1'000'000'000);
    row.result = std::array{0, 0, 0, 4, 45}[random() % 5];
    row.model_id = static_cast<std::int32_t>(random() % 300) - 2;
    row.slo_factor = random() % 9 == 0 ? 1.25F : 0;
    row.latency = random() % 2 == 0 ? 95'000'000 + static_cast<Nanos>(random() % 5'000)
                                    : static_cast<Nanos>(random() >> (30 + random() % 34));
    row.deadline = random() % 9 == 0 ? -1 : 100'000'000;
    row.deadline_met = random() % 3 != 0;
    row.arrival_count = static_cast<std::int32_t>(random() % 5) - 1;
    row.is_coldstart = random() % 7 == 0;
  }
  return rows;
}

std::vector<ActionRow> MixedActions(std::size_t count) {
  std::mt19937_64 random(29);
  std::vector<ActionRow> rows(count);
  const auto time = [&random] {
    return random() % 8 == 0 ? 0 : static_cast<Nanos>(2'000'000 + random() % 9'000'000);
  };
  for (std::size_t i = 0; i < count; ++i) {
    rows[i].t = kGoldenStartNs + static_cast<Nanos>(random() % (count * 20)) * kMillisecond;
    rows[i].action_type = static_cast<std::int32_t>(1 + random() % 3);
    rows[i].batch_size = static_cast<std::int32_t>(1 + random() % 16);
    rows[i].expected_exec_duration = time();
    rows[i].worker_exec_duration = time();
    rows[i].expected_exec_complete = time();
    rows[i].worker_exec_complete = time();
  }
  return rows;
}

class TrialTablesTest : public ::testing::Test {
 protected:
  std::string Text(const ScanOptions& scan) const {
    return TextOf(ProcessLogs(requests_, actions_, window_, kBucketSeconds, scan));
  }
  // Writes the logs, and expects of every way to go through them what the reference says.
  void ExpectReference(const std::string& requests, const std::string& actions,
                       const std::vector<std::size_t>& chunk_sizes) {
    WriteText(requests_, requests);
    WriteText(actions_, actions);
    const std::string expected = TextOf(Reference(requests_, actions_, window_));
    for (const std::size_t chunk_bytes : chunk_sizes) {
      for (const std::size_t threads : {1UL, 2UL, 5UL}) {
        for (const std::size_t kept : {KeptActions::kMaxRows, std::size_t{20}}) {
          ASSERT_EQ(Text({threads, chunk_bytes, kept, kept}), expected)
              << threads << " threads, chunks of " << chunk_bytes << ", kept " << kept;
        }
      }
    }
  }

  TemporaryDirectory directory_;
  std::string requests_ = directory_ / "requests.tsv";
  std::string actions_ = directory_ / "actions.tsv";
  WindowOptions window_;
};

TEST_F(TrialTablesTest, AreTheSameForAnyNumberOfThreadsAndAnyChunks) {
  ExpectReference(LogText(GoldenRequests()), LogText(GoldenActions()),
                  {40, 64, 129, 1'000, 5'000, kChunkBytes});
}

TEST_F(TrialTablesTest, AreTheSameWhereverAChunkEnds) {
  auto requests = GoldenRequests();
  auto actions = GoldenActions();
  requests.resize(12);
  actions.resize(6);
  std::vector<std::size_t> chunk_sizes;
  for (std::size_t bytes = 1; bytes < 200; bytes += 1 + bytes / 6) chunk_sizes.push_back(bytes);
  ExpectReference(LogText(requests), LogText(actions), chunk_sizes);
}

TEST_F(TrialTablesTest, AreTheSameForRowsInAnyOrderWithOddValues) {
  ExpectReference(LogText(MixedRequests(8'000)), LogText(MixedActions(3'000)),
                  {777, 10'000, kChunkBytes});
}

// Rows that cannot be kept, among those that could.
TEST_F(TrialTablesTest, LatenciesOfAnySizeAreTheSameForAll) {
  auto requests = MixedRequests(3'000);
  std::mt19937_64 random(41);
  for (std::size_t i = 0; i < requests.size(); i += 1 + random() % 40) {
    requests[i].latency = static_cast<Nanos>(random() >> (1 + random() % 30));
  }
  ExpectReference(LogText(requests), LogText(MixedActions(300)), {3'000, kChunkBytes});
}

TEST_F(TrialTablesTest, AFirstTimeLateInTheLogIsFound) {
  auto requests = MixedRequests(6'000);
  auto actions = MixedActions(5'000);
  requests.back().t = kGoldenStartNs - 100 * kSecond;
  actions.back().t = kGoldenStartNs - 33 * kSecond;
  ExpectReference(LogText(requests), LogText(actions), {3'000, kChunkBytes});
  actions.back().t = kGoldenStartNs - 200 * kSecond;
  ExpectReference(LogText(requests), LogText(actions), {3'000, kChunkBytes});
}

TEST_F(TrialTablesTest, AWindowIsTheSameForAll) {
  const std::string requests = LogText(MixedRequests(6'000));
  const std::string actions = LogText(MixedActions(900));
  for (const WindowOptions window : {WindowOptions{.lead_in_seconds = 11},
                                     WindowOptions{.lead_in_seconds = 0, .duration_seconds = 10},
                                     WindowOptions{.lead_in_seconds = 3, .duration_seconds = 17}}) {
    window_ = window;
    ExpectReference(requests, actions, {2'000, kChunkBytes});
  }
}

TEST_F(TrialTablesTest, RowsWithMissingFieldsAndCutLogsAreTheSameForAll) {
  std::string requests = LogText(MixedRequests(300));
  std::string actions = LogText(MixedActions(300));
  std::mt19937_64 random(31);
  for (int i = 0; i < 40; ++i) {
    for (std::string* log : {&requests, &actions}) {
      const std::size_t line = log->find('\n', log->size() / 2 + random() % (log->size() / 3)) + 1;
      log->insert(line, random() % 2 == 0 ? "\n" : "1600000000000000000\t3\t\t7\n");
    }
  }
  for (int cut = 0; cut < 12; ++cut) {
    ExpectReference(requests, actions, {300 + random() % 5'000});
    requests.resize(requests.size() - 3);
    actions.resize(actions.size() - 7);
  }
}

// The first damage in the file is named, whichever thread is first to meet some.
TEST_F(TrialTablesTest, DamageIsTheSameForAll) {
  const std::string requests = LogText(GoldenRequests());
  const std::string actions = LogText(GoldenActions());
  std::mt19937_64 random(37);
  for (int round = 0; round < 40; ++round) {
    std::string damaged = round % 2 == 0 ? requests : actions;
    const std::size_t header = damaged.find('\n') + 1;
    for (std::size_t places = 1 + random() % 3; places > 0; --places) {
      damaged[header + random() % (damaged.size() - header - 1)] = "x\t\n-"[random() % 4];
    }
    ExpectReference(round % 2 == 0 ? damaged : requests, round % 2 == 0 ? actions : damaged,
                    {100 + random() % 9'000});
  }
}

TEST_F(TrialTablesTest, TheRequestsErrorComesFirst) {
  const std::string damage = "oops\there\there\t4\t5\t6\t7\t8\t9\t10\t11\t12\n";
  const std::string requests = LogText(GoldenRequests());
  WriteText(requests_, requests + damage + requests.substr(kRequestHeader.size()) + damage);
  WriteText(actions_, "another file\n");
  for (const std::size_t threads : {1UL, 2UL}) {
    EXPECT_THAT(Text({.threads = threads, .chunk_bytes = 500}), HasSubstr(requests_ + ":402: "));
  }
  WriteText(requests_, requests);
  EXPECT_THAT(Text({}), HasSubstr(actions_ + " does not begin with the header"));
}

TEST_F(TrialTablesTest, ALineWithoutEndIsNamedByAnyThread) {
  WriteText(requests_, LogText(GoldenRequests()) + std::string(2 * kReadBytes, '1'));
  WriteText(actions_, LogText(GoldenActions()));
  const std::string expected = TextOf(Reference(requests_, actions_, window_));
  EXPECT_THAT(expected, HasSubstr("has a line of more than"));
  for (const std::size_t chunk_bytes : {1'000UL, kChunkBytes, 8 * kChunkBytes}) {
    EXPECT_EQ(Text({.threads = 2, .chunk_bytes = chunk_bytes}), expected);
  }
}

}  // namespace
}  // namespace clockwork::telemetry
