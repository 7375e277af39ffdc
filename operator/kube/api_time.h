#pragma once

// Points in time as the Kubernetes API writes them (RFC 3339, UTC). Pure.

#include <string>
#include <string_view>

#include "images/common/base/time.h"

namespace clockwork::kube {

// MicroTime: "2026-01-31T12:00:00.000000Z".
std::string MicroTime(Nanos unix_ns);
// Time: "2026-01-31T12:00:00Z", cut to whole seconds.
std::string SecondTime(Nanos unix_ns);
// Unix time of either form; 0 when it is neither, or not UTC.
Nanos ParseApiTime(std::string_view text);

}  // namespace clockwork::kube
