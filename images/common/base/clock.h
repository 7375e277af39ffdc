#pragma once

// The one place that reads the machine's clock. Only the thin shells of programs use it; cores are
// handed `now_ns`.

#include "images/common/base/time.h"

namespace clockwork {

// Unix time in nanoseconds: the wall clock sampled once at the first call, plus steady elapsed
// time. Monotonic within a process (spec/telemetry.md §2.1). Safe from any thread.
Nanos NowNs();

// Unix time as the machine has it now: it stands beside times that others have written, and jumps
// when the clock is set or the machine was asleep. Safe from any thread.
Nanos WallNs();

}  // namespace clockwork
