#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "images/common/base/file.h"
#include "tests/integration/remote/remote_rig.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// Nothing half-written is here, and no pod there.
void ExpectNothingLeft(RemoteRig* rig) {
  EXPECT_FALSE(fs::exists(rig->Output()));
  EXPECT_FALSE(fs::exists(rig->Output() + ".partial"));
  EXPECT_EQ(rig->Pods(), 0U);
}

TEST(FetchCommand, CopiesTheTreeAndMakesTheResult) {
  RemoteRig rig;
  auto fetch = rig.StartFetch();
  const json pod = rig.RunReader();
  ASSERT_EQ(fetch->Wait(), ExitedWith(0)) << fetch->err();
  EXPECT_EQ(*ReadFile(rig.Output() + "/trial-1/file=controller_2_request.tsv"),
            std::string(100'000, 'r'));
  EXPECT_THAT(
      fetch->out(),
      HasSubstr("     2         2,000     1000.0         4,321        6.50          12  yes"));
  const json result = json::parse(*ReadFile(rig.Output() + "/result.json"));
  EXPECT_EQ(result["complete"], true);
  EXPECT_EQ(result["results"][1]["medianGoodputRps"], 2000.0);
  EXPECT_EQ(rig.KubectlArguments(),
            "--kubeconfig\n" + rig.directory() / "kubeconfig" + "\n--namespace\nlab\nexec\n" +
                pod["metadata"]["name"].get<std::string>() +
                "\n--container\nreader\n--\ntelemetry\narchive\n-i\n/telemetry/x\n");
  EXPECT_EQ(rig.Pods(), 0U);
  EXPECT_FALSE(fs::exists(rig.Output() + ".partial"));
  EXPECT_THAT(fetch->out(), HasSubstr("Note: the figures were not drawn: there is no program"));
}

TEST(FetchCommand, WhatIsFetchedIsFitForReport) {
  RemoteRig rig;
  auto fetch = rig.StartFetch();
  rig.RunReader();
  ASSERT_EQ(fetch->Wait(), ExitedWith(0)) << fetch->err();
  std::string out;
  std::string err;
  EXPECT_EQ(RunCommand({.command = {ProgramPath("clockwork-experiment"), "report", rig.Output(),
                                    "--plotter", "/dev/null"}},
                       &out, &err),
            ExitedWith(0))
      << err;
  EXPECT_THAT(out, HasSubstr("     2         2,000     1000.0         4,321"));
}

TEST(FetchCommand, KeepsTheFiguresOfTheCluster) {
  RemoteRig rig;
  json status = FinalStatus("Complete");
  status["figures"] = {{"state", "Drawn"}, {"attempt", 1}};
  rig.SetStatus(status);
  rig.WriteTree("data/11b_goodput_median_aggregate.pdf", "%PDF");
  auto fetch = rig.StartFetch();
  rig.RunReader();
  ASSERT_EQ(fetch->Wait(), ExitedWith(0)) << fetch->err();
  EXPECT_THAT(fetch->out(), HasSubstr("out/data/11b_goodput_median_aggregate.pdf\n"));
  EXPECT_EQ(*ReadFile(rig.Output() + "/data/11b_goodput_median_aggregate.pdf"), "%PDF");
}

TEST(FetchCommand, KeepsTheRecordsOfTheClaim) {
  RemoteRig rig;
  rig.WriteTree("trial-1/file=controller_2_trial.json", "as it was filed");
  auto fetch = rig.StartFetch();
  rig.RunReader();
  ASSERT_EQ(fetch->Wait(), ExitedWith(0)) << fetch->err();
  EXPECT_EQ(*ReadFile(rig.Output() + "/trial-1/file=controller_2_trial.json"), "as it was filed");
  EXPECT_TRUE(fs::exists(rig.Output() + "/trial-1/file=controller_1_trial.json")) << "not filed";
}

TEST(FetchCommand, LeavesNothingWhenTheStreamGoesWrong) {
  const struct {
    const char* kubectl;
    const char* says;
  } cases[] = {
      {"stream | head -c 70000", "cut before its end"},
      {"exit 0", "cut before its end"},
      {"stream; exit 3", "exit code 3"},
      {"echo 'error: unable to upgrade connection' >&2; exit 1", "unable to upgrade connection"},
      {"stream; echo more", "bytes follow the end"},
      {"echo no archive; cat /dev/zero | head -c 600", "checksum"},
      {"stream | head -c 70000; kill -9 $$", "signal 9"},
  };
  for (const auto& [kubectl, says] : cases) {
    RemoteRig rig;
    rig.SetKubectl(kubectl);
    auto fetch = rig.StartFetch();
    rig.RunReader();
    EXPECT_EQ(fetch->Wait(), ExitedWith(1)) << kubectl;
    EXPECT_THAT(fetch->err(), HasSubstr(says)) << kubectl;
    ExpectNothingLeft(&rig);
  }
}

TEST(FetchCommand, InterruptedTakesItsPodAlong) {
  RemoteRig rig;
  rig.SetKubectl("stream | head -c 5000; exec sleep 600");
  auto fetch = rig.StartFetch();
  rig.RunReader();
  ASSERT_TRUE(fetch->WaitForFile(rig.directory() / "arguments", "archive"));
  EXPECT_EQ(fetch->End(SIGINT), ExitedWith(1));
  EXPECT_THAT(fetch->err(), HasSubstr("interrupted"));
  ExpectNothingLeft(&rig);
}

TEST(FetchCommand, InterruptedWhileThePodStartsTakesItAlong) {
  RemoteRig rig;
  auto fetch = rig.StartFetch();
  ASSERT_TRUE(rig.server().WaitUntil([&] { return rig.Pods() == 1; }));
  EXPECT_EQ(fetch->End(SIGTERM), ExitedWith(1));
  ExpectNothingLeft(&rig);
}

TEST(FetchCommand, APodThatEndsIsNamedWithItsReason) {
  RemoteRig rig;
  auto fetch = rig.StartFetch();
  ASSERT_TRUE(rig.server().WaitUntil([&] { return rig.Pods() == 1; }));
  const std::string name = rig.server().List("pods", kLab).front()["metadata"]["name"];
  rig.server().Edit("pods", kLab, name, [](json* pod) {
    (*pod)["status"] = {{"phase", "Failed"}, {"message", "The node was low on memory."}};
  });
  EXPECT_EQ(fetch->Wait(), ExitedWith(1));
  EXPECT_THAT(fetch->err(), HasSubstr("The node was low on memory."));
  ExpectNothingLeft(&rig);
}

TEST(FetchCommand, ARefusedPodIsToldInTheServersWords) {
  RemoteRig rig;
  rig.server().Fail(OnCall{"POST", "pods"}, Forbidden("exceeded quota: pods=0"));
  auto fetch = rig.StartFetch();
  EXPECT_EQ(fetch->Wait(), ExitedWith(1));
  EXPECT_THAT(fetch->err(), HasSubstr("exceeded quota"));
  ExpectNothingLeft(&rig);
}

TEST(FetchCommand, APodWhoseAnswerWasLostIsDeleted) {
  RemoteRig rig;
  rig.server().Fail(OnCall{"POST", "pods"}, DropAfter());
  auto fetch = rig.StartFetch();
  EXPECT_EQ(fetch->Wait(), ExitedWith(1));
  EXPECT_GT(rig.server().Count(OnCall{"DELETE", "pods"}), 0U);
  ExpectNothingLeft(&rig);
}

TEST(FetchCommand, ReplacesAnEarlierCopyOnlyWhenAskedTo) {
  RemoteRig rig;
  auto first = rig.StartFetch();
  rig.RunReader();
  ASSERT_EQ(first->Wait(), ExitedWith(0)) << first->err();
  ASSERT_TRUE(WriteFileAtomically(rig.Output() + "/mine", "").ok());
  auto second = rig.StartFetch();
  EXPECT_EQ(second->Wait(), ExitedWith(2));
  EXPECT_THAT(second->err(), HasSubstr("--replace"));
  // A copy that goes wrong leaves the earlier one.
  rig.SetKubectl("exit 1");
  auto third = rig.StartFetch({"--replace"});
  rig.RunReader();
  EXPECT_EQ(third->Wait(), ExitedWith(1));
  EXPECT_TRUE(fs::exists(rig.Output() + "/mine"));
  rig.SetKubectl("stream");
  auto fourth = rig.StartFetch({"--replace"});
  rig.RunReader();
  EXPECT_EQ(fourth->Wait(), ExitedWith(0)) << fourth->err();
  EXPECT_FALSE(fs::exists(rig.Output() + "/mine"));
  EXPECT_TRUE(fs::exists(rig.Output() + "/result.json"));
  EXPECT_FALSE(fs::exists(rig.Output() + ".partial"));
}

TEST(FetchCommand, IsRefusedBeforeAnythingHappens) {
  RemoteRig rig;
  fs::create_directory(rig.directory() / "foreign");
  ASSERT_TRUE(WriteFileAtomically(rig.directory() / "foreign/file", "").ok());
  const struct {
    std::vector<std::string> arguments;
    const char* says;
  } cases[] = {
      {{"fetch", "nobody", "--kubectl", rig.directory() / "kubectl"}, "kubectl get scx -A"},
      {{"fetch", kName, "--kubectl", "/does/not/exist"}, "/does/not/exist"},
      {{"fetch", kName, "-o", rig.directory() / "foreign", "--replace"}, "holds no experiment"},
      {{"fetch", kName, "--context", "other"}, "other"},
      {{"fetch"}, "NAME"},
  };
  for (const auto& [arguments, says] : cases) {
    auto fetch = rig.Start(arguments);
    EXPECT_EQ(fetch->Wait(), ExitedWith(2)) << says;
    EXPECT_THAT(fetch->err(), HasSubstr(says));
    EXPECT_EQ(rig.server().Count(OnCall{"POST", "pods"}), 0U);
  }
}

// cmake --install, as docs/programs.md gives it: the plug-in is there, and finds the plotter.
TEST(FetchCommand, InstalledItFindsItsPrograms) {
  RemoteRig rig;
  auto fetch = rig.StartFetch();
  rig.RunReader();
  ASSERT_EQ(fetch->Wait(), ExitedWith(0)) << fetch->err();
  const std::string prefix = rig.directory() / "prefix";
  std::string err;
  ASSERT_EQ(RunCommand({.command = {"cmake", "--install", BuiltPath("."), "--component", "desk",
                                    "--prefix", prefix}},
                       nullptr, &err),
            ExitedWith(0))
      << err;
  std::string out;
  EXPECT_EQ(
      RunCommand({.command = {prefix + "/bin/kubectl-scx", "report", rig.Output()}}, &out, &err),
      ExitedWith(0))
      << err;
  EXPECT_THAT(out, HasSubstr("     2         2,000"));
  EXPECT_THAT(out, ::testing::Not(HasSubstr("plot_figures.py was not found")));
}

TEST(FetchCommand, WithoutKubectlSaysWhereToGetIt) {
  RemoteRig rig;
  std::string err;
  ProcessOptions options;
  options.command = {ProgramPath("clockwork-experiment"), "fetch", kName};
  options.environment = {{"PATH", rig.directory().path() + "/nothing"}};
  EXPECT_EQ(RunCommand(options, nullptr, &err), ExitedWith(2));
  EXPECT_THAT(err, HasSubstr("no kubectl in the PATH"));
}

}  // namespace
}  // namespace clockwork::testing
