#include "images/telemetry/figures.h"

#include <fmt/format.h>

#include "images/common/base/file.h"
#include "images/telemetry/core/figures.h"
#include "images/telemetry/directory.h"
#include "images/telemetry/process.h"

namespace clockwork::telemetry {
namespace {

using Figure = Result<Table> (*)(const std::vector<Table>& trials, std::size_t* failed);

// Makes one figure of all files called `name`.
Status Draw(const FiguresOptions& options, const std::string& name, Figure figure,
            const std::string& output_name) {
  const auto paths = FindFiles(options.input, name);
  if (!paths.ok()) return paths.error();
  if (paths->empty()) {
    return RuntimeError(
        fmt::format("-i: there is no {} below {}; run telemetry process first, or "
                    "name another directory",
                    name, options.input));
  }
  std::vector<Table> trials;
  for (const std::string& path : *paths) {
    const auto text = ReadFile(path);
    if (!text.ok()) return text.error();
    auto table = DecodeTable(*text);
    if (!table.ok()) return RuntimeError(fmt::format("{}: {}", path, table.error().message));
    trials.push_back(std::move(*table));
  }
  std::size_t failed = 0;
  const auto table = figure(trials, &failed);
  if (!table.ok())
    return RuntimeError(fmt::format("{}: {}", (*paths)[failed], table.error().message));
  return WriteFileAtomically(options.output + "/" + output_name, EncodeTable(*table));
}

}  // namespace

Status RunFigures(const FiguresOptions& options) {
  if (Status status = RequireDirectory("-i", options.input); !status.ok()) return status;
  const auto workers = WorkersOf(options.left_config, options.workers);
  if (!workers.ok()) return workers.error();
  if (Status status = MakeDirectory("-o", options.output); !status.ok()) return status;
  const Status right =
      Draw(options, "goodput_aggregate_data.tsv", RightFigure, "11b_goodput_median_aggregate.tsv");
  const Status left = Draw(options, fmt::format("timeseries_data-{}.tsv", options.left_config),
                           LeftFigure, fmt::format("11a_goodput_median_{}_workers.tsv", *workers));
  return right.ok() ? left : right;
}

}  // namespace clockwork::telemetry
