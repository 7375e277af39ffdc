#include "tests/support/paths.h"

#include <cstdlib>

namespace clockwork {
namespace {

std::string Join(std::string_view directory, std::string_view relative) {
  return std::string(directory).append("/").append(relative);
}

}  // namespace

std::string SourcePath(std::string_view relative) { return Join(CLOCKWORK_SOURCE_DIR, relative); }

std::string BuiltPath(std::string_view relative) { return Join(CLOCKWORK_BINARY_DIR, relative); }

std::string ProgramPath(std::string_view name) {
  const char* other_build = std::getenv("CLOCKWORK_TEST_PROGRAMS");
  const bool own = other_build == nullptr || *other_build == '\0';
  return Join(own ? CLOCKWORK_BINARY_DIR "/bin" : other_build, name);
}

}  // namespace clockwork
