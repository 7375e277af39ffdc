#include "tests/bench/pauses.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace clockwork::bench {

namespace {

// Not of a single one: what the host took is subtracted from the time of threads in lumps, and a
// piece may seem to have taken none.
Nanos FastestNs(const std::vector<Piece>& pieces) {
  std::vector<Nanos> lengths_ns;
  lengths_ns.reserve(pieces.size());
  for (const Piece& piece : pieces) lengths_ns.push_back(piece.length_ns);
  const auto fastest =
      lengths_ns.begin() + static_cast<std::ptrdiff_t>(pieces.size() / kFastestOneOf);
  std::nth_element(lengths_ns.begin(), fastest, lengths_ns.end());
  return std::max<Nanos>(*fastest, 1);
}

}  // namespace

Pauses FindPauses(const std::vector<Piece>& pieces, const PauseRules& rules) {
  Pauses pauses;
  if (pieces.empty()) return pauses;
  const Nanos fastest_ns = FastestNs(pieces);
  Nanos begin_ns = 0;
  Nanos end_ns = 0;   // equal to begin_ns: no pause is open
  Nanos late_ns = 0;  // of the open one
  Nanos paused_ns = 0;
  Nanos all_late_ns = 0;
  Nanos slow_ns = 0;
  std::int64_t slow_pieces = 0;
  const auto close = [&] {
    const Nanos length_ns = end_ns - begin_ns;
    if (length_ns > 0 && length_ns >= rules.min_ns) {
      pauses.pauses.push_back({begin_ns, length_ns, late_ns});
      paused_ns += length_ns;
      all_late_ns += late_ns;
    }
    begin_ns = end_ns = late_ns = 0;
  };
  for (const Piece& piece : pieces) {
    if (piece.length_ns < rules.slow_factor * fastest_ns) continue;
    slow_ns += piece.length_ns;
    ++slow_pieces;
    if (end_ns != begin_ns && piece.begin_ns - end_ns > rules.join_ns) close();
    if (end_ns == begin_ns) begin_ns = piece.begin_ns;
    end_ns = piece.begin_ns + piece.length_ns;
    late_ns += piece.late_ns;
  }
  close();
  if (slow_ns > 0) {
    pauses.speed = static_cast<double>(slow_pieces * fastest_ns) / static_cast<double>(slow_ns);
  }
  const Piece& last = pieces.back();
  const Nanos all_ns = last.begin_ns + last.length_ns - pieces.front().begin_ns;
  if (all_ns > 0) {
    pauses.share = static_cast<double>(paused_ns) / static_cast<double>(all_ns);
    pauses.late_share = static_cast<double>(all_late_ns) / static_cast<double>(all_ns);
  }
  return pauses;
}

std::string FormatPauseLog(const PauseLog& log) {
  std::string text =
      fmt::format("{{\"log\":\"machine_pauses\",\"beginNs\":{},\"endNs\":{},\"cpus\":[{}]}}\n",
                  log.begin_ns, log.end_ns, fmt::join(log.cpus, ","));
  for (std::size_t i = 0; i < log.cpus.size(); ++i) {
    for (const Pause& pause : log.pauses[i].pauses) {
      fmt::format_to(std::back_inserter(text),
                     "{{\"cpu\":{},\"beginNs\":{},\"lengthNs\":{},\"lateNs\":{}}}\n", log.cpus[i],
                     pause.begin_ns, pause.length_ns, pause.late_ns);
    }
  }
  return text;
}

}  // namespace clockwork::bench
