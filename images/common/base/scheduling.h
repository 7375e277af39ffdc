#pragma once

// How the system schedules the calling thread. Nothing here is required: without the rights, or on
// an older kernel, a program runs as any other, only later when the machine is busy. Each call
// returns what was had, for the log.

#include <string>

namespace clockwork {

// For a load generator: it uses little of a processor but must run at the moment when a request is
// due, and ordinary scheduling makes it wait for milliseconds on a busy machine. Asks for the
// lowest real-time priority, else for short time slices.
std::string RequestRealTime();

// For a server that sleeps between events: asks for precedence over ordinary programs and for short
// time slices, so that it runs soon after it is woken. It still shares the processors with its
// like, which real-time scheduling would not.
std::string RequestPromptWakeups();

}  // namespace clockwork
