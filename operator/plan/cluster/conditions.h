#pragma once

// What a status says to people: phase, message and the conditions, from its trials. Pure.

#include <optional>
#include <string>

#include "operator/plan/cluster/blockers.h"
#include "operator/plan/cluster/status.h"
#include "operator/plan/trials.h"

namespace clockwork::plan::cluster {

// When and of what the conditions are.
struct Observed {
  Nanos now_ns = 0;
  std::int64_t generation = 0;
};

// All of these set phase, message and conditions; a condition's time of transition only moves when
// its status does, and conditions that are not the operator's are left alone. Describe requires a
// status whose counters are right.
void Describe(const Plan& plan, Observed observed, ExperimentStatus* status);
// `stuck` is what keeps pods, or the experiment after its time to live, from being deleted.
void DescribeSuspended(const std::optional<Blocker>& stuck, Observed observed,
                       ExperimentStatus* status);
// Nothing is started any more, for `reason` (kAllMeasured: with success). Sets completion_ns.
void DescribeEnd(const std::string& reason, Observed observed, ExperimentStatus* status);
// After that.
void DescribeAfterEnd(const std::optional<Blocker>& stuck, Observed observed,
                      ExperimentStatus* status);
// One sentence with the remedy. Requires state kMissing.
std::string WhyFiguresMissing(const FiguresStatus& figures);
// Nothing is done about it, for what may not be seen. The phase stays as it is.
void DescribeHidden(const Blocker& hidden, Observed observed, ExperimentStatus* status);
void DescribeInvalidSpec(const std::string& errors, Observed observed, ExperimentStatus* status);

}  // namespace clockwork::plan::cluster
