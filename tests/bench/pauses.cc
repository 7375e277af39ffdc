#include "tests/bench/pauses.h"

#include <algorithm>
#include <numeric>

namespace clockwork::bench {

Pauses FindPauses(const std::vector<Piece>& pieces) {
  Pauses pauses;
  if (pieces.empty()) return pauses;
  Nanos fastest_ns = pieces.front().cpu_ns;
  for (const Piece& piece : pieces) fastest_ns = std::min(fastest_ns, piece.cpu_ns);
  Nanos begin_ns = 0;
  Nanos end_ns = 0;  // equal to begin_ns: no pause is open
  const auto close = [&] {
    if (end_ns - begin_ns >= kMinPauseNs) pauses.lengths_ns.push_back(end_ns - begin_ns);
    begin_ns = end_ns = 0;
  };
  for (const Piece& piece : pieces) {
    if (piece.cpu_ns < kSlowFactor * std::max<Nanos>(fastest_ns, 1)) continue;
    if (end_ns != begin_ns && piece.begin_ns - end_ns > kPauseJoinNs) close();
    if (end_ns == begin_ns) begin_ns = piece.begin_ns;
    end_ns = piece.begin_ns + piece.cpu_ns;
  }
  close();
  const Piece& last = pieces.back();
  const Nanos all_ns = last.begin_ns + last.cpu_ns - pieces.front().begin_ns;
  const Nanos paused_ns =
      std::accumulate(pauses.lengths_ns.begin(), pauses.lengths_ns.end(), Nanos{0});
  if (all_ns > 0) pauses.share = static_cast<double>(paused_ns) / static_cast<double>(all_ns);
  return pauses;
}

}  // namespace clockwork::bench
