#pragma once

// The programs of build/bin as one test deploys them: every command line with a free port, its
// files in the test's own directory, and no variable of the surroundings. Errors are failures of
// the test, with what the program wrote.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {

// Path of a built program.
std::string Program(const std::string& name);

// A running program and the port on which it can be talked to.
struct Server {
  std::unique_ptr<Process> process;
  std::uint16_t port = 0;

  explicit operator bool() const { return process != nullptr && port != 0; }
};

// Parameters of a client's run, in the order of its command line.
struct Load {
  int workers = 1;
  double factor_min = 0.1;
  double factor_max = 0.1;
  double factor_step = 2;
  int period_seconds = 1;
  int memory_load_factor = 1;
};

class Deployment {
 public:
  using Arguments = std::vector<std::string>;

  // A command of the program with these arguments, free of the surroundings' variables.
  static ProcessOptions Command(const std::string& program, const Arguments& arguments);

  // The usual commands; more arguments may be appended, and the options changed, before starting.
  ProcessOptions Worker(int gpus = 1) const;
  ProcessOptions Controller(std::uint16_t worker_port, int gpus = 1) const;
  ProcessOptions Client(std::uint16_t controller_port, const Load& load) const;

  // Start a worker or controller and wait until it is ready. An empty Server when it is not.
  Server StartWorker(int gpus = 1) const;
  Server StartController(std::uint16_t worker_port, int gpus = 1) const;
  static Server StartUntilReady(const ProcessOptions& options);

  // A client that has reached the phase (loading, running, draining) when it is returned.
  std::unique_ptr<Process> StartClient(std::uint16_t controller_port, const Load& load,
                                       const std::string& phase) const;

  // Files of the deployment.
  const std::string& path() const { return directory_.path(); }
  std::string LogDirectory() const { return directory_ / "logs"; }
  std::string RequestLog() const { return LogDirectory() + "/clockwork_request_log.tsv"; }
  std::string ActionLog() const { return LogDirectory() + "/clockwork_action_log.tsv"; }
  std::string Manifest() const { return LogDirectory() + "/clockwork_manifest.json"; }
  std::string Summary() const { return directory_ / "summary.json"; }
  std::string Progress() const { return directory_ / "progress.json"; }

  Deployment();

 private:
  TemporaryDirectory directory_;
};

// A JSON file as a value; null (and a failure of the test) when there is none.
nlohmann::json ReadJson(const std::string& path);

// A log of TAB-separated rows. `whole` is false when the file ends in the middle of a line.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  bool whole = false;
};
Table ReadTable(const std::string& path);

// What a program that ended in order leaves: code 0, no process of its group, and, of a controller,
// a complete manifest whose counts are those of the logs.
void ExpectCleanEnd(Process& process, int code = 0);
void ExpectCompleteLogs(const Deployment& deployment);

}  // namespace clockwork::testing
