#pragma once

// The directory of one experiment on disk: who owns it, which experiment it holds, what is
// finished.

#include <optional>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/plan/trial_record.h"
#include "operator/api/scalability_experiment.h"
#include "operator/local/file_descriptor.h"
#include "operator/plan/trials.h"

namespace clockwork::local {

class ExperimentDirectory {
 public:
  // Makes the directory when it is missing, locks it against other runners for the life of the
  // object, and writes the experiment into it. Usage errors, nothing being changed: it is locked,
  // it holds trials of another measurement (the differing fields are named), or it holds files that
  // are not an experiment's. `fresh`: an experiment that it holds is deleted first.
  static Result<ExperimentDirectory> Open(const std::string& path,
                                          const api::ScalabilityExperiment& experiment, bool fresh);

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view relative) const;

  // The records of finished trials, parallel to the plan's order. A trial whose record cannot be
  // read, or whose tables are gone, counts as half done.
  std::vector<std::optional<plan::TrialRecord>> ReadRecords(const plan::Plan& plan,
                                                            const std::string& measurement) const;

 private:
  ExperimentDirectory(std::string path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;  // absolute
  FileDescriptor lock_;
};

// The experiment that `directory` holds; a usage error when it holds none.
Result<api::ScalabilityExperiment> ReadExperimentOf(const std::string& directory);

// Reads records without owning the directory (ExperimentDirectory::ReadRecords).
std::vector<std::optional<plan::TrialRecord>> ReadRecordsOf(const std::string& directory,
                                                            const plan::Plan& plan,
                                                            const std::string& measurement);

// Directory calls of the standard library as Status.
Status MakeDirectories(const std::string& path);
Status RemoveAll(const std::string& path);
Status MoveFile(const std::string& from, const std::string& to);

}  // namespace clockwork::local
