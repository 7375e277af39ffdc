#include "operator/remote/fetch_target.h"

#include <fmt/format.h>

#include <filesystem>

#include "images/common/plan/tree.h"
#include "operator/local/experiment_directory.h"

namespace clockwork::remote {
namespace {

namespace fs = std::filesystem;

// Whether `path` holds nothing but what is named above.
bool IsOfAFetch(const FetchTarget& target, const std::string& path) {
  std::error_code error;
  fs::directory_iterator entry(path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().string();
    if (name != target.copy() && name != target.replaced() && name != target.log()) return false;
  }
  return !error;
}

}  // namespace

Status FetchTarget::RemoveLeftovers() const {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(work(), error))) return {};
  if (!IsOfAFetch(*this, work())) {
    return UsageError(fmt::format(
        "{} is there already and is not what an interrupted fetch leaves; move it away, or give "
        "another directory with -o",
        work()));
  }
  if (fs::exists(replaced(), error) && !fs::exists(directory, error)) {
    if (Status status = local::MoveFile(replaced(), directory); !status.ok()) return status;
  }
  return local::RemoveAll(work());
}

Status FetchTarget::Check(bool replace) const {
  std::error_code error;
  const bool there = fs::exists(directory, error);
  if (!there || (fs::is_directory(directory, error) && fs::is_empty(directory, error))) return {};
  const bool ours = fs::exists(fmt::format("{}/{}", directory, plan::kExperimentFile), error);
  if (replace && ours) return {};
  return UsageError(fmt::format("{} is there already{}", directory,
                                ours ? "; give another directory with -o, or --replace"
                                     : " and holds no experiment; give another directory with -o"));
}

Status FetchTarget::Commit() const {
  std::error_code ignored;
  const bool replaces = fs::exists(directory, ignored);
  if (replaces) {
    if (Status status = local::MoveFile(directory, replaced()); !status.ok()) return status;
  }
  Status status = local::MoveFile(copy(), directory);
  if (!status.ok() && replaces) fs::rename(replaced(), directory, ignored);
  return status;
}

}  // namespace clockwork::remote
