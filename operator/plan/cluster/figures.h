#pragma once

// The drawing of the figures, a step further. Pure. It begins when nothing is left to be measured
// and at least one trial is, by one pod that may be made again at any time: drawing twice gives the
// same files. It ends with its success, with the last of spec.retries.attempts, or at its deadline,
// and with it the experiment, whose medians are in the status all the while.

#include <cstdint>
#include <optional>
#include <vector>

#include "operator/plan/cluster/decide.h"
#include "operator/plan/trials.h"

namespace clockwork::plan::cluster {

// The N of the left half: the plan's when it is measured, else the largest that is. Nothing when
// none is. Requires a status that fits the plan.
std::optional<std::int64_t> LeftWorkersOf(const Plan& plan, const ExperimentStatus& status);

struct FiguresAdvance {
  FiguresStatus figures;
  std::vector<Step> steps;
  std::vector<Event> events;
  Nanos wake_ns = kNever;
};

// `before` is absent at first.
FiguresAdvance AdvanceFigures(const World& world, const Plan& plan, std::int64_t left_workers,
                              const std::optional<FiguresStatus>& before);

}  // namespace clockwork::plan::cluster
