// Where no cluster of pods can run: one line that says so, and a code that fails, unless the user
// has left that part out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Where the system has it; empty when it has not.
std::string FindProgram(const std::string& name) {
  for (const char* directory : {"/usr/bin", "/bin", "/usr/local/bin"}) {
    const std::string path = std::string(directory) + "/" + name;
    if (fs::exists(path)) return path;
  }
  return "";
}

// A machine with a shell and what scripts cannot do without, but no Docker and no apt-get.
class BareMachine {
 public:
  BareMachine() {
    for (const char* name : {"bash", "dirname", "mkdir"}) {
      fs::create_symlink(FindProgram(name), programs_ / name);
    }
  }

  ExitStatus Run(const std::string& script, std::string* out, std::string* err) const {
    const auto status = RunCommand({.command = {FindProgram("env"), SourcePath(script)},
                                    .environment = {{"PATH", programs_.path()},
                                                    {"HOME", home_.path()},
                                                    {"XDG_CACHE_HOME", home_ / "cache"}},
                                    .unset = {"DOCKER_HOST"}},
                                   out, err);
    return status.value_or(ExitStatus{});
  }

 private:
  TemporaryDirectory programs_;
  TemporaryDirectory home_;
};

TEST(NoCluster, UpSaysSoInOneLineAndFails) {
  const BareMachine machine;
  std::string out;
  std::string err;
  EXPECT_EQ(machine.Run("tests/kind/up", &out, &err), ExitedWith(1));
  EXPECT_EQ(out, "");
  EXPECT_THAT(err, AllOf(StartsWith("tests/kind: NO CLUSTER OF PODS ON THIS MACHINE: "),
                         HasSubstr("./test.sh --without kind")));
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
}

struct Choice {
  const char* description;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
};

TEST(NoCluster, ThePartIsLeftOutWhereTheUserSaysSo) {
  const std::array choices = {
      Choice{"by an option", {"--without", "kind", "kind"}, {}},
      Choice{"by the environment", {"kind"}, {{"CLOCKWORK_WITHOUT", "kind"}}},
  };
  for (const Choice& choice : choices) {
    ProcessOptions options{.command = {SourcePath("test.sh")}, .environment = choice.environment};
    options.command.insert(options.command.end(), choice.arguments.begin(), choice.arguments.end());
    options.environment.emplace_back("CLOCKWORK_SKIP_PACKAGES", "1");
    std::string out;
    std::string err;
    const auto status = RunCommand(options, &out, &err);
    EXPECT_EQ(status, ExitedWith(1)) << "nothing has passed either";
    EXPECT_THAT(out, HasSubstr("!! kind: LEFT OUT, as asked for\n")) << choice.description << err;
    EXPECT_THAT(out, HasSubstr("0 passed, 0 failed\n")) << choice.description;
  }
}

}  // namespace
}  // namespace clockwork::testing
