// The controller's command line (spec/cli.md §1.2).

#include "images/controller/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace clockwork::controller {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Parsed {
  std::optional<int> end;
  Command command;
  std::string out;
  std::string err;
};

Parsed Parse(const std::vector<const char*>& arguments) {
  Parsed parsed;
  std::vector<const char*> argv = {"controller"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  parsed.end = ParseCommand(static_cast<int>(argv.size()), argv.data(), &parsed.command);
  parsed.out = ::testing::internal::GetCapturedStdout();
  parsed.err = ::testing::internal::GetCapturedStderr();
  return parsed;
}

TEST(ControllerCommandTest, DefaultsAreThoseOfTheCode) {
  ::unsetenv("CLOCKWORK_LOG_DIR");
  const Parsed parsed = Parse({"INFER5", "localhost:12345"});
  ASSERT_FALSE(parsed.end.has_value()) << parsed.err;
  const ServerOptions& server = parsed.command.server;
  EXPECT_FALSE(server.scheduler.generate_inputs);
  EXPECT_EQ(server.scheduler.max_gpus, 100U);
  EXPECT_EQ(server.scheduler.schedule_ahead_ns, 10'000'000);
  EXPECT_EQ(server.scheduler.default_slo_ns, 100'000'000);
  EXPECT_EQ(server.scheduler.max_exec_ns, 250'000'000);
  EXPECT_EQ(server.scheduler.max_batch, 8U);
  EXPECT_FALSE(server.scheduler.stop_loads_at_zero_demand);
  EXPECT_EQ(server.client_port, 12346);
  EXPECT_EQ(server.listen_address, "0.0.0.0");
  EXPECT_EQ(server.worker_connect_timeout_ns, 10 * kSecond);
  EXPECT_EQ(parsed.command.log_directory, "/local");
  EXPECT_FALSE(parsed.command.exit_with_signal);
}

TEST(ControllerCommandTest, TakesThePublishedExperiment) {
  const Parsed parsed =
      Parse({"INFER5", "a:1,b.c:65535", "0", "40", "5000000", "100000000", "25000000", "8"});
  ASSERT_FALSE(parsed.end.has_value()) << parsed.err;
  const ServerOptions& server = parsed.command.server;
  ASSERT_EQ(server.workers.size(), 2U);
  EXPECT_EQ(server.workers[0].host, "a");
  EXPECT_EQ(server.workers[1].host, "b.c");
  EXPECT_EQ(server.workers[1].port, 65535);
  EXPECT_EQ(server.scheduler.max_gpus, 40U);
  EXPECT_EQ(server.scheduler.schedule_ahead_ns, 5'000'000);
  EXPECT_EQ(server.scheduler.max_exec_ns, 25'000'000);
}

TEST(ControllerCommandTest, GeneratingInputsNeedsMoreTime) {
  struct Case {
    std::string what;
    std::vector<const char*> arguments;
    bool generate_inputs;
    Nanos ahead_ns;
  };
  const std::vector<Case> cases = {
      {"no", {"INFER5", "a:1", "0"}, false, 10'000'000},
      {"yes", {"INFER5", "a:1", "1"}, true, 15'000'000},
      {"any number but 0 is yes", {"INFER5", "a:1", "-3"}, true, 15'000'000},
      {"what is given counts", {"INFER5", "a:1", "1", "100", "7000000"}, true, 7'000'000},
  };
  for (const Case& c : cases) {
    const Parsed parsed = Parse(c.arguments);
    ASSERT_FALSE(parsed.end.has_value()) << c.what << ": " << parsed.err;
    EXPECT_EQ(parsed.command.server.scheduler.generate_inputs, c.generate_inputs) << c.what;
    EXPECT_EQ(parsed.command.server.scheduler.schedule_ahead_ns, c.ahead_ns) << c.what;
  }
}

TEST(ControllerCommandTest, TheEnvironmentSaysHowLongToConnectUnlessAnOptionDoes) {
  constexpr const char* kVariable = "CLOCKWORK_CONNECT_TIMEOUT_MS";
  ::setenv(kVariable, "60000", 1);
  EXPECT_EQ(Parse({"INFER5", "a:1"}).command.server.worker_connect_timeout_ns, 60 * kSecond);
  EXPECT_EQ(Parse({"INFER5", "a:1", "--worker-connect-timeout-ms", "250"})
                .command.server.worker_connect_timeout_ns,
            250 * kMillisecond);
  ::setenv(kVariable, "soon", 1);
  const Parsed parsed = Parse({"INFER5", "a:1"});
  ::unsetenv(kVariable);
  EXPECT_EQ(parsed.end, 2);
  EXPECT_THAT(parsed.err, HasSubstr(kVariable));
}

TEST(ControllerCommandTest, OptionsMayStandAnywhere) {
  ::setenv("CLOCKWORK_LOG_DIR", "/somewhere", 1);
  const Parsed parsed = Parse({"--client-port", "0", "INFER5", "--listen", "127.0.0.1", "a:1", "0",
                               "--ready-file", "r.json", "--worker-connect-timeout-ms", "250",
                               "--stop-loads-at-zero-demand", "--exit-with-signal"});
  ::unsetenv("CLOCKWORK_LOG_DIR");
  ASSERT_FALSE(parsed.end.has_value()) << parsed.err;
  const ServerOptions& server = parsed.command.server;
  EXPECT_EQ(server.client_port, 0);
  EXPECT_EQ(server.listen_address, "127.0.0.1");
  EXPECT_EQ(server.ready_file, "r.json");
  EXPECT_EQ(server.worker_connect_timeout_ns, 250 * kMillisecond);
  EXPECT_TRUE(server.scheduler.stop_loads_at_zero_demand);
  EXPECT_TRUE(parsed.command.exit_with_signal);
  EXPECT_EQ(parsed.command.log_directory, "/somewhere");
}

TEST(ControllerCommandTest, HelpGoesToStandardOutput) {
  for (const char* option : {"-h", "--help"}) {
    const Parsed parsed = Parse({option});
    EXPECT_EQ(parsed.end, 0);
    EXPECT_THAT(parsed.out, HasSubstr("Usage: controller TYPE WORKERS"));
    EXPECT_THAT(parsed.out, HasSubstr("max_batch"));
    EXPECT_THAT(parsed.err, IsEmpty());
  }
}

struct Rejection {
  std::vector<const char*> arguments;
  std::string sentence;  // a part that names the input, and the place or the remedy
};

TEST(ControllerCommandTest, RefusesInOneSentenceWithCodeTwo) {
  const std::vector<Rejection> rejections = {
      {{}, "TYPE is missing"},
      {{"INFER5"}, "WORKERS is missing: host:port of each worker"},
      {{"INFER4", "a:1"}, "TYPE: 'INFER4' is not provided; give INFER5"},
      {{"SMART", "a:1"}, "TYPE: 'SMART' is not provided; give INFER5"},
      {{"infer5", "a:1"}, "TYPE: 'infer5' is not provided; give INFER5"},
      {{"INFER5", "localhost"}, "WORKERS: 'localhost'"},
      {{"INFER5", ""}, "WORKERS: ''"},
      {{"INFER5", "a:1,"}, "WORKERS: ''"},
      {{"INFER5", "a:1,,b:2"}, "WORKERS: ''"},
      {{"INFER5", ":1"}, "WORKERS: ':1'"},
      {{"INFER5", "a:0"}, "WORKERS"},
      {{"INFER5", "a:1,b:1,a:1"}, "WORKERS: a:1 is given twice; name each worker once"},
      {{"INFER5", "a:65536"}, "WORKERS"},
      {{"INFER5", "a:1:2"}, "WORKERS: 'a:1:2'"},
      {{"INFER5", "a:b"}, "WORKERS"},
      {{"INFER5", "a:1", "yes"}, "generate_inputs: 'yes'"},
      {{"INFER5", "a:1", "0", "0"}, "max_gpus: 0"},
      {{"INFER5", "a:1", "0", "ten"}, "max_gpus: 'ten'"},
      {{"INFER5", "a:1", "0", "10", "1000000"}, "schedule_ahead: 1000000"},
      {{"INFER5", "a:1", "0", "10", "0"}, "schedule_ahead: 0"},
      {{"INFER5", "a:1", "0", "10", "5ms"}, "schedule_ahead: '5ms'"},
      {{"INFER5", "a:1", "0", "10", "5000000", "0"}, "default_slo: 0"},
      {{"INFER5", "a:1", "0", "10", "5000000", "99999999999999999999"}, "default_slo"},
      {{"INFER5", "a:1", "0", "10", "5000000", "1", "-1"}, "max_exec: -1"},
      {{"INFER5", "a:1", "0", "10", "5000000", "1", "1", "0"}, "max_batch: 0"},
      {{"INFER5", "a:1", "0", "10", "5000000", "1", "1", "8", "9"}, "unexpected argument '9'"},
      {{"INFER5", "a:1", "--client-port", "65536"}, "--client-port: 65536"},
      {{"INFER5", "a:1", "--client-port"}, "--client-port"},
      {{"INFER5", "a:1", "--workers", "3"}, "--workers"},
  };
  for (const Rejection& rejection : rejections) {
    const Parsed parsed = Parse(rejection.arguments);
    EXPECT_EQ(parsed.end, 2) << rejection.sentence;
    EXPECT_THAT(parsed.err, StartsWith("controller: "));
    EXPECT_THAT(parsed.err, HasSubstr(rejection.sentence));
    EXPECT_EQ(std::count(parsed.err.begin(), parsed.err.end(), '\n'), 1) << parsed.err;
    EXPECT_THAT(parsed.out, IsEmpty());
  }
}

TEST(ControllerCommandTest, TheListOfWorkersHasALimit) {
  std::string workers = "w0:1";
  for (int i = 1; i < 1024; ++i) workers += ",w" + std::to_string(i) + ":1";
  EXPECT_FALSE(Parse({"INFER5", workers.c_str()}).end.has_value());
  workers += ",one_more:1";
  const Parsed parsed = Parse({"INFER5", workers.c_str()});
  EXPECT_EQ(parsed.end, 2);
  EXPECT_THAT(parsed.err, HasSubstr("at most 1024 workers"));
}

}  // namespace
}  // namespace clockwork::controller
