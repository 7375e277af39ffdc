#include "operator/remote/records.h"

namespace clockwork::remote {

Result<plan::TrialRecord> RecordOf(std::string_view evidence, const plan::PlannedTrial& trial,
                                   const RemoteExperiment& experiment) {
  plan::Filing filing = plan::MakeFiling(experiment.experiment);
  filing.uid = experiment.uid;
  filing.attempts = plan::cluster::EndedAttempts(experiment.status, trial.workers, trial.id.trial);
  return plan::RecordOf(evidence, trial.id, filing);
}

bool IsOfAnother(std::string_view record, const RemoteExperiment& experiment) {
  const auto read = plan::DecodeRecord(record);
  return read.ok() && !read->uid.empty() && read->uid != experiment.uid;
}

}  // namespace clockwork::remote
