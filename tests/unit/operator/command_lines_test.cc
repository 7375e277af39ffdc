#include "operator/local/command_lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <string>

namespace clockwork::local {
namespace {

const Programs kPrograms = {"/bin/w", "/bin/c", "/bin/l", "/bin/t", "/src/plot_figures.py"};
const AttemptFiles kFiles = {"/x/work", "/x/logs"};

std::string Line(const ProcessSpec& spec) {
  return fmt::format("{} {}", spec.program, fmt::join(spec.arguments, " "));
}

TEST(CommandLinesTest, ThePublishedExperimentAtTenWorkers) {
  const api::ExperimentSpec spec;
  EXPECT_EQ(Line(WorkerCommand(kPrograms, kFiles, 10)),
            "/bin/w -n 10 -p 0 --listen 127.0.0.1 --ready-file /x/work/worker.ready");
  EXPECT_EQ(
      Line(ControllerCommand(kPrograms, kFiles, spec.scheduler, 10, 4711)),
      "/bin/c INFER5 127.0.0.1:4711 0 10 5000000 100000000 25000000 8 --client-port 0 --listen "
      "127.0.0.1 --ready-file /x/work/controller.ready");
  EXPECT_EQ(
      Line(ClientCommand(kPrograms, kFiles, spec, 10, 4712)),
      "/bin/l 127.0.0.1:4712 azure_scalability_exp 10 0.1 4 1.5 60 4 --zoo v100-osdi20 "
      "--summary-file /x/work/client.json --progress-file /x/work/progress.json --model-order "
      "published --trace-seed 1");
}

TEST(CommandLinesTest, TheSurroundingsDoNotLeakIn) {
  const api::ExperimentSpec spec;
  EXPECT_EQ(WorkerCommand(kPrograms, kFiles, 1).environment.at("CLOCKWORK_CONFIG_FILE"), "");
  EXPECT_EQ(ControllerCommand(kPrograms, kFiles, spec.scheduler, 1, 1)
                .environment.at("CLOCKWORK_LOG_DIR"),
            "/x/work/telemetry");
  const auto client = ClientCommand(kPrograms, kFiles, spec, 1, 1).environment;
  EXPECT_EQ(client.at("CLOCKWORK_DISABLE_INPUTS"), "1");
  EXPECT_EQ(client.at("CLOCKWORK_MODEL_DIR"), "");
  EXPECT_EQ(client.at("AZURE_TRACE_DIR"), "");
}

TEST(CommandLinesTest, OptionsFollowTheSpec) {
  api::ExperimentSpec spec;
  spec.scheduler.max_gpus = 7;
  spec.scheduler.generate_inputs = true;
  spec.scheduler.stop_loads_at_zero_demand = true;
  EXPECT_EQ(Line(ControllerCommand(kPrograms, kFiles, spec.scheduler, 10, 1)),
            "/bin/c INFER5 127.0.0.1:1 1 7 5000000 100000000 25000000 8 --client-port 0 --listen "
            "127.0.0.1 "
            "--ready-file /x/work/controller.ready --stop-loads-at-zero-demand");
  spec.models.zoo = "/srv/zoo";
  spec.trace.source = api::TraceSource::kAzureFunctions2019;
  spec.trace.directory = "/srv/trace";
  const ProcessSpec client = ClientCommand(kPrograms, kFiles, spec, 10, 1);
  EXPECT_EQ(
      Line(client),
      "/bin/l 127.0.0.1:1 azure_scalability_exp 10 0.1 4 1.5 60 4 --zoo /srv/zoo --summary-file "
      "/x/work/client.json --progress-file /x/work/progress.json");
  EXPECT_EQ(client.environment.at("AZURE_TRACE_DIR"), "/srv/trace");
}

TEST(CommandLinesTest, TelemetryCommands) {
  api::ExperimentSpec spec;
  spec.workers.values = {2, 4, 6};
  const plan::Plan plan = plan::MakePlan(spec);
  EXPECT_EQ(Line(CollectCommand(kPrograms, kFiles, "/x", {2, 3})),
            "/bin/t collect --logs /x/work/telemetry --experiment /x --trial 3 --config 2 "
            "--client-summary /x/work/client.json");
  EXPECT_EQ(Line(ProcessCommand(kPrograms, kFiles, 60, 4)),
            "/bin/t process -i /x/work/filed -o /x/work/tables -b 60 --workers 4");
  EXPECT_EQ(Line(FiguresCommand(kPrograms, "/x/data", "/x/logs", plan)),
            "/bin/t figures -i /x/data -o /x/data --left-config 3 --workers 2,4,6");
}

TEST(CommandLinesTest, PublishedCurvesAreDrawnOnlyWhereTheyCompare) {
  api::ScalabilityExperiment experiment;
  experiment.name = "small";
  EXPECT_EQ(Line(PlotCommand(kPrograms, "/x", experiment)),
            "/usr/bin/python3 /src/plot_figures.py --data /x/data --output /x/data --title small "
            "--caption "
            "emulated GPUs, zoo v100-osdi20 in published order (inferred), synthetic day 1 (level "
            "and order fitted to the paper's N = 40), 3 trials, load steps of 60 s");
  experiment.spec.models.order = api::ModelOrder::kAlphabetical;
  EXPECT_EQ(
      Line(PlotCommand(kPrograms, "/x", experiment)),
      "/usr/bin/python3 /src/plot_figures.py --data /x/data --output /x/data --title small "
      "--caption "
      "emulated GPUs, zoo v100-osdi20 in alphabetical order, synthetic day 1 (level fitted to "
      "the paper's N = 40), 3 trials, load steps of 60 s --no-paper --no-rerun");
}

}  // namespace
}  // namespace clockwork::local
