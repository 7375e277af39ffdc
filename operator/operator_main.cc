// clockwork-operator: runs the ScalabilityExperiments of a cluster.

#include <memory>

#include "images/common/base/exit_code.h"
#include "images/common/base/log.h"
#include "images/common/net/stop_signal.h"
#include "operator/kube/cpprest_transport.h"
#include "operator/reconcile/json_log.h"
#include "operator/reconcile/operator_process.h"
#include "operator/reconcile/options.h"
#include "operator/reconcile/probe.h"

namespace clockwork::reconcile {
namespace {

constexpr const char* kProgram = "clockwork-operator";

int Main(int argc, const char* const* argv) {
  InitLog(kProgram);
  Options options;
  if (const auto end = ParseOptions(argc, argv, &options)) return *end;
  if (!options.probe_url.empty()) {
    const Status status = Probe(options.probe_url);
    return status.ok() ? kExitSuccess : ReportError(kProgram, status.error());
  }
  // Before any thread: they inherit the blocked signals, and the environment is still ours alone.
  auto stop = net::StopSignal::Create();
  if (!stop.ok()) return ReportError(kProgram, stop.error());
  kube::PrepareProcessForCpprest();
  std::unique_ptr<kube::OperatorLog> log;
  if (options.log_format == LogFormat::kJson) {
    log = std::make_unique<JsonLog>();
  } else {
    log = std::make_unique<kube::PlainLog>();
  }
  auto process = OperatorProcess::Create(options, log.get());
  if (!process.ok()) return ReportError(kProgram, process.error());
  const Status status = (*process)->Run(stop->get());
  return status.ok() ? kExitSuccess : ReportError(kProgram, status.error());
}

}  // namespace
}  // namespace clockwork::reconcile

int main(int argc, char** argv) { return clockwork::reconcile::Main(argc, argv); }
