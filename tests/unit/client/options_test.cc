#include "images/client/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace clockwork::client {
namespace {

using ::testing::HasSubstr;

using Arguments = std::vector<std::string>;

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() { ClearEnvironment(); }
  ~OptionsTest() override { ClearEnvironment(); }

  static void ClearEnvironment() {
    for (const char* name :
         {"CLOCKWORK_MODEL_DIR", "AZURE_TRACE_DIR", "CLOCKWORK_DISABLE_INPUTS",
          "CLOCKWORK_MODEL_ORDER", "CLOCKWORK_TRACE_SEED", "CLOCKWORK_SUMMARY_FILE",
          "CLOCKWORK_SUMMARY_BYTES", "CLOCKWORK_CONNECT_TIMEOUT_MS"}) {
      ::unsetenv(name);
    }
  }

  // Parses; what was printed ends up in error_.
  std::optional<int> Parse(const Arguments& arguments) {
    std::vector<const char*> argv = {"client"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    ::testing::internal::CaptureStderr();
    const auto end = ParseOptions(static_cast<int>(argv.size()), argv.data(), &options_);
    error_ = ::testing::internal::GetCapturedStderr();
    return end;
  }

  Options options_;
  std::string error_;
};

TEST_F(OptionsTest, TheEnvironmentStandsInForOptionsThatAreNotGiven) {
  ::setenv("CLOCKWORK_MODEL_ORDER", "shuffled", 1);
  ::setenv("CLOCKWORK_TRACE_SEED", "7", 1);
  ::setenv("CLOCKWORK_SUMMARY_FILE", "/dev/termination-log", 1);
  ::setenv("CLOCKWORK_SUMMARY_BYTES", "4096", 1);
  ::setenv("CLOCKWORK_CONNECT_TIMEOUT_MS", "60000", 1);
  ASSERT_EQ(Parse({"host:12346", "azure_scalability_exp", "10"}), std::nullopt) << error_;
  EXPECT_EQ(options_.model_order, "shuffled");
  EXPECT_EQ(options_.trace_seed, 7);
  EXPECT_EQ(options_.summary_file, "/dev/termination-log");
  EXPECT_EQ(options_.summary_bytes, 4'096U);
  EXPECT_EQ(options_.connect_timeout_ns, 60 * kSecond);
  ASSERT_EQ(Parse({"host:12346", "azure_scalability_exp", "10", "--trace-seed", "8",
                   "--connect-timeout-ms", "9"}),
            std::nullopt);
  EXPECT_EQ(options_.trace_seed, 8);
  EXPECT_EQ(options_.connect_timeout_ns, 9 * kMillisecond);
  ::setenv("CLOCKWORK_TRACE_SEED", "x", 1);
  EXPECT_EQ(Parse({"host:12346", "azure_scalability_exp", "10"}), 2);
  EXPECT_NE(error_.find("CLOCKWORK_TRACE_SEED"), std::string::npos) << error_;
}

TEST_F(OptionsTest, HelpIsGivenInAnyEnvironment) {
  ::setenv("CLOCKWORK_CONNECT_TIMEOUT_MS", "soon", 1);
  ::testing::internal::CaptureStdout();
  const auto end = Parse({"--help"});
  EXPECT_NE(::testing::internal::GetCapturedStdout().find("--connect-timeout-ms"),
            std::string::npos);
  EXPECT_EQ(end, 0) << error_;
}

TEST_F(OptionsTest, MissingTrailingParametersTakeTheDocumentedDefaults) {
  ASSERT_EQ(Parse({"host:12346", "azure_scalability_exp", "10"}), std::nullopt) << error_;
  EXPECT_EQ(options_.controller.host, "host");
  EXPECT_EQ(options_.controller.port, 12346);
  EXPECT_EQ(options_.workers, 10);
  EXPECT_EQ(options_.copies_per_entry, 66U);
  EXPECT_EQ(options_.schedule.period_ns, kSecond);
  // 0.1, 0.2, 0.4, 0.8, 1.6
  ASSERT_EQ(options_.schedule.steps.size(), 5U);
  EXPECT_EQ(options_.schedule.steps.front().factor, 0.1);
  EXPECT_EQ(options_.zoo, "v100-osdi20");
  EXPECT_EQ(options_.model_order, "published");
  EXPECT_EQ(options_.trace_seed, 1);
  EXPECT_EQ(options_.seed, 0);
  EXPECT_EQ(options_.drain_ns, kSecond);
  EXPECT_EQ(options_.connect_timeout_ns, 10 * kSecond);
  EXPECT_EQ(options_.trace_directory, "");
  EXPECT_TRUE(options_.send_inputs);
  EXPECT_TRUE(options_.real_time);
}

TEST_F(OptionsTest, ThePublishedExperimentIsUnderstood) {
  ASSERT_EQ(Parse({"h:1", "azure_scalability_exp", "150", "0.1", "4", "1.5", "60", "3"}),
            std::nullopt);
  EXPECT_EQ(options_.schedule.steps.size(), 10U);
  EXPECT_EQ(options_.schedule.period_ns, 60 * kSecond);
  EXPECT_EQ(options_.copies_per_entry, 29U);
}

TEST_F(OptionsTest, OptionsMayStandAnywhere) {
  ASSERT_EQ(Parse({"--zoo", "/zoo", "h:1", "azure_scalability_exp", "--seed", "7", "2",
                   "--model-order", "shuffled", "--trace-seed", "9", "--summary-file", "s",
                   "--progress-file", "p", "--drain-ms", "5", "--realtime", "off"}),
            std::nullopt)
      << error_;
  EXPECT_EQ(options_.zoo, "/zoo");
  EXPECT_EQ(options_.seed, 7);
  EXPECT_EQ(options_.model_order, "shuffled");
  EXPECT_EQ(options_.trace_seed, 9);
  EXPECT_EQ(options_.summary_file, "s");
  EXPECT_EQ(options_.progress_file, "p");
  EXPECT_EQ(options_.drain_ns, 5 * kMillisecond);
  EXPECT_FALSE(options_.real_time);
}

TEST_F(OptionsTest, TheEnvironmentChoosesZooTraceAndInputs) {
  ::setenv("CLOCKWORK_MODEL_DIR", "/models", 1);
  ::setenv("AZURE_TRACE_DIR", "/trace", 1);
  ::setenv("CLOCKWORK_DISABLE_INPUTS", "1", 1);
  ASSERT_EQ(Parse({"h:1", "azure_scalability_exp", "1"}), std::nullopt);
  EXPECT_EQ(options_.zoo, "/models");
  EXPECT_EQ(options_.trace_directory, "/trace");
  EXPECT_FALSE(options_.send_inputs);
}

TEST_F(OptionsTest, OnlyExactlyOneDisablesInputs) {
  ::setenv("CLOCKWORK_DISABLE_INPUTS", "true", 1);
  ASSERT_EQ(Parse({"h:1", "azure_scalability_exp", "1"}), std::nullopt);
  EXPECT_TRUE(options_.send_inputs);
}

TEST_F(OptionsTest, HelpIsASuccess) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(Parse({"-h"}), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("NUM_WORKERS"));
}

struct Rejection {
  const char* name;
  Arguments arguments;
  const char* message;
};

class OptionsRejectionTest : public OptionsTest, public ::testing::WithParamInterface<Rejection> {};

TEST_P(OptionsRejectionTest, IsOneSentenceAndExitCodeTwo) {
  EXPECT_EQ(Parse(GetParam().arguments), 2);
  EXPECT_THAT(error_, HasSubstr(GetParam().message));
  EXPECT_EQ(std::count(error_.begin(), error_.end(), '\n'), 1);
}

// The workload's parameters behind a good beginning.
Arguments Workload(const Arguments& parameters) {
  Arguments arguments = {"h:1", "azure_scalability_exp"};
  arguments.insert(arguments.end(), parameters.begin(), parameters.end());
  return arguments;
}

INSTANTIATE_TEST_SUITE_P(
    Table, OptionsRejectionTest,
    ::testing::Values(
        Rejection{"Nothing", {}, "HOST:PORT is missing"},
        Rejection{"NoPort", {"host", "azure_scalability_exp", "1"}, "'host' is not an address"},
        Rejection{"BadPort", {"host:99999", "azure_scalability_exp", "1"}, "99999"},
        Rejection{"NoWorkload", {"h:1"}, "WORKLOAD is missing"},
        Rejection{"UnknownWorkload", {"h:1", "spamm", "1"}, "'spamm' is not known"},
        Rejection{"NoWorkers", Workload({}), "NUM_WORKERS is missing"},
        Rejection{"ReadmeCommand", Workload({"0.1", "4", "1.5", "60"}),
                  "NUM_WORKERS is missing: '0.1'"},
        Rejection{"ZeroWorkers", Workload({"0"}), "NUM_WORKERS: 0 is out of range"},
        Rejection{"NegativeWorkers", Workload({"-3"}), "NUM_WORKERS: -3 is out of range"},
        Rejection{"WorkersNoNumber", Workload({"ten"}), "NUM_WORKERS: 'ten'"},
        Rejection{"MinNoNumber", Workload({"1", "x"}), "factor_min: 'x' is not a number"},
        Rejection{"MinNotANumber", Workload({"1", "nan"}), "factor_min: 'nan' is not a number"},
        Rejection{"MinZero", Workload({"1", "0"}), "factor_min: 0 is no load"},
        Rejection{"MinNegative", Workload({"1", "-0.1"}), "factor_min: -0.1 is no load"},
        Rejection{"MaxNoNumber", Workload({"1", "0.1", "4x"}), "factor_max: '4x'"},
        Rejection{"MaxBelowMin", Workload({"1", "4", "1.5"}), "factor_max: 1.5 is below"},
        Rejection{"IncOne", Workload({"1", "0.1", "4", "1"}), "factor_inc: 1 would never end"},
        Rejection{"IncNoNumber", Workload({"1", "0.1", "4", "*2"}), "factor_inc: '*2'"},
        Rejection{"PeriodFraction", Workload({"1", "0.1", "4", "1.5", "0.5"}),
                  "period_s: '0.5' is not a whole number"},
        Rejection{"PeriodZero", Workload({"1", "0.1", "4", "1.5", "0"}), "period_s: 0"},
        Rejection{"MemoryFive", Workload({"1", "0.1", "4", "1.5", "60", "5"}),
                  "memory_load_factor: 5"},
        Rejection{"MemoryZero", Workload({"1", "0.1", "4", "1.5", "60", "0"}),
                  "memory_load_factor: 0"},
        Rejection{"TooManyArguments", Workload({"1", "0.1", "4", "1.5", "60", "4", "9"}),
                  "unexpected argument '9'"},
        Rejection{"UnknownOption", Workload({"1", "--frob"}), "--frob"},
        Rejection{"UnknownOrder", Workload({"1", "--model-order", "best"}), "'best'"},
        Rejection{"NegativeSeed", Workload({"1", "--seed", "-1"}), "--seed: -1"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace clockwork::client
