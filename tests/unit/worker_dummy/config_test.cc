#include "images/worker_dummy/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"

namespace clockwork::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(WorkerConfigTest, OverridesWhatIsGivenAndAnnouncesIt) {
  auto read = ParseWorkerConfig("f",
                                "WorkerConfig = {\n"
                                "  memory_settings = { weights_cache_size = 33554432L;\n"
                                "                      io_pool_size = 7; };\n"
                                "  telemetry_settings = { enable_task_telemetry = true; };\n"
                                "  log_dir = { telemetry_log_dir = \"/tmp\"; };\n"
                                "  allow_zero_size_inputs = false;\n"
                                "};\n",
                                {});
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->config.PagesPerGpu(), 2U);
  EXPECT_EQ(read->config.io_pool_bytes, 7U);
  EXPECT_EQ(read->config.workspace_pool_bytes, 536'870'912U);
  EXPECT_FALSE(read->config.allow_zero_size_inputs);
  EXPECT_THAT(read->announcements,
              ElementsAre("memory_settings.weights_cache_size = 33554432",
                          "memory_settings.io_pool_size = 7",
                          "telemetry_settings.enable_task_telemetry = true",
                          "log_dir.telemetry_log_dir = /tmp", "allow_zero_size_inputs = false"));
}

TEST(WorkerConfigTest, SizesBeyond32BitsNeedNoSuffix) {
  for (const char* size : {"23085449216", "23085449216L"}) {
    auto read = ParseWorkerConfig(
        "f",
        std::string("WorkerConfig = { memory_settings = { weights_cache_size = ") + size +
            "; }; };",
        {});
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->config.weights_cache_bytes, 23'085'449'216U);
  }
}

TEST(WorkerConfigTest, AnEmptyGroupChangesNothing) {
  auto read = ParseWorkerConfig("f", "WorkerConfig = { };", {});
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->config.PagesPerGpu(), 1376U);
  EXPECT_TRUE(read->announcements.empty());
}

struct BadConfig {
  const char* text;
  const char* message;
};

class BadConfigTest : public ::testing::TestWithParam<BadConfig> {};

TEST_P(BadConfigTest, NamesFileLineAndSetting) {
  auto read = ParseWorkerConfig("the.cfg", GetParam().text, {});
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(read.error().message, HasSubstr("the.cfg"));
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadConfigTest,
    ::testing::Values(
        BadConfig{"", "the group WorkerConfig is missing"},
        BadConfig{"WorkerConfig = {\n", "line 2: syntax error"},
        BadConfig{"\nOther = { };", "line 2: 'Other' is not known"},
        BadConfig{"WorkerConfig = 5;", "'WorkerConfig' is not known; the only group"},
        BadConfig{"WorkerConfig = { gpus = 5; };", "WorkerConfig.gpus is not a known setting"},
        BadConfig{"WorkerConfig = {\n memory_settings = {\n page = 1; }; };",
                  "line 3: WorkerConfig.memory_settings.page is not a known setting"},
        BadConfig{"WorkerConfig = { memory_settings = 5; };", "memory_settings is not a known"},
        BadConfig{"WorkerConfig = { memory_settings = { io_pool_size = \"5\"; }; };",
                  "io_pool_size must be a whole number of bytes"},
        BadConfig{"WorkerConfig = { memory_settings = { io_pool_size = -5; }; };",
                  "io_pool_size must be a whole number of bytes"},
        BadConfig{"WorkerConfig = { memory_settings = { io_pool_size = 1.5; }; };",
                  "io_pool_size must be a whole number of bytes"},
        BadConfig{"WorkerConfig = { allow_zero_size_inputs = 1; };", "must be true or false"},
        BadConfig{"WorkerConfig = { log_dir = { telemetry_log_dir = 1; }; };",
                  "must be a quoted text"},
        BadConfig{"WorkerConfig = { memory_settings = { weights_cache_page_size = 0; }; };",
                  "at least one page"},
        BadConfig{"WorkerConfig = { memory_settings = { weights_cache_size = 5; }; };",
                  "at least one page"},
        BadConfig{"WorkerConfig = { memory_settings = { weights_cache_page_size = 1; }; };",
                  "choose larger pages"}));

TEST(WorkerConfigTest, AMissingFileIsAUsageErrorThatNamesIt) {
  testing::TemporaryDirectory directory;
  auto read = ReadWorkerConfig(directory / "absent.cfg", {});
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(read.error().message, HasSubstr(directory / "absent.cfg"));
}

}  // namespace
}  // namespace clockwork::worker
