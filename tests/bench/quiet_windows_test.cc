// tests/bench/quiet_windows over a directory of one GPU: two load steps of 2 s, of which the
// second is looked at, that is its windows 5, 6 and 7 of the trial. The ideal has 10 good requests
// in each; here they have 10, 5 and 8.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/time.h"
#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::bench {
namespace {

using testing::ExitedWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Nanos kBeginNs = 1'700'000'000 * kSecond;  // 2023-11-14T22:13:20Z
constexpr Nanos kWindowNs = kSecond / 2;
constexpr char kRequest[] = "trial-1/file=controller_1_request.tsv";
constexpr char kAction[] = "trial-1/file=controller_1_action.tsv";
constexpr char kClient[] = "trial-1/file=controller_1_client.json";
constexpr char kIdeal[] = "ideal.json";
constexpr char kPauses[] = "pauses.log";

// Of window w, its moment `into_ns`.
constexpr Nanos At(int window, Nanos into_ns) { return kBeginNs + window * kWindowNs + into_ns; }

std::string PauseLog(const std::vector<std::string>& pauses, Nanos end_ns = At(8, 0)) {
  std::string log =
      fmt::format("{{\"log\":\"machine_pauses\",\"beginNs\":{},\"endNs\":{},\"cpus\":[0,1]}}\n",
                  kBeginNs, end_ns);
  for (const std::string& pause : pauses) log += pause + "\n";
  return log;
}

std::string PauseLine(int cpu, Nanos begin_ns, Nanos length_ns) {
  return fmt::format("{{\"cpu\":{},\"beginNs\":{},\"lengthNs\":{}}}", cpu, begin_ns, length_ns);
}

class QuietWindows : public ::testing::Test {
 protected:
  void SetUp() override {
    WriteRequests();
    WriteActions();
    Write(kClient, R"({"workers":1,"steps":[{"factor":0.5,"seconds":2.0,"lagP99Us":90.0},)"
                   R"({"factor":1.0,"seconds":2.0,"lagP99Us":1200.0}]})");
    Write(kIdeal, R"({"workers":1,"steps":[{"factor":0.5},{"factor":1.0}],)"
                  R"("windowsRps":[2,2,2,2,20,20,20,20,1]})");
    Write("logs/trial-1/config-1/attempt-1/client.log",
          "2023-11-14T22:13:22.900Z I client: step 2/2: lag p50 60 us, p99 900 us, max 999 us\n"
          "2023-11-14T22:13:23.900Z I client: step 2/2: lag p50 60 us, p99 1001 us, max 2000 us\n"
          "2023-11-14T22:13:24.000Z I client: the run is valid\n");
    // 40 % of the processors' time in window 6, 16 % in window 7.
    Write(kPauses, PauseLog({PauseLine(0, At(6, 0), 250 * kMillisecond),
                             PauseLine(0, At(7, 200 * kMillisecond), 160 * kMillisecond),
                             PauseLine(1, At(6, 0), 150 * kMillisecond)}));
  }

  void Write(const std::string& name, const std::string& content) {
    const std::filesystem::path path = directory_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }

  void WriteRequests() {
    std::string rows = "t\trequest_id\tlatency\tdeadline_met\tlast\n";
    // Comes first, and is answered in window 0.
    rows += fmt::format("{}\t0\t{}\t1\t0\n", At(0, 5000), 5000);
    for (const auto& [window, good] : std::vector<std::pair<int, int>>{{5, 10}, {6, 5}, {7, 8}}) {
      for (int i = 0; i < good; ++i) rows += fmt::format("{}\t1\t70\t1\t0\n", At(window, i));
      rows += fmt::format("{}\t1\t70\t0\t0\n", At(window, good));
    }
    Write(kRequest, rows);
  }

  // The GPU is busy for all of window 5, an action fails in window 6, and it idles in window 7.
  void WriteActions() {
    std::string rows = "t\taction_type\tstatus\tworker_exec_duration\tlast\n";
    rows += fmt::format("{}\t2\t0\t{}\t0\n", At(5, 10), 400 * kMillisecond);
    rows += fmt::format("{}\t2\t0\t{}\t0\n", At(5, 20), 100 * kMillisecond);
    rows += fmt::format("{}\t1\t0\t{}\t0\n", At(5, 30), kSecond);
    rows += fmt::format("{}\t2\t0\t{}\t0\n", At(6, 10), 500 * kMillisecond);
    rows += fmt::format("{}\t2\t81\t0\t0\n", At(6, 20));
    rows += fmt::format("{}\t2\t0\t{}\t0\n", At(7, 10), 400 * kMillisecond);
    Write(kAction, rows);
  }

  std::vector<std::string> Command(const std::string& workers = "1") const {
    return {SourcePath("tests/bench/quiet_windows"),
            directory_.path(),
            workers,
            "--ideal",
            directory_ / kIdeal,
            "--pauses",
            directory_ / kPauses};
  }

  nlohmann::json Run() {
    std::string out;
    std::string err;
    EXPECT_EQ(testing::RunCommand({.command = Command()}, &out, &err), ExitedWith(0)) << err;
    return nlohmann::json::parse(out, nullptr, false);
  }

  testing::TemporaryDirectory directory_;
};

nlohmann::json Json(const char* text) { return nlohmann::json::parse(text); }

TEST_F(QuietWindows, AreThoseWithoutPauses) {
  const nlohmann::json line = Run();
  EXPECT_EQ(line["all"], Json(R"({"windows":3,"median":0.8,"min":0.5,"max":1.0,"mean":0.7667})"));
  EXPECT_EQ(line["calm"], Json(R"({"windows":1,"median":1.0,"min":1.0,"max":1.0,"mean":1.0})"));
  EXPECT_EQ(line["withheld"],
            Json(R"({"windows":2,"median":0.65,"min":0.5,"max":0.8,"mean":0.65})"));
  EXPECT_EQ(line["withheldShare"], Json("0.1867"));  // (0 + 0.4 + 0.16) / 3
  // 1 at none, 0.5 at 40 %, 0.8 at 16 %.
  EXPECT_EQ(line["line"], Json(R"({"atNone":1.0,"perPercent":-0.0125,"r2":1.0,"windows":3})"));
}

TEST_F(QuietWindows, SayWhatTheClientAndTheGpusSawInThem) {
  const nlohmann::json line = Run();
  // The second that ends at 22:13:22.9 has no pause.
  EXPECT_EQ(line["lateSeconds"],
            Json(R"({"withheld":{"seconds":1,"late":1},"calm":{"seconds":1,"late":0}})"));
  // 560 ms of two processors' 2 s.
  EXPECT_EQ(line["steps"], Json(R"([{"factor":0.5,"withheldShare":0.0,"lagP99Us":90.0},)"
                                R"({"factor":1.0,"withheldShare":0.14,"lagP99Us":1200.0}])"));
  EXPECT_EQ(line["undisturbed"],
            Json(R"({"windows":1,"median":1.0,"min":1.0,"max":1.0,"mean":1.0})"));
  EXPECT_EQ(line["disturbed"],
            Json(R"({"windows":2,"median":0.65,"min":0.5,"max":0.8,"mean":0.65})"));
}

TEST_F(QuietWindows, FollowAPauseByMoreThanARequestMayTake) {
  Write(kPauses, PauseLog({PauseLine(0, At(4, 390 * kMillisecond), 10 * kMillisecond)}));
  EXPECT_EQ(Run()["calm"]["windows"], 3);
  Write(kPauses, PauseLog({PauseLine(0, At(4, 390 * kMillisecond), 11 * kMillisecond)}));
  EXPECT_EQ(Run()["calm"]["windows"], 2);
}

TEST_F(QuietWindows, MayBeAllOrNone) {
  Write(kPauses, PauseLog({}));
  nlohmann::json line = Run();
  EXPECT_EQ(line["calm"]["windows"], 3);
  EXPECT_EQ(line["withheld"], Json(R"({"windows":0})"));
  EXPECT_EQ(line["line"], nullptr);  // no slope without pauses
  Write(kPauses, PauseLog({PauseLine(1, At(0, 0), 8 * kWindowNs)}));
  line = Run();
  EXPECT_EQ(line["calm"], Json(R"({"windows":0})"));
  EXPECT_EQ(line["withheld"]["windows"], 3);
  EXPECT_EQ(line["withheldShare"], Json("0.5"));
}

TEST_F(QuietWindows, WithoutPausesSaysWhatTheTrialAloneTells) {
  std::vector<std::string> command = Command();
  command.resize(command.size() - 2);
  std::string out;
  EXPECT_EQ(testing::RunCommand({.command = command}, &out), ExitedWith(0));
  const nlohmann::json line = nlohmann::json::parse(out, nullptr, false);
  EXPECT_EQ(line["undisturbed"]["windows"], 1);
  EXPECT_FALSE(line.contains("calm"));
}

struct Refusal {
  const char* file;
  std::string content;
  const char* sentence;
};

TEST_F(QuietWindows, RefusesWhatDoesNotBelongTogether) {
  const std::vector<Refusal> refusals = {
      {kClient,
       R"({"workers":1,"steps":[{"factor":0.7,"seconds":2.0},{"factor":1.0,"seconds":2.0}]})",
       "was measured with other load steps than the ideal's; measure with tests/bench/n40.yaml"},
      {kClient,
       R"({"workers":1,"steps":[{"factor":0.5,"seconds":4.0},{"factor":1.0,"seconds":4.0}]})",
       "was measured with other load steps than the ideal's"},
      {kClient, R"({"workers":2,"steps":[]})", "holds no trial 1 of N = 1"},
      {kClient, "[]", "is not what it should be"},
      {kIdeal, R"({"workers":2,"steps":[],"windowsRps":[]})", "is of N = 2"},
      {kIdeal, R"({"workers":1,"steps":[]})", "is not what it should be"},
      {kPauses, "", "is not what it should be"},
      {kPauses, "cpu\tt\n", "is not what it should be"},
      {kPauses, R"({"log":"controller","cpus":[0]})", "is no log of machine_pauses"},
      {kPauses, PauseLog({}, At(8, -1)), "does not cover the trial"},
      {kPauses, PauseLog({"{}"}), "is not what it should be"},
      {kRequest, "t\tlatency\n", "lacks a column of t, latency, deadline_met"},
      {kRequest, "t\tlatency\tdeadline_met\n", "holds no request"},
      {kAction, "", "lacks a column"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.sentence);
    SetUp();
    Write(refusal.file, refusal.content);
    std::string out;
    std::string err;
    EXPECT_EQ(testing::RunCommand({.command = Command()}, &out, &err), ExitedWith(2));
    EXPECT_EQ(out, "");
    EXPECT_THAT(err, StartsWith("quiet_windows: "));
    EXPECT_THAT(err, HasSubstr(refusal.sentence));
    EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  }
}

TEST_F(QuietWindows, RefusesFilesThatAreMissing) {
  for (const char* name : {kPauses, kIdeal, kRequest, kAction, kClient}) {
    SCOPED_TRACE(name);
    SetUp();
    std::filesystem::remove(directory_ / name);
    std::string err;
    EXPECT_EQ(testing::RunCommand({.command = Command()}, nullptr, &err), ExitedWith(2));
    EXPECT_THAT(err, StartsWith("quiet_windows: "));
    EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  }
}

}  // namespace
}  // namespace clockwork::bench
