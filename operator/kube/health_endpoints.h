#pragma once

// What the probe port answers: request bytes in, answer bytes out. No socket.
//
// /healthz and /readyz run their checks: "ok" with 200, or 500 with a line per check. `?verbose`
// lists them in either case, `?exclude=NAME` (repeatable) leaves one out, /readyz/NAME asks one.
// /metrics is the text that `render_metrics` returns. Only GET and HEAD.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clockwork::kube {

inline constexpr std::size_t kMaxProbeRequestBytes = 8U << 10;

// Empty: fine; else what is wrong, in a sentence. Must be quick (read an atomic): it runs on the
// thread that answers all probes.
using HealthCheck = std::function<std::string()>;
struct NamedCheck {
  std::string name;
  HealthCheck check;
};

struct HealthEndpoints {
  std::vector<NamedCheck> healthz;
  std::vector<NamedCheck> readyz;
  std::function<std::string()> render_metrics;  // empty: /metrics is not found
};

// The whole answer ("Connection: close") to what has arrived so far; nothing while the head of the
// request is incomplete. Garbage, bodies and heads over the limit are answered with 4xx.
std::optional<std::string> AnswerRequest(const HealthEndpoints& endpoints,
                                         std::string_view received);

}  // namespace clockwork::kube
