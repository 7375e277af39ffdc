// The client program: one workload against one controller (docs/programs.md).

#include "images/client/experiment.h"
#include "images/client/options.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/log.h"

int main(int argc, char** argv) {
  clockwork::InitLog("client");
  clockwork::client::Options options;
  if (const auto end = clockwork::client::ParseOptions(argc, argv, &options)) return *end;
  const clockwork::Status status = clockwork::client::RunExperiment(options);
  if (!status.ok()) return clockwork::ReportError("client", status.error());
  return clockwork::kExitSuccess;
}
