#pragma once

// The few things one does with child processes here, each with a deadline. Errors: a runtime error
// is worth another attempt, a usage error (a program refused its command line, exit code 2) is not.

#include <cstdint>
#include <span>
#include <string>

#include "operator/local/process.h"
#include "operator/local/wait.h"

namespace clockwork::local {

inline constexpr std::string_view kInterruptedSentence = "interrupted";

// Runs a program to its end; any end but exit code 0 is an error, as is the deadline (it is then
// killed).
Status RunToEnd(const ProcessSpec& spec, Interrupts* interrupts, Nanos deadline_ns);

// Waits until `ready_file`, of the program started last in `processes`, names its port. It is an
// error when any of them ends first.
Result<std::int64_t> AwaitReady(std::span<Process* const> processes, const std::string& ready_file,
                                DirectoryWatch* watch, Interrupts* interrupts, Nanos deadline_ns);

// SIGTERM, then waits for exit code 0. At the deadline it is killed.
Status StopInOrder(Process* process, Interrupts* interrupts, Nanos deadline_ns);

// The error that the end of `process` is.
Error EndError(const Process& process, const ExitState& end);

}  // namespace clockwork::local
