#include "images/telemetry/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "images/common/base/file.h"
#include "images/common/base/log.h"
#include "images/common/plan/results.h"

namespace clockwork::telemetry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRecordBytes = 65'536;

std::optional<plan::TrialRecord> FiledRecord(const std::string& directory,
                                             const plan::PlannedTrial& trial,
                                             const plan::Filing& filing) {
  const std::string file = fmt::format("{}/{}", directory, plan::RecordFile(trial.id));
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  const auto text = ReadFile(file, kMaxRecordBytes);
  auto record = text.ok() ? plan::DecodeRecord(*text) : Result<plan::TrialRecord>(text.error());
  if (!record.ok()) {
    LogWarning("{} is left out of the result: {}", file, record.error().message);
    return std::nullopt;
  }
  // Another experiment of this name may have left some.
  return plan::IsOf(*record, trial, filing) ? std::optional(std::move(*record)) : std::nullopt;
}

std::vector<std::string> DrawnFigures(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code ignored;
  const std::string data = fmt::format("{}/{}", directory, plan::kDataDirectory);
  for (const auto& entry : fs::directory_iterator(data, ignored)) {
    std::string name = entry.path().filename();
    if (plan::IsFigure(name)) files.push_back(fmt::format("{}/{}", plan::kDataDirectory, name));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Status FileRecord(const std::string& directory, plan::TrialId id, std::string_view evidence,
                  const plan::Filing& filing) {
  const auto record = plan::RecordOf(evidence, id, filing);
  if (!record.ok()) return record.error();
  return WriteFileAtomically(fmt::format("{}/{}", directory, plan::RecordFile(id)),
                             plan::EncodeRecord(*record));
}

Status FileResult(const std::string& directory, const plan::Filing& filing, bool finished) {
  const plan::Plan plan = plan::PlanOf(filing);
  std::vector<std::optional<plan::TrialRecord>> records;
  for (const plan::PlannedTrial& trial : plan.order) {
    records.push_back(FiledRecord(directory, trial, filing));
  }
  const plan::ResultContext context{.experiment = filing.experiment,
                                    .measurement = filing.measurement,
                                    .spec = &filing.spec,
                                    .figures = DrawnFigures(directory),
                                    .finished = finished};
  return WriteFileAtomically(fmt::format("{}/{}", directory, plan::kResultFile),
                             plan::EncodeResult(plan::Summarize(plan, records), plan, context));
}

}  // namespace clockwork::telemetry
