// Every documented experiment, good and bad, has one answer: that of the API server and that of
// `clockwork-experiment validate`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "images/common/base/file.h"
#include "tests/apiserver/installed_server.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> Examples(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(SourcePath(directory))) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What follows "# refused: " in the first line.
std::string RefusedField(const std::string& file) {
  constexpr std::string_view kMark = "# refused: ";
  const std::string text = ReadFile(file).ok() ? *ReadFile(file) : "";
  if (!text.starts_with(kMark)) return "";
  return text.substr(kMark.size(), text.find('\n') - kMark.size());
}

struct Answer {
  bool accepted = false;
  std::string text;
};

Answer AskValidate(const std::string& file) {
  std::string out;
  std::string err;
  const auto status = RunCommand(
      {.command = {ProgramPath("clockwork-experiment"), "validate", "-f", file}}, &out, &err);
  return {status == ExitedWith(0), out + err};
}

class ExamplesTest : public InstalledServerTest {
 protected:
  static Answer AskServer(const std::string& file) {
    const KubectlResult result =
        Kubectl({"create", "--dry-run=server", "--validate=strict", "-f", file});
    return {result.ok, result.out + result.err};
  }
};

TEST_F(ExamplesTest, GoodOnesAreAcceptedByBoth) {
  std::vector<std::string> files = Examples("tests/golden/experiments/good");
  for (const std::string& sample : Examples("manifests/samples")) files.push_back(sample);
  ASSERT_GT(files.size(), 10u);
  for (const std::string& file : files) {
    for (const Answer& answer : {AskServer(file), AskValidate(file)}) {
      EXPECT_TRUE(answer.accepted) << file << "\n" << answer.text;
    }
  }
}

TEST_F(ExamplesTest, BadOnesAreRefusedByBothWithTheFieldsName) {
  const std::vector<std::string> files = Examples("tests/golden/experiments/bad");
  ASSERT_GT(files.size(), 40u);
  for (const std::string& file : files) {
    const std::string field = RefusedField(file);
    ASSERT_NE(field, "") << file << ": its first line must say \"# refused: FIELD\"";
    for (const Answer& answer : {AskServer(file), AskValidate(file)}) {
      EXPECT_FALSE(answer.accepted) << file << "\n" << answer.text;
      EXPECT_THAT(answer.text, HasSubstr(field)) << file;
    }
  }
}

}  // namespace
}  // namespace clockwork::testing
