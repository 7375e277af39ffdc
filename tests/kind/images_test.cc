// The images as images/build makes them, seen through Docker: what they hold, whom they run as, and
// what they say about themselves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/kind/kind_cluster.h"
#include "tests/support/paths.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::int64_t kMaxProgramBytes = 20'000'000;

struct Image {
  const char* name;
  const char* title;       // of the image, and of what --version prints
  bool is_program = true;  // one of C++: nothing but the program and its libraries
};

void PrintTo(const Image& image, std::ostream* out) { *out << image.name; }

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool IsLibrary(std::string_view path) {
  return (path.starts_with("lib/") || path.starts_with("usr/lib/") || path.starts_with("lib64/")) &&
         path.find(".so") != std::string_view::npos;
}

class ImageTest : public ::testing::TestWithParam<Image> {
 protected:
  void SetUp() override {
    ASSERT_EQ(cluster_.error(), "");
    std::string names;
    const auto status =
        RunCommand({.command = {SourcePath("images/build"), "--list", "--only", GetParam().name}},
                   &names, nullptr);
    ASSERT_EQ(status, ExitedWith(0));
    image_ = names.substr(0, names.find('\n'));
    const CommandResult inspected = cluster_.Docker({"image", "inspect", image_});
    ASSERT_TRUE(inspected.ok) << inspected.err;
    description_ = json::parse(inspected.out).at(0);
  }

  std::string Label(const std::string& name) const {
    return description_["Config"]["Labels"].value("org.opencontainers.image." + name, "");
  }

  // `tar tv` of all that a container of the image finds, without what Docker itself puts there,
  // which is empty.
  std::vector<std::string> Content() const {
    const TemporaryDirectory directory;
    const std::string archive = directory / "image.tar";
    const std::string container = cluster_.Docker({"create", image_}).out.substr(0, 12);
    EXPECT_TRUE(cluster_.Docker({"export", "-o", archive, container}).ok);
    EXPECT_TRUE(cluster_.Docker({"rm", container}).ok);
    std::string listing;
    EXPECT_EQ(RunCommand({.command = {"tar", "tvf", archive}}, &listing, nullptr), ExitedWith(0));
    return Lines(listing);
  }

  KindCluster cluster_;
  std::string image_;
  json description_;
};

TEST_P(ImageTest, RunsAsNobodyAndTellsWhatItIs) {
  EXPECT_THAT(description_["Config"].value("User", ""), MatchesRegex("[1-9][0-9]*:[1-9][0-9]*"));
  EXPECT_EQ(Label("title"), GetParam().title);
  EXPECT_THAT(Label("version"), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(Label("revision"), MatchesRegex("[0-9a-f]{12}(-dirty)?"));
  EXPECT_THAT(Label("created"), MatchesRegex("20[0-9-]+T[0-9:]+Z"));
  EXPECT_THAT(Label("source"), StartsWith("https://"));
  EXPECT_EQ(Label("licenses"), "Apache-2.0");
  EXPECT_THAT(Label("description"), Not(IsEmpty()));
}

// As in a pod: nothing but an empty directory can be written to.
TEST_P(ImageTest, PrintsTheCommitItWasBuiltFrom) {
  const CommandResult run =
      cluster_.Docker({"run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL",
                       "--tmpfs=/tmp", image_, "--version"});
  EXPECT_TRUE(run.ok) << run.err;
  EXPECT_THAT(run.out, EndsWith(" " + Label("version") + " (" + Label("revision") + ")\n"));
}

TEST_P(ImageTest, HasNothingToExecuteButItsProgram) {
  if (!GetParam().is_program) {
    // The same listing shows the shell where there is one.
    EXPECT_THAT(Content(), Contains(EndsWith(" usr/bin/bash")));
    return;
  }
  EXPECT_LE(description_["Size"], kMaxProgramBytes);
  std::vector<std::string> executable;
  for (const std::string& line : Content()) {
    const std::string path = line.substr(line.rfind(' ') + 1);
    std::string mode;
    std::string owner;
    std::int64_t bytes = 0;
    std::istringstream(line) >> mode >> owner >> bytes;
    EXPECT_THAT(mode, Not(::testing::ContainsRegex("s"))) << line;
    const bool executes = mode.starts_with("-") && mode.find('x') != std::string::npos && bytes > 0;
    const bool links = mode.starts_with("l") && path != "/proc/mounts";
    if ((executes || links) && !IsLibrary(path)) executable.push_back(path);
  }
  EXPECT_THAT(executable, ::testing::ElementsAre(std::string("usr/local/bin/") + GetParam().title));
}

INSTANTIATE_TEST_SUITE_P(
    Images, ImageTest,
    ::testing::Values(Image{"worker_dummy", "worker_dummy"}, Image{"controller", "controller"},
                      Image{"client", "client"}, Image{"telemetry", "telemetry"},
                      Image{"operator", "clockwork-operator"}, Image{"plotter", "plotter", false}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace clockwork::testing
