#pragma once

// Connecting to a listener that may not be there yet.

#include "images/common/base/parse.h"
#include "images/common/base/result.h"
#include "images/common/base/time.h"

namespace clockwork::net {

class StopSignal;

inline constexpr Nanos kConnectRetryNs = 20 * kMillisecond;

// Connects to the address's first IPv4 result, trying again every kConnectRetryNs until timeout_ns
// have passed. Returns a connected non-blocking socket with TCP_NODELAY; the caller owns it. Ends
// early with an error when `stop` (may be null) is requested. An unresolvable name fails like a
// refused connection.
Result<int> ConnectWithRetry(const HostPort& address, Nanos timeout_ns, const StopSignal* stop);

}  // namespace clockwork::net
