#pragma once

// Where the sources and what was built of them are. Only this library knows: all other objects are
// the same in every clone, so that the compiler's cache has them for the next one.

#include <string>
#include <string_view>

namespace clockwork {

// An absolute path of something in the repository; `relative` is from its root, e.g. "docs/api.md".
std::string SourcePath(std::string_view relative);

// An absolute path of something in the build directory, e.g. "records".
std::string BuiltPath(std::string_view relative);

// The program of this name among those that are built: "bin/NAME" of the build directory, or in the
// directory that CLOCKWORK_TEST_PROGRAMS names: the same tests look at the programs of other
// builds.
std::string ProgramPath(std::string_view name);

}  // namespace clockwork
