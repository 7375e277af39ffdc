#pragma once

// The controller's command line (docs/programs.md, spec/cli.md §1.2).

#include <optional>
#include <string>

#include "images/controller/server.h"

namespace clockwork::controller {

struct Command {
  ServerOptions server;
  std::string log_directory;      // CLOCKWORK_LOG_DIR
  bool exit_with_signal = false;  // exit code 2 or 15 after SIGINT or SIGTERM, as the original
};

// Fills *command. Returns the exit code to end with, or nothing to go on.
std::optional<int> ParseCommand(int argc, const char* const* argv, Command* command);

}  // namespace clockwork::controller
