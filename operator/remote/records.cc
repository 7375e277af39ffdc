#include "operator/remote/records.h"

#include "operator/api/encode.h"
#include "operator/plan/cluster/evidence.h"

namespace clockwork::remote {

Result<plan::TrialRecord> RecordOf(std::string_view evidence, const plan::PlannedTrial& trial,
                                   const RemoteExperiment& experiment) {
  const api::ExperimentSpec& spec = experiment.experiment.spec;
  double offered_rps = 0;
  const bool summary_optional = !spec.images.client.empty();
  const auto read = plan::cluster::ReadEvidence(evidence, summary_optional, &offered_rps);
  if (!read.ok()) return read.error();
  plan::TrialRecord record;
  record.measurement = api::MeasurementHash(spec);
  record.id = trial.id;
  record.workers = trial.workers;
  plan::Judge(*read, spec.validity, &record);
  record.offered_rps = offered_rps;
  const auto place = static_cast<std::size_t>(trial.id.trial - 1);
  for (const plan::cluster::StatusResult& result : experiment.status.results) {
    if (result.workers != trial.workers || place >= result.attempts.size()) continue;
    record.attempts = result.attempts[place];
  }
  return record;
}

}  // namespace clockwork::remote
