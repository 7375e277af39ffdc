// The parts that every request passes: codec, event loop, telemetry writer, and `telemetry process`
// over a log of many rows. A line of JSON per part.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/clock.h"
#include "images/common/base/command_line.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/log.h"
#include "images/common/net/connect.h"
#include "images/common/net/connection.h"
#include "images/common/net/event_loop.h"
#include "images/common/telemetry/log_file.h"
#include "images/common/wire/client_messages.h"
#include "operator/local/supervise.h"
#include "tests/bench/spread.h"
#include "tests/support/paths.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::bench {
namespace {

struct Options {
  std::int64_t messages = 2'000'000;
  std::int64_t rows = 6'000'000;
  std::int64_t runs = 5;
  std::string programs = BuiltPath("bin");
};

constexpr Nanos kConnectDeadlineNs = 10 * kSecond;
constexpr Nanos kProcessDeadlineNs = 600 * kSecond;
constexpr std::int64_t kEchoWindow = 256;  // messages under way

void Print(const char* name, std::int64_t count, const std::vector<double>& seconds,
           nlohmann::ordered_json more = {}) {
  std::vector<double> rates;
  for (const double s : seconds) rates.push_back(static_cast<double>(count) / s);
  nlohmann::ordered_json line = {{"bench", name}, {"count", count}, {"perSecond", Spread(rates)}};
  if (!more.empty()) line.update(more);
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

Status Codec(const Options& options) {
  std::string buffer;
  std::uint64_t sum = 0;
  bool good = true;
  const auto seconds = TimeRuns(static_cast<std::size_t>(options.runs), [&] {
    for (std::int64_t i = 0; i < options.messages; ++i) {
      buffer.clear();
      const auto id = static_cast<std::int32_t>(i);
      wire::FrameWriter writer(&buffer, 2, static_cast<std::uint64_t>(i));
      Append(wire::InferenceRequest{{13, id}, 4000, 1, 0}, &buffer);
      writer.Finish({}, i, i);
      const wire::PreHeader pre_header = wire::DecodePreHeader(buffer.data());
      wire::InferenceRequest request;
      const std::string_view header(buffer.data() + wire::kPreHeaderBytes, pre_header.header_bytes);
      good = Decode(header, &request).ok() && good;
      sum += request.model_id;
    }
  });
  if (!good) return RuntimeError("codec: a request that was encoded cannot be decoded");
  Print("codec: a request encoded and decoded", options.messages, seconds, {{"checksum", sum}});
  return {};
}

// Sends every frame back, or counts and refills.
class Echo : public net::ConnectionHandler {
 public:
  explicit Echo(bool server) : server_(server) {}
  void OnFrame(net::Connection& connection, const net::Frame& frame) override {
    ++frames;
    if (!server_ && frames + kEchoWindow > wanted) return;
    connection.Send(2, frame.id, wire::InferenceRequest{{1, 2}, 3, 1, 0});
  }
  void OnClosed(net::Connection& /*connection*/, const std::string& reason) override {
    closed = "the connection ended: " + reason;
  }

  std::string closed;  // why, when it was
  std::int64_t frames = 0;
  std::int64_t wanted = 0;

 private:
  const bool server_;
};

// Over TCP on loopback, as between the programs.
Status EchoLoop(const Options& options) {
  Echo server(true);
  Echo client(false);
  auto loop = net::EventLoop::Create();
  if (!loop.ok()) return loop.error();
  bool accepted = false;
  const auto port = (*loop)->Listen("127.0.0.1", 0, [&](int fd) {
    (*loop)->AddConnection(fd, {}, &server);
    accepted = true;
  });
  if (!port.ok()) return port.error();
  const auto fd = net::ConnectWithRetry({"127.0.0.1", *port}, kConnectDeadlineNs, nullptr);
  if (!fd.ok()) return fd.error();
  net::Connection* connection = (*loop)->AddConnection(*fd, {}, &client);
  while (!accepted && client.closed.empty()) (*loop)->RunOnce(kNever);
  const auto seconds = TimeRuns(static_cast<std::size_t>(options.runs), [&] {
    if (!client.closed.empty()) return;
    client.frames = 0;
    client.wanted = options.messages;
    const std::int64_t first = std::min(kEchoWindow, options.messages);
    for (std::int64_t i = 0; i < first; ++i) {
      connection->Send(2, 1, wire::InferenceRequest{{1, 2}, 3, 1, 0});
    }
    while (client.frames < options.messages && client.closed.empty()) (*loop)->RunOnce(kNever);
  });
  if (!client.closed.empty()) return RuntimeError("event loop: " + client.closed);
  Print("event loop: a request sent and sent back", options.messages, seconds,
        {{"underWay", kEchoWindow}});
  return {};
}

telemetry::RequestRow Row(std::int64_t i) {
  telemetry::RequestRow row;
  row.t = 1'600'000'000 * kSecond + i * 20 * kMicrosecond;
  row.request_id = static_cast<std::int32_t>(i);
  row.user_id = 13;
  row.model_id = static_cast<std::int32_t>(i * 7919 % 4026);
  row.latency = 20 * kMillisecond + i * 7919 % (90 * kMillisecond);
  row.result = row.latency > 95 * kMillisecond ? 4 : 0;
  row.deadline = 100 * kMillisecond;
  row.deadline_met = row.result == 0;
  row.arrival_count = 40;
  row.departure_count = 40;
  return row;
}

bool WriteLog(const std::string& path, std::int64_t rows) {
  telemetry::LogWriter<telemetry::RequestRow> log;
  if (!log.Open(path).ok()) return false;
  for (std::int64_t i = 0; i < rows; ++i) log.Append(Row(i));
  return log.Close().ok();
}

Status Writer(const Options& options) {
  const testing::TemporaryDirectory directory;
  bool good = true;
  const auto seconds = TimeRuns(static_cast<std::size_t>(options.runs), [&] {
    good = good && WriteLog(directory / "log", options.messages);
  });
  if (!good) return RuntimeError("telemetry: cannot write a log");
  Print("telemetry: a row formatted and written", options.messages, seconds);
  return {};
}

Status Process(const Options& options) {
  const testing::TemporaryDirectory directory;
  if (!WriteLog(directory / "file=controller_1_request.tsv", options.rows)) {
    return RuntimeError("cannot write the log");
  }
  telemetry::LogWriter<telemetry::ActionRow> actions;
  if (Status status = actions.Open(directory / "file=controller_1_action.tsv"); !status.ok()) {
    return status;
  }
  actions.Append(
      telemetry::ActionRow{.t = 1'600'000'000 * kSecond, .action_type = 2, .batch_size = 1});
  if (Status status = actions.Close(); !status.ok()) return status;
  std::vector<double> seconds;
  double peak_bytes = 0;
  local::Interrupts interrupts;
  for (std::int64_t run = 0; run < options.runs; ++run) {
    const Nanos begin_ns = NowNs();
    auto process = local::Process::Start({.name = "telemetry process",
                                          .program = options.programs + "/telemetry",
                                          .arguments = {"process", "-i", directory.path(), "-o",
                                                        directory.path(), "--workers", "10"},
                                          .environment = {},
                                          .log_file = directory / "log"});
    if (!process.ok()) return process.error();
    local::Process* const processes[] = {&*process};
    local::WaitForAny(processes, nullptr, &interrupts, begin_ns + kProcessDeadlineNs);
    seconds.push_back(static_cast<double>(NowNs() - begin_ns) / kSecond);
    const auto end = process->Poll();
    if (!end || !end->success()) return RuntimeError("telemetry process failed");
    peak_bytes = std::max(peak_bytes, static_cast<double>(process->use().peak_bytes));
  }
  Print("telemetry process: rows", options.rows, seconds, {{"peakMib", peak_bytes / (1 << 20)}});
  return {};
}

int Main(int argc, const char* const* argv) {
  InitLog("data_plane_bench");
  Options options;
  CommandLine line("data_plane_bench", "Measures the parts that every request passes.");
  line.Integer("--messages", "Messages, or rows written, per run", 1, 1'000'000'000,
               &options.messages);
  line.Integer("--rows", "Rows of the log that telemetry process reads", 1, 1'000'000'000,
               &options.rows);
  line.Integer("--runs", "How often each part runs", 1, 1000, &options.runs);
  line.Text("--programs", "Directory of the programs", &options.programs);
  if (const auto end = line.Parse(argc, argv)) return *end;
  for (const auto part : {Codec, EchoLoop, Writer, Process}) {
    if (Status status = part(options); !status.ok()) {
      return ReportError("data_plane_bench", status.error());
    }
  }
  return kExitSuccess;
}

}  // namespace
}  // namespace clockwork::bench

int main(int argc, char** argv) { return clockwork::bench::Main(argc, argv); }
