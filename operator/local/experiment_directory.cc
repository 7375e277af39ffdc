#include "operator/local/experiment_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <nlohmann/json.hpp>

#include "images/common/base/file.h"
#include "images/common/base/log.h"
#include "images/common/plan/tree.h"
#include "operator/api/decode.h"
#include "operator/api/encode.h"
#include "operator/api/yaml_document.h"

namespace clockwork::local {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRecordBytes = 1 << 16;
constexpr std::size_t kMaxNamedDifferences = 5;

Error PathError(std::string_view what, const std::string& path, const std::string& cause) {
  return RuntimeError(fmt::format("cannot {} {}: {}", what, path, cause));
}

// The files and directories that an experiment makes in its directory.
bool IsOurs(const std::string& name) {
  return name == plan::kExperimentFile || name == plan::kResultFile || name == plan::kLockFile ||
         name == plan::kDataDirectory || name == plan::kLogsDirectory ||
         name == plan::kWorkDirectory || name.starts_with("trial-") ||
         name.starts_with(std::string(plan::kExperimentFile) + ".tmp.") ||
         name.starts_with(std::string(plan::kResultFile) + ".tmp.");
}

// "spec.load.periodSeconds (60 there, 3 here)" for each field that differs.
std::string Differences(const api::ExperimentSpec& there, const api::ExperimentSpec& here) {
  const nlohmann::json old_fields = nlohmann::json(api::EncodeMeasurement(there)).flatten();
  const nlohmann::json new_fields = nlohmann::json(api::EncodeMeasurement(here)).flatten();
  nlohmann::json all = old_fields;
  all.update(new_fields);
  std::vector<std::string> texts;
  for (const auto& [pointer, ignored] : all.items()) {
    const nlohmann::json before = old_fields.value(pointer, nlohmann::json());
    const nlohmann::json after = new_fields.value(pointer, nlohmann::json());
    if (before == after) continue;
    std::string path = "spec" + pointer;
    for (char& c : path) c = c == '/' ? '.' : c;
    texts.push_back(fmt::format("{} ({} there, {} here)", path, before.dump(), after.dump()));
    if (texts.size() == kMaxNamedDifferences) break;
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// Refuses a directory with files that are not ours, so that nothing of someone else's is mixed in.
Status CheckStranger(const std::string& path) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    // A lock and halves of files may be left of a start that was killed.
    const std::string name = entry.path().filename();
    if (name == plan::kLockFile || name.find(".tmp.") != std::string::npos) continue;
    return UsageError(fmt::format(
        "{} is not empty and holds no experiment ({} is in it); give another directory with -o",
        path, name));
  }
  if (error) return PathError("read", path, error.message());
  return {};
}

Status RemoveExperiment(const std::string& path) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    const std::string name = entry.path().filename();
    // The experiment's own file goes last: until then the same command takes up where it stopped.
    if (!IsOurs(name) || name == plan::kLockFile || name == plan::kExperimentFile) continue;
    if (Status status = RemoveAll(entry.path()); !status.ok()) return status;
  }
  if (error) return PathError("read", path, error.message());
  return RemoveAll(fmt::format("{}/{}", path, plan::kExperimentFile));
}

Result<FileDescriptor> Lock(const std::string& path) {
  const std::string file = fmt::format("{}/{}", path, plan::kLockFile);
  FileDescriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock.valid()) return PathError("write to", path, std::strerror(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return PathError("lock", file, std::strerror(errno));
  return UsageError(
      fmt::format("another clockwork-experiment is running in {}; wait for it or give another "
                  "directory with -o",
                  path));
}

// Makes sure that what the directory holds can be continued with `experiment`.
Status Admit(const std::string& path, const api::ScalabilityExperiment& experiment, bool fresh) {
  std::error_code ignored;
  if (!fs::exists(fmt::format("{}/{}", path, plan::kExperimentFile), ignored)) {
    return CheckStranger(path);
  }
  if (fresh) return RemoveExperiment(path);
  auto held = ReadExperimentOf(path);
  if (!held.ok()) return held.error();
  if (api::MeasurementHash(held->spec) == api::MeasurementHash(experiment.spec)) return {};
  return UsageError(
      fmt::format("{} holds another experiment: {}; give another directory with -o, or delete its "
                  "trials and start "
                  "anew with --fresh",
                  path, Differences(held->spec, experiment.spec)));
}

bool TablesExist(const std::string& directory, plan::TrialId id) {
  std::error_code ignored;
  return fs::exists(fmt::format("{}/{}", directory, plan::TimeSeriesFile(id)), ignored) &&
         fs::exists(fmt::format("{}/{}", directory, plan::AggregateRowFile(id)), ignored);
}

std::optional<plan::TrialRecord> ReadRecord(const std::string& directory,
                                            const plan::PlannedTrial& trial,
                                            const std::string& measurement) {
  const std::string file = fmt::format("{}/{}", directory, plan::RecordFile(trial.id));
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  auto text = ReadFile(file, kMaxRecordBytes);
  auto record = text.ok() ? plan::DecodeRecord(*text) : Result<plan::TrialRecord>(text.error());
  if (!record.ok()) {
    LogWarning("{} is of no use and its trial is redone: {}", file, record.error().message);
    return std::nullopt;
  }
  const bool fits = record->measurement == measurement && record->id == trial.id &&
                    record->workers == trial.workers && TablesExist(directory, trial.id);
  return fits ? std::optional(*record) : std::nullopt;
}

}  // namespace

Result<ExperimentDirectory> ExperimentDirectory::Open(const std::string& path,
                                                      const api::ScalabilityExperiment& experiment,
                                                      bool fresh) {
  if (Status status = MakeDirectories(path); !status.ok()) return status.error();
  std::error_code error;
  const std::string absolute = fs::canonical(path, error);
  if (error) return PathError("open", path, error.message());
  auto lock = Lock(absolute);
  if (!lock.ok()) return lock.error();
  if (Status status = Admit(absolute, experiment, fresh); !status.ok()) return status.error();
  const std::string file = fmt::format("{}/{}", absolute, plan::kExperimentFile);
  const std::string text = api::EncodeExperiment(experiment).dump(2) + "\n";
  if (Status status = WriteFileAtomically(file, text); !status.ok()) return status.error();
  return ExperimentDirectory(absolute, std::move(*lock));
}

std::string ExperimentDirectory::operator/(std::string_view relative) const {
  return fmt::format("{}/{}", path_, relative);
}

std::vector<std::optional<plan::TrialRecord>> ExperimentDirectory::ReadRecords(
    const plan::Plan& plan, const std::string& measurement) const {
  return ReadRecordsOf(path_, plan, measurement);
}

std::vector<std::optional<plan::TrialRecord>> ReadRecordsOf(const std::string& directory,
                                                            const plan::Plan& plan,
                                                            const std::string& measurement) {
  std::vector<std::optional<plan::TrialRecord>> records;
  for (const plan::PlannedTrial& trial : plan.order) {
    records.push_back(ReadRecord(directory, trial, measurement));
  }
  return records;
}

Result<api::ScalabilityExperiment> ReadExperimentOf(const std::string& directory) {
  const std::string file = fmt::format("{}/{}", directory, plan::kExperimentFile);
  auto text = ReadFile(file, api::kMaxDocumentBytes);
  if (!text.ok()) {
    return UsageError(fmt::format("{} holds no experiment: {}", directory, text.error().message));
  }
  auto experiment = api::ParseExperiment(*text);
  if (!experiment.ok()) {
    return UsageError(fmt::format("{} is of no use: {}", file, experiment.error().message));
  }
  return experiment;
}

Status MakeDirectories(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? Status(PathError("create", path, error.message())) : Status();
}

Status RemoveAll(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? Status(PathError("delete", path, error.message())) : Status();
}

Status MoveFile(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  return error ? Status(PathError("move", fmt::format("{} to {}", from, to), error.message()))
               : Status();
}

}  // namespace clockwork::local
