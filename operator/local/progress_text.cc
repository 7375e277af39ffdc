#include "operator/local/progress_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace clockwork::local {
namespace {

constexpr std::size_t kBarWidth = 40;

std::string Rates(const ProgressView& view) {
  if (!view.client || view.client->phase == "loading") return "";
  return fmt::format("offered {:.0f} r/s, good {:.0f} r/s", view.client->offered_rps,
                     view.client->good_rps);
}

std::string TrialText(const ProgressView& view) {
  return view.attempt > 1 ? fmt::format("{} (attempt {})", view.trial, view.attempt) : view.trial;
}

}  // namespace

std::string FormatSpan(Nanos span_ns) {
  const Nanos seconds = std::max<Nanos>(0, span_ns) / kSecond;
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string FormatBar(double fraction, std::size_t width) {
  const double clamped = std::clamp(fraction, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(clamped * static_cast<double>(width));
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(width - filled, '.'));
}

std::vector<std::string> RenderLive(const ProgressView& view, std::size_t columns) {
  const std::string rates = Rates(view);
  std::vector<std::string> lines = {
      fmt::format("{}: {}, {} of {} trials done", view.experiment, TrialText(view),
                  view.trials_done, view.trials_total),
      rates.empty() ? view.phase : fmt::format("{}: {}", view.phase, rates),
      fmt::format("{} {:3.0f} %, {} left", FormatBar(view.fraction, kBarWidth), 100 * view.fraction,
                  FormatSpan(view.remaining_ns))};
  for (std::string& line : lines) line = line.substr(0, columns);
  return lines;
}

std::string RenderLine(const ProgressView& view) {
  const std::string rates = Rates(view);
  return fmt::format("{}: {}{}{}; {:.0f} %, {} left", TrialText(view), view.phase,
                     rates.empty() ? "" : ": ", rates, 100 * view.fraction,
                     FormatSpan(view.remaining_ns));
}

}  // namespace clockwork::local
