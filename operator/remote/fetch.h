#pragma once

// `clockwork-experiment fetch`: an experiment's files from its claim to a directory here.

#include <string>

#include "images/common/base/result.h"
#include "operator/local/wait.h"
#include "operator/remote/cluster.h"

namespace clockwork::remote {

inline constexpr Nanos kReaderStartNs = 300 * kSecond;  // of the reader pod, image pull included
inline constexpr Nanos kReaderPollNs = 500 * kMillisecond;

struct FetchOptions {
  ClusterOptions cluster;
  std::string name;       // of the experiment
  std::string directory;  // to be made
  bool replace = false;   // delete what the directory holds of an earlier fetch
  std::string image;      // with the telemetry program; empty: ReaderImage
  std::string kubectl;    // path; empty: the one in the PATH
};

struct Fetched {
  std::string directory;  // absolute
  RemoteExperiment experiment;
};

// Makes a reader pod, has `kubectl exec` stream the files, writes them into DIRECTORY.partial and
// moves them when all are there; the pod is deleted in any case. Then writes what `report` needs:
// the experiment and the trials' records. Usage errors: nothing was touched, in the cluster or
// here, but what a killed fetch had left. Runtime errors: DIRECTORY is as it was.
Result<Fetched> Fetch(const FetchOptions& options, local::Interrupts* interrupts);

}  // namespace clockwork::remote
