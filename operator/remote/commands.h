#pragma once

// The command lines of fetch and watch.

namespace clockwork::remote {

// argv[0] is the command. Return the exit code.
int FetchMain(int argc, const char* const* argv);
int WatchMain(int argc, const char* const* argv);

}  // namespace clockwork::remote
