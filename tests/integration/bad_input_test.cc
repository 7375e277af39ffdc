// Bad command lines, environments and files: every program ends at once with the documented code,
// and its last line on stderr is one sentence that names the thing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "images/common/base/file.h"
#include "tests/integration/deployment.h"
#include "tests/support/tcp_client.h"

namespace clockwork::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kAddress[] = "127.0.0.1:1";  // nothing is expected to get as far as connecting

struct BadInputCase {
  std::string name;
  std::function<ProcessOptions(const Deployment&)> command;
  int code;
  std::vector<std::string> named;  // what the sentence must name
};

// How the test is called in a list of failures.
void PrintTo(const BadInputCase& c, std::ostream* out) { *out << c.name; }

BadInputCase Case(std::string name, const std::string& program,
                  const std::vector<std::string>& arguments, std::vector<std::string> named,
                  int code = 2) {
  return {std::move(name),
          [=](const Deployment&) { return Deployment::Command(program, arguments); }, code,
          std::move(named)};
}

class BadInput : public ::testing::TestWithParam<BadInputCase> {};

TEST_P(BadInput, EndsWithOneSentence) {
  const BadInputCase& c = GetParam();
  const Deployment deployment;
  Process process(c.command(deployment));
  EXPECT_EQ(process.Wait(), ExitedWith(c.code)) << process.err();
  EXPECT_EQ(process.out(), "");
  const std::string& err = process.err();
  ASSERT_TRUE(err.ends_with('\n')) << err;
  const std::size_t before = err.rfind('\n', err.size() - 2);
  const std::string sentence = err.substr(before == std::string::npos ? 0 : before + 1);
  const std::string path = c.command(deployment).command.front();
  EXPECT_THAT(sentence, StartsWith(path.substr(path.rfind('/') + 1)));
  for (const auto& thing : c.named) EXPECT_THAT(sentence, HasSubstr(thing));
}

std::vector<BadInputCase> WorkerCases() {
  auto config = [](const std::string& content) {
    return [content](const Deployment& deployment) {
      const std::string file = deployment.path() + "/worker.cfg";
      EXPECT_TRUE(WriteFileAtomically(file, content).ok());
      return Deployment::Command("worker_dummy", {"-p", "0", "-c", file});
    };
  };
  return {
      Case("worker_unknown_option", "worker_dummy", {"--bogus"}, {"--bogus"}),
      Case("worker_option_without_value", "worker_dummy", {"-n"}, {"-n"}),
      Case("worker_unexpected_argument", "worker_dummy", {"4"}, {"'4'"}),
      Case("worker_gpus_not_a_number", "worker_dummy", {"-n", "many"}, {"num_gpus", "'many'"}),
      Case("worker_no_gpus", "worker_dummy", {"-n", "0"}, {"num_gpus", "from 1 to 10000"}),
      Case("worker_port_out_of_range", "worker_dummy", {"-p", "65536"}, {"port", "65535"}),
      Case("worker_address_is_none", "worker_dummy", {"-p", "0", "--listen", "nowhere"},
           {"nowhere"}),
      Case("worker_missing_config", "worker_dummy", {"-c", "/nonexistent/worker.cfg"},
           {"/nonexistent/worker.cfg"}),
      {"worker_malformed_config", config("WorkerConfig: { memory_settings = "), 2, {"worker.cfg"}},
      {"worker_unknown_setting",
       config("WorkerConfig: { colour: 3L; };"),
       2,
       {"worker.cfg", "colour"}},
      {"worker_unwritable_ready_file",
       [](const Deployment&) {
         return Deployment::Command("worker_dummy",
                                    {"-p", "0", "--ready-file", "/nonexistent/ready.json"});
       },
       1,
       {"/nonexistent/ready.json"}},
  };
}

std::vector<BadInputCase> ControllerCases() {
  auto with_log_directory = [](const std::string& directory) {
    return [directory](const Deployment& deployment) {
      ProcessOptions options = deployment.Controller(1);
      options.environment.back().second = directory;
      return options;
    };
  };
  auto positional = [](const std::string& name, const std::string& value) {
    return Case("controller_" + name + "_is_no_number", "controller", {"INFER5", kAddress, value},
                {"'" + value + "'"});
  };
  return {
      Case("controller_nothing_given", "controller", {}, {"is missing"}),
      Case("controller_no_workers", "controller", {"INFER5"}, {"WORKERS", "is missing"}),
      Case("controller_unknown_type", "controller", {"INFER9", kAddress}, {"INFER9", "INFER5"}),
      Case("controller_unknown_option", "controller", {"INFER5", kAddress, "--bogus"}, {"--bogus"}),
      Case("controller_worker_without_port", "controller", {"INFER5", "localhost"},
           {"'localhost'", "host:port"}),
      Case("controller_second_worker_without_port", "controller",
           {"INFER5", std::string(kAddress) + ",other"}, {"'other'", "host:port"}),
      positional("generate_inputs", "yes"),
      Case("controller_too_many_arguments", "controller",
           {"INFER5", kAddress, "0", "1", "5000000", "100000000", "25000000", "8", "six"},
           {"'six'"}),
      {"controller_missing_log_directory",
       with_log_directory("/nonexistent/logs"),
       1,
       {"/nonexistent/logs"}},
      {"controller_unwritable_log_directory", with_log_directory("/proc"), 1, {"/proc"}},
      {"controller_log_directory_is_a_file", with_log_directory("/dev/null"), 1, {"/dev/null"}},
      {"controller_unreachable_worker",
       [](const Deployment& deployment) {
         ProcessOptions options = deployment.Controller(UnusedPort());
         options.command.insert(options.command.end(), {"--worker-connect-timeout-ms", "200"});
         return options;
       },
       1,
       {"127.0.0.1:"}},
  };
}

std::vector<BadInputCase> ClientCases() {
  auto workload = [](const std::string& name, std::vector<std::string> parameters,
                     std::vector<std::string> named) {
    parameters.insert(parameters.begin(), {kAddress, "azure_scalability_exp"});
    return Case("client_" + name, "client", parameters, std::move(named));
  };
  return {
      Case("client_nothing_given", "client", {}, {"is missing"}),
      Case("client_no_workload", "client", {kAddress}, {"is missing"}),
      Case("client_unknown_workload", "client", {kAddress, "azure", "1"}, {"azure"}),
      Case("client_address_without_port", "client", {"localhost", "azure_scalability_exp", "1"},
           {"localhost", "host:port"}),
      Case("client_unknown_option", "client", {kAddress, "azure_scalability_exp", "1", "--bogus"},
           {"--bogus"}),
      workload("no_num_workers", {}, {"NUM_WORKERS"}),
      workload("num_workers_left_out", {"0.1", "4", "1.5", "60"}, {"NUM_WORKERS"}),
      workload("num_workers_zero", {"0"}, {"NUM_WORKERS"}),
      workload("factor_min_zero", {"1", "0"}, {"factor_min"}),
      workload("factor_max_is_no_number", {"1", "0.1", "much"}, {"factor_max", "much"}),
      workload("factor_inc_would_never_end", {"1", "0.1", "2", "1"}, {"factor_inc"}),
      workload("period_of_half_a_second", {"1", "0.1", "2", "2", "0.5"}, {"period"}),
      workload("period_zero", {"1", "0.1", "2", "2", "0"}, {"period"}),
      workload("memory_load_factor_five", {"1", "0.1", "2", "2", "1", "5"}, {"memory_load_factor"}),
      workload("too_many_parameters", {"1", "0.1", "2", "2", "1", "4", "seven"}, {"seven"}),
      workload("missing_zoo", {"1", "--zoo", "/nonexistent/zoo"}, {"/nonexistent/zoo"}),
      workload("unknown_model_order", {"1", "--model-order", "random"}, {"random", "shuffled"}),
      {"client_missing_trace",
       [](const Deployment& deployment) {
         ProcessOptions options = deployment.Client(1, {});
         options.unset.clear();
         options.environment.emplace_back("AZURE_TRACE_DIR", "/nonexistent/trace");
         return options;
       },
       2,
       {"/nonexistent/trace"}},
      {"client_no_controller",
       [](const Deployment& deployment) {
         ProcessOptions options = deployment.Client(UnusedPort(), {});
         options.command.insert(options.command.end(), {"--connect-timeout-ms", "200"});
         return options;
       },
       1,
       {"127.0.0.1:"}},
  };
}

std::vector<BadInputCase> TelemetryCases() {
  return {
      Case("telemetry_nothing_given", "telemetry", {}, {"process", "figures", "collect"}),
      Case("telemetry_unknown_command", "telemetry", {"draw"}, {"draw"}),
      Case("telemetry_unknown_option", "telemetry", {"process", "--bogus"}, {"--bogus"}),
      Case("telemetry_missing_input", "telemetry",
           {"process", "-i", "/nonexistent/in", "-o", "/nonexistent/out"}, {"/nonexistent/in"}),
      Case("telemetry_missing_logs", "telemetry",
           {"collect", "--logs", "/nonexistent/logs", "--experiment", "/nonexistent/e", "--trial",
            "1", "--config", "1"},
           {"/nonexistent/logs"}),
  };
}

std::string NameOf(const ::testing::TestParamInfo<BadInputCase>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Worker, BadInput, ::testing::ValuesIn(WorkerCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(Controller, BadInput, ::testing::ValuesIn(ControllerCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(Client, BadInput, ::testing::ValuesIn(ClientCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(Telemetry, BadInput, ::testing::ValuesIn(TelemetryCases()), NameOf);

TEST(BadInput, APortInUseIsNamed) {
  const TcpListener taken;
  const std::string port = std::to_string(taken.port());
  const Deployment deployment;
  ProcessOptions worker = deployment.Worker();
  worker.command.insert(worker.command.end(), {"-p", port});
  std::string err;
  EXPECT_EQ(RunCommand(worker, nullptr, &err), ExitedWith(1));
  EXPECT_THAT(err, HasSubstr(port));
  EXPECT_THAT(err, HasSubstr("in use"));
}

TEST(BadInput, AWorkerThatAcceptsButSaysNothingIsNamed) {
  const TcpListener silent;
  const Deployment deployment;
  ProcessOptions controller = deployment.Controller(silent.port());
  controller.command.insert(controller.command.end(), {"--worker-connect-timeout-ms", "200"});
  std::string err;
  EXPECT_EQ(RunCommand(controller, nullptr, &err), ExitedWith(1));
  EXPECT_THAT(err, HasSubstr("127.0.0.1:" + std::to_string(silent.port()) +
                             " accepted the connection but has not told its state"));
}

// Such as the port of a controller that runs: then the telemetry that is there is that one's.
TEST(BadInput, AClientPortInUseIsNamedAndNoTelemetryLost) {
  const TcpListener taken;
  const std::string port = std::to_string(taken.port());
  const Deployment deployment;
  const Server worker = deployment.StartWorker();
  ASSERT_TRUE(worker);
  ProcessOptions controller = deployment.Controller(worker.port);
  controller.command.insert(controller.command.end(), {"--client-port", port});
  for (const std::string& file : {deployment.RequestLog(), deployment.Manifest()}) {
    std::ofstream(file) << "of another";
  }
  std::string err;
  EXPECT_EQ(RunCommand(controller, nullptr, &err), ExitedWith(1));
  EXPECT_THAT(err, HasSubstr(port));
  EXPECT_THAT(err, HasSubstr("in use"));
  for (const std::string& file : {deployment.RequestLog(), deployment.Manifest()}) {
    EXPECT_EQ(*ReadFile(file), "of another");
  }
}

TEST(BadInput, ADirectoryThatAnotherControllerWritesToIsNamed) {
  const Deployment deployment;
  const Server worker = deployment.StartWorker();
  const Server first = deployment.StartController(worker.port);
  ASSERT_TRUE(first);
  std::string err;
  EXPECT_EQ(RunCommand(deployment.Controller(worker.port), nullptr, &err), ExitedWith(1));
  EXPECT_THAT(err,
              HasSubstr("another controller writes its telemetry to " + deployment.LogDirectory()));
}

}  // namespace
}  // namespace clockwork::testing
