#include "tests/kind/kind_test.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace clockwork::testing {
namespace {

using nlohmann::json;

// "PodKilledTest.Worker/0" as a namespace, unlike that of another run.
std::string NameSpaceOfTest() {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name;
  for (const char c : fmt::format("{}-{}", info->test_suite_name(), info->name())) {
    const auto byte = static_cast<unsigned char>(c);
    name += std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '-';
  }
  constexpr std::size_t kMaxBytes = 50;
  return fmt::format("{}-{}", name.substr(0, kMaxBytes), ::getpid());
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    if (end > begin) lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

json TinyExperiment(const std::string& name, std::vector<std::int64_t> workers,
                    std::int64_t trials) {
  const json load = {{"factorMin", "0.2"},
                     {"factorMax", "0.5"},
                     {"factorStep", "1.5"},
                     {"periodSeconds", 1},
                     {"memoryLoadFactor", 1}};
  return {{"apiVersion", "clockwork.dev/v1alpha1"},
          {"kind", "ScalabilityExperiment"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"workers", {{"values", std::move(workers)}}},
            {"trials", trials},
            {"load", load},
            {"validity", {{"maxClientLagP99Microseconds", 60'000'000}}},
            {"retries", {{"attempts", 3}, {"backoffSeconds", 0}}},
            {"telemetryClaimSize", "100Mi"}}}};
}

json LongerExperiment(const std::string& name, std::int64_t seconds) {
  json experiment = TinyExperiment(name);
  constexpr std::int64_t kSteps = 3;
  experiment["spec"]["load"]["periodSeconds"] = seconds / kSteps;
  return experiment;
}

const KindCluster& KindTest::cluster() {
  static const KindCluster cluster;
  return cluster;
}

void KindTest::InstallOperator() { ASSERT_EQ(EnsureRelease(cluster()), ""); }

void KindTest::SetUp() {
  ASSERT_EQ(cluster().error(), "");
  const std::string name = NameSpaceOfTest();
  const CommandResult created = cluster().KubectlWith({"create"}, NameSpaceObject(name).dump());
  ASSERT_TRUE(created.ok) << created.err;
  name_space_ = name;
  InstallOperator();
}

void KindTest::TearDown() {
  if (name_space_.empty()) return;
  if (HasFailure()) std::printf("%s\n", Describe().c_str());
  const CommandResult deleted =
      cluster().Kubectl({"delete", "namespace", name_space_, "--wait=false"});
  EXPECT_TRUE(deleted.ok) << deleted.err;
}

CommandResult KindTest::Kubectl(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"-n", name_space_});
  return cluster().Kubectl(arguments);
}

void KindTest::Apply(const json& object) const {
  const CommandResult applied = cluster().KubectlWith({"-n", name_space_, "apply"}, object.dump());
  ASSERT_TRUE(applied.ok) << applied.err;
}

void KindTest::Patch(const std::string& experiment, const json& spec) const {
  const CommandResult patched =
      Kubectl({"patch", "scx", experiment, "--type=merge", "-p", json({{"spec", spec}}).dump()});
  ASSERT_TRUE(patched.ok) << patched.err;
}

json KindTest::Get(const std::string& resource, const std::string& name) const {
  json object = json::parse(Kubectl({"get", resource, name, "-o", "json"}).out, nullptr, false);
  return object.is_object() ? object : json::object();
}

json KindTest::StatusOf(const std::string& experiment) const {
  return Get("scx", experiment).value("status", json::object());
}

std::vector<std::string> KindTest::Names(const std::string& resource) const {
  return Lines(Kubectl({"get", resource, "-o", "name"}).out);
}

std::vector<std::string> KindTest::EventReasons(const std::string& experiment) const {
  return Lines(Kubectl({"get", "events", "--field-selector", "involvedObject.name=" + experiment,
                        "-o", "jsonpath={range .items[*]}{.reason}{\"\\n\"}{end}"})
                   .out);
}

std::int64_t KindTest::LostAttempts(const std::string& experiment) const {
  std::int64_t invalid = 0;
  const json events = Get("events", "--field-selector=involvedObject.name=" + experiment)
                          .value("items", json::array());
  for (const json& event : events) {
    const std::string reason = event.value("reason", "");
    if (reason == "TrialInvalid" || reason == "ClientLag") invalid += event.value("count", 1);
  }
  return StatusOf(experiment).value("failures", std::int64_t{-1}) - invalid;
}

bool KindTest::AwaitPhase(const std::string& experiment, const std::string& phase,
                          std::chrono::milliseconds patience) const {
  // Nothing comes after an end: what waits for another phase need not wait on.
  const std::string ended =
      R"({{if or (eq . "Complete") (eq . "Failed") (eq . ")" + phase + R"(")}}reached{{end}})";
  const std::string phases =
      "go-template={{with .status}}{{with .phase}}" + ended + "{{end}}{{end}}";
  return cluster().Await({"-n", name_space_, "scx", KindCluster::One(experiment), "-o", phases},
                         "reached", patience) &&
         StatusOf(experiment).value("phase", "") == phase;
}

bool KindTest::AwaitStep(const std::string& experiment, const std::string& step) const {
  return cluster().Await({"-n", name_space_, "scx", KindCluster::One(experiment), "-o",
                          "jsonpath={.status.active[*].step}\n"},
                         step);
}

bool KindTest::AwaitReason(const std::string& experiment, const std::string& reason) const {
  return cluster().Await({"-n", name_space_, "scx", KindCluster::One(experiment), "-o",
                          "jsonpath={.status.active[*].reason} {.status.conditions[*].reason}\n"},
                         reason);
}

bool KindTest::AwaitNoPods() const {
  return cluster().Wait({"-n", name_space_, "--for=delete", "pod", "--all"});
}

std::string KindTest::PodsOf(const std::string& experiment, const std::string& role) {
  return fmt::format("clockwork.dev/experiment={},clockwork.dev/role={}", experiment, role);
}

bool KindTest::KillPods(const std::string& experiment, const std::string& role) const {
  if (!cluster().Await({"-n", name_space_, "pods", "-l", PodsOf(experiment, role), "-o", "name"},
                       "pod/")) {
    return false;
  }
  const CommandResult deleted = Kubectl({"delete", "pod", "-l", PodsOf(experiment, role), "--force",
                                         "--grace-period=0", "--wait=false"});
  return deleted.ok && deleted.out.find("deleted") != std::string::npos;
}

std::string KindTest::Describe() const {
  return Kubectl({"get", "scx,pods,pvc", "-o", "wide"}).out +
         Kubectl({"get", "scx", "-o", "yaml"}).out +
         Kubectl({"get", "events", "--sort-by=.lastTimestamp"}).out +
         cluster()
             .Kubectl({"-n", kSystemNamespace, "logs", "-l",
                       "app.kubernetes.io/name=clockwork-operator", "--prefix", "--tail=60"})
             .out;
}

}  // namespace clockwork::testing
