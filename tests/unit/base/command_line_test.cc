#include "images/common/base/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "images/common/base/version.h"

namespace clockwork {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A program with one argument of each kind, and what a parse of it gave.
struct Parsed {
  std::optional<int> end;
  std::string out;
  std::string err;
  bool verbose = false;
  std::int64_t port = 12345;
  std::string config;
  std::string order = "published";
  std::string workload;
  std::string address;
  std::vector<std::string> directories;
  std::vector<std::string> rest;
};

CommandLine::Setter Into(std::string* out) {
  return [out](std::string_view, const std::string& text) -> Status {
    *out = text;
    return {};
  };
}

Parsed Parse(const std::vector<const char*>& arguments, bool take_rest = false) {
  Parsed parsed;
  CommandLine line("program", "Does a thing.");
  line.Flag("-v,--verbose", "Say more", &parsed.verbose);
  line.Integer("-p,--port", "Port to listen on", 0, 65535, &parsed.port);
  line.Text("-c,--config", "File to read", &parsed.config);
  line.Each("-d,--directory", "Directory to read", &parsed.directories);
  line.Choice("--order", "Order of the models", {"published", "alphabetical"}, &parsed.order);
  line.Positional("ADDRESS", "host:port to talk to", true, Into(&parsed.address));
  line.Positional("WORKLOAD", "what to send", false, Into(&parsed.workload));
  if (take_rest) line.Rest("PARAMETERS", "of the workload", &parsed.rest);
  line.Footer("The last paragraph.");
  std::vector<const char*> argv = {"program"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  parsed.end = line.Parse(static_cast<int>(argv.size()), argv.data());
  parsed.out = ::testing::internal::GetCapturedStdout();
  parsed.err = ::testing::internal::GetCapturedStderr();
  return parsed;
}

TEST(CommandLine, DefaultsStay) {
  const Parsed parsed = Parse({"host:1"});
  EXPECT_EQ(parsed.end, std::nullopt) << parsed.err;
  EXPECT_EQ(parsed.address, "host:1");
  EXPECT_FALSE(parsed.verbose);
  EXPECT_EQ(parsed.port, 12345);
  EXPECT_EQ(parsed.config, "");
  EXPECT_EQ(parsed.order, "published");
  EXPECT_EQ(parsed.workload, "");
  EXPECT_EQ(parsed.out + parsed.err, "");
}

TEST(CommandLine, OptionsMayStandAnywhere) {
  for (const auto& arguments : std::vector<std::vector<const char*>>{
           {"-v", "-p", "80", "--config=file", "--order", "alphabetical", "host:1", "load"},
           {"host:1", "-v", "--port", "80", "load", "--config", "file", "--order=alphabetical"},
           {"host:1", "load", "--verbose", "-p80", "-c", "file", "--order", "alphabetical"}}) {
    const Parsed parsed = Parse(arguments);
    EXPECT_EQ(parsed.end, std::nullopt) << parsed.err;
    EXPECT_TRUE(parsed.verbose);
    EXPECT_EQ(parsed.port, 80);
    EXPECT_EQ(parsed.config, "file");
    EXPECT_EQ(parsed.order, "alphabetical");
    EXPECT_EQ(parsed.address, "host:1");
    EXPECT_EQ(parsed.workload, "load");
  }
}

TEST(CommandLine, ALaterOptionWins) {
  const Parsed parsed = Parse({"-p", "1", "--port", "2", "host:1", "--config", "a", "-c", "b"});
  EXPECT_EQ(parsed.end, std::nullopt) << parsed.err;
  EXPECT_EQ(parsed.port, 2);
  EXPECT_EQ(parsed.config, "b");
}

TEST(CommandLine, SomeOptionsCountEachTime) {
  const Parsed parsed = Parse({"-d", "a", "host:1", "--directory", "b", "load", "--directory=c"});
  EXPECT_EQ(parsed.end, std::nullopt) << parsed.err;
  EXPECT_THAT(parsed.directories, ElementsAre("a", "b", "c"));
  EXPECT_EQ(parsed.workload, "load");
  EXPECT_THAT(Parse({"host:1"}).directories, IsEmpty());
}

TEST(CommandLine, TheRestIsTaken) {
  const Parsed parsed = Parse({"host:1", "load", "10", "0.1", "-p", "80", "4"}, true);
  EXPECT_EQ(parsed.end, std::nullopt) << parsed.err;
  EXPECT_EQ(parsed.port, 80);
  EXPECT_THAT(parsed.rest, ElementsAre("10", "0.1", "4"));
  EXPECT_THAT(Parse({"host:1"}, true).rest, IsEmpty());
}

struct ErrorCase {
  const char* what;
  std::vector<const char*> arguments;
  const char* sentence;
};

TEST(CommandLine, EveryMistakeIsOneSentenceAndCode2) {
  const ErrorCase cases[] = {
      {"not a number",
       {"host:1", "-p", "http"},
       "-p,--port: 'http' is not a whole number; give one from 0 to 65535"},
      {"out of range",
       {"host:1", "-p", "65536"},
       "-p,--port: 65536 is out of range; give a whole number from 0 to 65535"},
      {"unknown choice",
       {"host:1", "--order", "random"},
       "--order: 'random' is not known; give one of published, alphabetical"},
      {"nothing given", {}, "ADDRESS is missing: host:port to talk to"},
      {"one too many", {"host:1", "load", "more"}, "unexpected argument 'more'"},
      {"unknown option", {"host:1", "--bogus"}, "--bogus"},
      {"unknown short option", {"host:1", "-x"}, "-x"},
      {"option without its value", {"host:1", "--port"}, "--port needs a value"},
      {"the first of two mistakes",
       {"-p", "x", "--order", "y"},
       "-p,--port: 'x' is not a whole number; give one from 0 to 65535"},
  };
  for (const auto& c : cases) {
    const Parsed parsed = Parse(c.arguments);
    EXPECT_EQ(parsed.end, 2) << c.what;
    EXPECT_EQ(parsed.out, "") << c.what;
    EXPECT_THAT(parsed.err, ::testing::StartsWith("program: ")) << c.what;
    EXPECT_THAT(parsed.err, HasSubstr(c.sentence)) << c.what;
    EXPECT_THAT(parsed.err, ::testing::EndsWith(" (try program --help)\n")) << c.what;
    EXPECT_EQ(std::count(parsed.err.begin(), parsed.err.end(), '\n'), 1) << c.what;
  }
}

TEST(CommandLine, HelpNamesEverything) {
  for (const char* option : {"-h", "--help"}) {
    const Parsed parsed = Parse({option}, true);
    EXPECT_EQ(parsed.end, 0);
    EXPECT_EQ(parsed.err, "");
    for (const char* piece :
         {"Does a thing.", "Usage: program ADDRESS [WORKLOAD] [PARAMETERS...] [options]",
          "host:port to talk to", "-p,--port", "Port to listen on (default 12345)", "-c,--config",
          "published, alphabetical (default published)", "-h,--help", "--version",
          "The last paragraph."}) {
      EXPECT_THAT(parsed.out, HasSubstr(piece));
    }
  }
}

TEST(CommandLine, HelpWinsOverMistakes) {
  EXPECT_EQ(Parse({"--help", "-p", "x"}).end, 0);
  EXPECT_EQ(Parse({"-p", "x", "--help"}).end, 0);
}

TEST(CommandLine, VersionIsOneLine) {
  const Parsed parsed = Parse({"--version"});
  EXPECT_EQ(parsed.end, 0);
  EXPECT_EQ(parsed.out, std::string("program ") + Version() + "\n");
}

}  // namespace
}  // namespace clockwork
