// A whole experiment on real pods: where they ran, what lies on the claim, what the status and
// kubectl say about it.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "images/common/base/file.h"
#include "tests/kind/claim_files.h"
#include "tests/kind/kind_test.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

constexpr const char* kName = "figure-11";
constexpr std::int64_t kTrials = 3;
constexpr std::chrono::milliseconds kPatienceForAll{900'000};
const std::vector<std::int64_t> kWorkers = {2, 4, 6};

// The small sample with fewer and shorter steps.
json SmallSample() {
  json experiment = TinyExperiment(kName, kWorkers, kTrials);
  json& spec = experiment["spec"];
  spec["load"] = {
      {"factorMin", "0.5"}, {"factorMax", "2.6"}, {"factorStep", "1.5"}, {"periodSeconds", 1}};
  spec["figures"] = {{"leftWorkers", 6}};
  spec["retries"] = {{"attempts", 5}, {"backoffSeconds", 1}};
  return experiment;
}

std::string TrialFile(std::int64_t trial, std::size_t config, const std::string& kind) {
  return fmt::format("{}/trial-{}/file=controller_{}_{}", kName, trial, config, kind);
}

std::set<std::string> ExpectedFiles() {
  std::set<std::string> files = {std::string(kName) + "/result.json"};
  for (std::int64_t trial = 1; trial <= kTrials; ++trial) {
    const std::string data = fmt::format("{}/data/processed-data-trial-{}", kName, trial);
    files.insert(data + "/goodput_aggregate_data.tsv");
    for (std::size_t config = 1; config <= kWorkers.size(); ++config) {
      for (const char* kind : {"request.tsv", "action.tsv", "manifest.json", "client.json",
                               "trial.json", "evidence.json", "aggregate.tsv"}) {
        files.insert(TrialFile(trial, config, kind));
      }
      for (const char* table : {"timeseries_data", "client_tail_cdf_data"}) {
        files.insert(fmt::format("{}/{}-{}.tsv", data, table, config));
      }
    }
  }
  for (const char* figure : {"11a_goodput_median_6_workers", "11b_goodput_median_aggregate"}) {
    for (const char* form : {"tsv", "pdf", "png"}) {
      files.insert(fmt::format("{}/data/{}.{}", kName, figure, form));
    }
  }
  return files;
}

// A reader that follows every object of the file finds nothing amiss.
void ExpectPdf(const std::string& path) {
  std::string out;
  std::string err;
  EXPECT_EQ(RunCommand({.command = {"qpdf", "--check", path}}, &out, &err), ExitedWith(0))
      << out << err;
}

class MeasuredTest : public KindTest {
 protected:
  void SetUp() override {
    KindTest::SetUp();
    if (HasFatalFailure()) return;
    // All that pods do from now on: "role node".
    watch_ = std::make_unique<Process>(
        cluster().Watch({"-n", name_space(), "pods", "-o",
                         "jsonpath={.metadata.labels.clockwork\\.dev/role} {.spec.nodeName}\n"}));
  }

  std::map<std::string, std::set<std::string>> NodesOfRoles() {
    std::map<std::string, std::set<std::string>> nodes;
    std::istringstream stream(watch_->out());
    for (std::string line; std::getline(stream, line);) {
      const std::size_t space = line.find(' ');
      if (space + 1 < line.size()) nodes[line.substr(0, space)].insert(line.substr(space + 1));
    }
    return nodes;
  }

  // What status and result.json say is what the logs on the claim show.
  static void ExpectMedians(const ClaimFiles& claim, const json& status) {
    ASSERT_THAT(status["results"], SizeIs(kWorkers.size()));
    const json result =
        json::parse(claim.Read(std::string(kName) + "/result.json"), nullptr, false);
    ASSERT_TRUE(result.is_object());
    EXPECT_EQ(result["complete"], true);
    EXPECT_THAT(result["figures"], SizeIs(6));
    std::int64_t largest = 0;
    std::int64_t at = 0;
    for (std::size_t i = 0; i < kWorkers.size(); ++i) {
      const std::int64_t median = Median(claim, i + 1);
      for (const json& told : {status["results"][i], result["results"][i]}) {
        EXPECT_EQ(told["workers"], kWorkers[i]);
        EXPECT_EQ(told["medianGoodputRps"], median) << kWorkers[i];
      }
      if (median <= largest) continue;
      largest = median;
      at = kWorkers[i];
    }
    EXPECT_EQ(status["peakGoodputRps"], largest);
    EXPECT_EQ(status["peakWorkers"], at);
  }

  // The medians of the goodput that the request logs on the claim show.
  static std::int64_t Median(const ClaimFiles& claim, std::size_t config) {
    std::vector<double> peaks;
    for (std::int64_t trial = 1; trial <= kTrials; ++trial) {
      const auto peak = PeakGoodput(claim.Read(TrialFile(trial, config, "request.tsv")),
                                    claim.Read(TrialFile(trial, config, "action.tsv")), 1);
      EXPECT_TRUE(peak.has_value()) << "N number " << config << ", trial " << trial;
      peaks.push_back(peak.value_or(0));
    }
    std::sort(peaks.begin(), peaks.end());
    return std::llround(peaks[peaks.size() / 2]);
  }

  // `kubectl scx watch`, begun with the experiment, ends with it and tells the medians.
  static void ExpectWatched(Process* seen, const json& status) {
    EXPECT_EQ(seen->Wait(), ExitedWith(0)) << seen->err();
    std::string told = seen->out();
    std::erase(told, ',');  // of thousands
    for (const json& result : status["results"]) {
      EXPECT_THAT(told, HasSubstr(fmt::format(" {} ", result.value("medianGoodputRps", -1))));
    }
  }

  // `kubectl scx fetch` copies what the claim holds. Whole files are compared; result.json, which
  // the desk writes anew, by what it says.
  void ExpectFetched(const ClaimFiles& claim, const std::vector<std::string>& files) const {
    const TemporaryDirectory directory;
    const std::string copy = directory / "copy";
    std::string out;
    std::string err;
    ASSERT_EQ(RunCommand(cluster().Plugin({"fetch", "-n", name_space(), kName, "-o", copy}), &out,
                         &err, kClusterPatience),
              ExitedWith(0))
        << out << err;
    for (const std::string& file : files) {
      const auto content = ReadFile(copy + file.substr(std::string(kName).size()));
      ASSERT_TRUE(content.ok()) << file;
      if (file.ends_with("/result.json")) {
        EXPECT_EQ(json::parse(*content)["results"], json::parse(claim.Read(file))["results"]);
      } else {
        EXPECT_TRUE(*content == claim.Read(file)) << file;
      }
    }
    ExpectPdf(copy + "/data/11a_goodput_median_6_workers.pdf");
    ExpectPdf(copy + "/data/11b_goodput_median_aggregate.pdf");
  }

 private:
  std::unique_ptr<Process> watch_;
};

TEST_F(MeasuredTest, TheSmallSampleIsMeasuredFiledAndTold) {
  Apply(SmallSample());
  Process seen(cluster().Plugin({"watch", "-n", name_space(), kName}));
  ASSERT_TRUE(AwaitPhase(kName, "Complete", kPatienceForAll));
  const json status = StatusOf(kName);
  EXPECT_EQ(status.value("progress", ""), "9/9");
  EXPECT_EQ(status.value("trialsValid", 0), 9) << status.dump(2);

  auto nodes = NodesOfRoles();
  for (const auto& [role, on] : std::map<std::string, std::string>{{"worker", "worker"},
                                                                   {"controller", "controller"},
                                                                   {"collector", "controller"},
                                                                   {"client", "client"}}) {
    EXPECT_EQ(nodes[role], std::set<std::string>{cluster().NodeOf(on)}) << role;
  }

  const ClaimFiles claim(cluster(), name_space(), std::string(kName) + "-telemetry");
  ASSERT_EQ(claim.error(), "");
  const auto files = claim.List();
  EXPECT_EQ(std::set<std::string>(files.begin(), files.end()), ExpectedFiles());
  ExpectMedians(claim, status);
  ExpectWatched(&seen, status);
  ExpectFetched(claim, files);

  for (const char* reason : {"ExperimentStarted", "TrialStarted", "TrialMeasured", "AllMeasured"}) {
    EXPECT_THAT(EventReasons(kName), Contains(reason));
  }
  const std::string row =
      fmt::format("figure-11 +Complete +9/9 +{} +{} +[0-9ms]+", status.value("peakGoodputRps", 0),
                  status.value("peakWorkers", 0));
  EXPECT_THAT(Kubectl({"get", "scalabilityexperiments"}).out,
              MatchesRegex("NAME +PHASE +TRIALS +N +GOODPUT +AT-N +AGE\n" + row + " *\n"));
  EXPECT_THAT(
      Kubectl({"get", "scx", kName, "-o", "wide"}).out,
      MatchesRegex("NAME +PHASE +TRIALS +N +GOODPUT +AT-N +AGE +VALID +FAILURES +MESSAGE\n" + row +
                   " +9 +[0-9]+ +[^\n]*\n"));
  EXPECT_TRUE(AwaitNoPods());
}

}  // namespace
}  // namespace clockwork::testing
