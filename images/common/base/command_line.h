#pragma once

// Command lines: declared once, parsed strictly, with --help (stdout, exit 0), --version, and a
// one-sentence usage error (exit 2) for everything else. Options may stand before, between and
// after positional arguments. A later option wins over an earlier one, but for those of Each.
//
//   CommandLine line("worker_dummy", "Emulates GPUs for a Clockwork controller.");
//   line.Integer("-p,--port", "TCP port to listen on; 0 lets the system choose", 0, 65535, &port);
//   if (auto end = line.Parse(argc, argv)) return *end;

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork {

class CommandLine {
 public:
  // Turns the text of one argument into a value somewhere; an Error ends the parse.
  using Setter = std::function<Status(std::string_view name, const std::string& text)>;

  CommandLine(std::string program, std::string description);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // `names` is "-p,--port" or "--port". `*out` holds the default, which --help shows, and must
  // outlive Parse.
  void Flag(const std::string& names, const std::string& help, bool* out);
  void Integer(const std::string& names, const std::string& help, std::int64_t min,
               std::int64_t max, std::int64_t* out);
  void Text(const std::string& names, const std::string& help, std::string* out);
  void Choice(const std::string& names, const std::string& help,
              const std::vector<std::string>& choices, std::string* out);
  void Custom(const std::string& names, const std::string& help, Setter set);
  // An option that may be given several times: appends each text.
  void Each(const std::string& names, const std::string& help, std::vector<std::string>* out);

  // Positional arguments, in the order declared. All required ones come before optional ones.
  void Positional(const std::string& name, const std::string& help, bool required, Setter set);
  // Takes every remaining positional argument. Declare last.
  void Rest(const std::string& name, const std::string& help, std::vector<std::string>* out);

  // A paragraph after the options in --help.
  void Footer(const std::string& text);

  // Parses. Returns nothing when the program should go on, else the exit code to end with (what
  // there was to say is printed: help and version on stdout, errors on stderr).
  std::optional<int> Parse(int argc, const char* const* argv);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace clockwork
