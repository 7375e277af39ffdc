#include "images/common/telemetry/trial_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "images/common/base/file.h"

namespace clockwork::telemetry {
namespace {

Status RemoveStale(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return RuntimeError(fmt::format("cannot remove {} of an earlier run: {}; name another directory",
                                  path, std::strerror(errno)));
}

Status FirstFailure(const Status& first, const Status& second) {
  return first.ok() ? second : first;
}

}  // namespace

TrialLog::~TrialLog() {
  if (lock_ >= 0) ::close(lock_);
}

// Where the directory cannot be locked at all, as on some network file systems, nobody is in the
// way.
Status TrialLog::Lock() {
  lock_ = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return RuntimeError(fmt::format(
      "another controller writes its telemetry to {}; name another directory", directory_));
}

Status TrialLog::Open(const std::string& directory) {
  directory_ = directory;
  if (Status status = Lock(); !status.ok()) return status;
  for (const char* name : {kManifestName, kActionLogName}) {
    if (Status status = RemoveStale(directory + "/" + name); !status.ok()) return status;
  }
  Status status = requests_.Open(directory + "/" + kRequestLogName);
  open_ = status.ok();
  return status;
}

Status TrialLog::StartActions() { return actions_.Open(directory_ + "/" + kActionLogName); }

void TrialLog::Append(const RequestRow& row) {
  // Rows are not quite in the order of their times.
  manifest_.first_request_ns = any_request_ ? std::min(manifest_.first_request_ns, row.t) : row.t;
  manifest_.last_request_ns = any_request_ ? std::max(manifest_.last_request_ns, row.t) : row.t;
  any_request_ = true;
  requests_.Append(row);
}

Status TrialLog::Flush() {
  Status status = requests_.Flush();
  return FirstFailure(status, actions_.Flush());
}

Status TrialLog::Finish(bool complete) {
  if (!open_) return {};
  Status status = requests_.Close();
  status = FirstFailure(status, actions_.Close());
  manifest_.complete = complete;
  return FirstFailure(
      status, WriteFileAtomically(directory_ + "/" + kManifestName, EncodeManifest(manifest())));
}

const Manifest& TrialLog::manifest() {
  manifest_.request_rows = requests_.file().rows();
  manifest_.action_rows = actions_.file().rows();
  manifest_.dropped_request_rows = requests_.file().dropped_rows();
  manifest_.dropped_action_rows = actions_.file().dropped_rows();
  return manifest_;
}

}  // namespace clockwork::telemetry
