#include "images/worker_dummy/core/effects.h"

namespace clockwork::worker {

void StampSent(Nanos now_ns, OutgoingResult* outgoing) {
  const std::uint64_t sent_ns =
      static_cast<std::uint64_t>(now_ns) - static_cast<std::uint64_t>(outgoing->clock_delta_ns);
  std::visit([sent_ns](auto& result) { result.result_sent_ns = sent_ns; }, outgoing->result);
}

}  // namespace clockwork::worker
