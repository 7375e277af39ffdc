#pragma once

// The three exit codes of every program here.

#include "images/common/base/result.h"

namespace clockwork {

inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;  // run-time failure
inline constexpr int kExitUsage = 2;    // bad command line, environment or configuration

inline int ExitCodeOf(const Error& error) {
  return error.kind == ErrorKind::kUsage ? kExitUsage : kExitFailure;
}

// Prints "program: message" on stderr and returns the error's exit code.
int ReportError(const char* program, const Error& error);

}  // namespace clockwork
