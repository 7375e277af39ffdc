#pragma once

// `kubectl exec` as a source of bytes: the one thing that fetch leaves to kubectl.

#include <string>
#include <vector>

#include "images/common/archive/ustar_reader.h"
#include "images/common/base/result.h"
#include "operator/local/wait.h"
#include "operator/remote/cluster.h"

namespace clockwork::remote {

// Silence of the stream for this long ends it.
inline constexpr Nanos kStreamIdleNs = 120 * kSecond;

// `given`, else kubectl in the PATH. A usage error says that there is none, and what to do.
Result<std::string> FindKubectl(const std::string& given);

struct ExecOptions {
  std::string kubectl;
  ClusterOptions cluster;
  std::string name_space;
  std::string pod;
  std::string container;
  std::vector<std::string> command;
  std::string log_file;  // for what kubectl and the command have to say
};

// The arguments of kubectl. Pure.
std::vector<std::string> ExecArguments(const ExecOptions& options);

// Runs the command and hands its stdout to `reader`. Ok when it ended with code 0 and the archive
// is whole.
Status StreamArchive(const ExecOptions& options, archive::Reader* reader,
                     local::Interrupts* interrupts);

}  // namespace clockwork::remote
