#pragma once

// Scheduling of the client's thread. A load generator uses little of a processor but must run at
// the moment when a request is due; on a busy machine ordinary scheduling makes it wait for
// milliseconds.

#include <string>

namespace clockwork::client {

// Asks for the lowest real-time priority for the calling thread; where that is not permitted, for
// ordinary scheduling with short time slices, which needs no right. Neither is required. Returns
// what was had, for the log.
std::string RequestRealTime();

}  // namespace clockwork::client
