#include "tests/integration/deployment.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "images/common/base/file.h"
#include "images/common/base/parse.h"
#include "tests/support/paths.h"

namespace clockwork::testing {

using nlohmann::json;

namespace {

constexpr char kReadyFileOption[] = "--ready-file";

// Each program finds its ready file by its own name: a deployment has one of each.
std::string ReadyFileOf(const ProcessOptions& options) {
  const auto option = std::find(options.command.begin(), options.command.end(), kReadyFileOption);
  return option == options.command.end() ? "" : *(option + 1);
}

std::string Number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

std::string Program(const std::string& name) { return ProgramPath(name); }

Deployment::Deployment() { ::mkdir(LogDirectory().c_str(), 0755); }

ProcessOptions Deployment::Command(const std::string& program, const Arguments& arguments) {
  ProcessOptions options;
  options.command = {Program(program)};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  options.unset = {"CLOCKWORK_LOG_DIR", "CLOCKWORK_MODEL_DIR", "CLOCKWORK_CONFIG_FILE",
                   "AZURE_TRACE_DIR"};
  options.environment = {{"CLOCKWORK_DISABLE_INPUTS", "1"}};
  return options;
}

ProcessOptions Deployment::Worker(int gpus) const {
  return Command("worker_dummy", {"-n", std::to_string(gpus), "-p", "0", "--listen", "127.0.0.1",
                                  kReadyFileOption, directory_ / "worker.json"});
}

ProcessOptions Deployment::Controller(std::uint16_t worker_port, int gpus) const {
  // The scheduler's options are those of the published experiment.
  ProcessOptions options =
      Command("controller",
              {"INFER5", "127.0.0.1:" + std::to_string(worker_port), "0", std::to_string(gpus),
               "5000000", "100000000", "25000000", "8", "--client-port", "0", "--listen",
               "127.0.0.1", kReadyFileOption, directory_ / "controller.json"});
  options.environment.emplace_back("CLOCKWORK_LOG_DIR", LogDirectory());
  return options;
}

ProcessOptions Deployment::Client(std::uint16_t controller_port, const Load& load) const {
  return Command("client",
                 {"127.0.0.1:" + std::to_string(controller_port), "azure_scalability_exp",
                  std::to_string(load.workers), Number(load.factor_min), Number(load.factor_max),
                  Number(load.factor_step), std::to_string(load.period_seconds),
                  std::to_string(load.memory_load_factor), "--summary-file", Summary(),
                  "--progress-file", Progress(),
                  // Over when all is answered, which a busy machine may do late.
                  "--drain-ms", "20000"});
}

Server Deployment::StartUntilReady(const ProcessOptions& options) {
  const std::string file = ReadyFileOf(options);
  ::unlink(file.c_str());  // of an earlier start
  Server server;
  server.process = std::make_unique<Process>(options);
  const auto content = server.process->WaitForFile(file);
  if (!content) {
    ADD_FAILURE() << options.command.front() << " did not become ready: " << server.process->err();
    return {};
  }
  const json ready = json::parse(*content, nullptr, false);
  if (!ready.is_object() || !ready.contains("port") || !ready["port"].is_number_unsigned()) {
    ADD_FAILURE() << "this is no ready file: " << *content;
    return {};
  }
  server.port = ready["port"].get<std::uint16_t>();
  return server;
}

Server Deployment::StartWorker(int gpus) const { return StartUntilReady(Worker(gpus)); }

Server Deployment::StartController(std::uint16_t worker_port, int gpus) const {
  return StartUntilReady(Controller(worker_port, gpus));
}

std::unique_ptr<Process> Deployment::StartClient(std::uint16_t controller_port, const Load& load,
                                                 const std::string& phase) const {
  auto client = std::make_unique<Process>(Client(controller_port, load));
  if (!client->WaitForFile(Progress(), '"' + phase + '"')) {
    ADD_FAILURE() << "the client did not reach the phase " << phase << ": " << client->err();
    return nullptr;
  }
  return client;
}

json ReadJson(const std::string& path) {
  auto content = ReadFile(path);
  if (!content.ok()) {
    ADD_FAILURE() << content.error().message;
    return {};
  }
  json value = json::parse(*content, nullptr, false);
  if (value.is_discarded()) {
    ADD_FAILURE() << path << " is no JSON: " << *content;
    return {};
  }
  return value;
}

Table ReadTable(const std::string& path) {
  Table table;
  auto content = ReadFile(path, std::size_t{1} << 30);
  if (!content.ok()) {
    ADD_FAILURE() << content.error().message;
    return table;
  }
  auto fields = [](std::string_view line) {
    const auto pieces = Split(line, '\t');
    return std::vector<std::string>(pieces.begin(), pieces.end());
  };
  auto lines = Split(*content, '\n');
  table.whole = lines.back().empty();  // what follows the last line end
  lines.pop_back();
  for (const auto& line : lines) table.rows.push_back(fields(line));
  if (!table.rows.empty()) {
    table.columns = table.rows.front();
    table.rows.erase(table.rows.begin());
  }
  return table;
}

void ExpectCleanEnd(Process& process, int code) {
  EXPECT_EQ(process.Wait(), ExitedWith(code)) << process.err();
  EXPECT_TRUE(WaitForGroupEnd(process.pid()));
}

void ExpectCompleteLogs(const Deployment& deployment) {
  const json manifest = ReadJson(deployment.Manifest());
  ASSERT_TRUE(manifest.is_object());
  EXPECT_EQ(manifest.value("complete", false), true) << manifest;
  EXPECT_EQ(manifest.value("droppedRequestRows", 1), 0) << manifest;
  EXPECT_EQ(manifest.value("droppedActionRows", 1), 0) << manifest;
  const std::pair<std::string, std::string> logs[] = {{deployment.RequestLog(), "requestRows"},
                                                      {deployment.ActionLog(), "actionRows"}};
  for (const auto& [path, count] : logs) {
    const Table log = ReadTable(path);
    EXPECT_TRUE(log.whole) << path;
    EXPECT_EQ(manifest.value(count, std::size_t{0}), log.rows.size()) << path;
    for (const auto& row : log.rows) ASSERT_EQ(row.size(), log.columns.size()) << path;
  }
}

}  // namespace clockwork::testing
