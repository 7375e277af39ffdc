#include "operator/remote/commands.h"

#include <fmt/format.h>

#include "images/common/base/exit_code.h"
#include "operator/local/outcome.h"
#include "operator/remote/fetch.h"
#include "operator/remote/present.h"
#include "operator/remote/watch.h"
#include "operator/remote/watch_view.h"

namespace clockwork::remote {
namespace {

constexpr const char* kProgram = "clockwork-experiment";

void AddName(CommandLine* line, std::string* name) {
  line->Positional("NAME", "Name of the experiment", true,
                   [name](std::string_view, const std::string& text) -> Status {
                     *name = text;
                     return {};
                   });
}

}  // namespace

int FetchMain(int argc, const char* const* argv) {
  local::Interrupts interrupts;
  FetchOptions options;
  local::RunOptions local_options;
  CommandLine line("clockwork-experiment fetch",
                   "Copies what an experiment has on its claim to this machine, through a pod that "
                   "reads the claim and `kubectl exec`; then prints the table and draws the "
                   "figures, unless the cluster has drawn them.");
  AddName(&line, &options.name);
  AddClusterOptions(&line, &options.cluster);
  line.Text("-o,--output", "Directory to make; results/NAME when not given", &options.directory);
  line.Flag("--replace", "Replace what the directory holds of an experiment", &options.replace);
  line.Text("--image", "Image with the telemetry program; the experiment's own when not given",
            &options.image);
  line.Text("--kubectl", "Path of kubectl; the one in the PATH when not given", &options.kubectl);
  local::AddLocationOptions(&line, &local_options);
  if (const auto end = line.Parse(argc, argv)) return *end;
  if (options.directory.empty()) options.directory = "results/" + options.name;
  const auto fetched = Fetch(options, &interrupts);
  if (!fetched.ok()) return ReportError(kProgram, fetched.error());
  local_options.directory = fetched->directory;
  const auto outcome = Present(fetched->experiment, local_options, &interrupts);
  if (!outcome.ok()) return ReportError(kProgram, outcome.error());
  local::PrintOutcome(*outcome);
  return kExitSuccess;
}

int WatchMain(int argc, const char* const* argv) {
  local::Interrupts interrupts;
  ClusterOptions options;
  std::string name;
  CommandLine line("clockwork-experiment watch",
                   "Shows how far an experiment of a cluster is, until it is over; then prints the "
                   "medians. Exit code 0 when the experiment is Complete, 1 when it Failed.");
  AddName(&line, &name);
  AddClusterOptions(&line, &options);
  if (const auto end = line.Parse(argc, argv)) return *end;
  auto cluster = Cluster::Open(options);
  if (!cluster.ok()) return ReportError(kProgram, cluster.error());
  const auto last = Watch(cluster->get(), name, &interrupts);
  if (!last.ok()) return ReportError(kProgram, last.error());
  fmt::print("\n{}\n", plan::RenderTable(ResultsOf(*last)));
  if (last->status.phase == plan::cluster::Phase::kComplete) return kExitSuccess;
  return ReportError(kProgram,
                     RuntimeError(fmt::format("experiment {}: {}", name, last->status.message)));
}

}  // namespace clockwork::remote
