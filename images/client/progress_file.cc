#include "images/client/progress_file.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "images/common/base/file.h"

namespace clockwork::client {

ProgressFile::~ProgressFile() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

Status ProgressFile::Start(const std::string& text) {
  if (path_.empty()) return {};
  if (Status status = WriteFileAtomically(path_, text, Durability::kUnsynced); !status.ok()) {
    return status;
  }
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return RuntimeError(
        fmt::format("cannot start a thread for the progress file {}: {}; allow "
                    "this process more of them",
                    path_, error.what()));
  }
  return {};
}

void ProgressFile::Write(std::string text) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(text);
  }
  changed_.notify_all();
}

Status ProgressFile::TakeFailure() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failure_, Status());
}

void ProgressFile::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || next_.has_value(); });
    if (!next_.has_value()) return;
    const std::string text = *std::exchange(next_, std::nullopt);
    lock.unlock();
    Status status = WriteFileAtomically(path_, text, Durability::kUnsynced);
    lock.lock();
    if (!status.ok() && !failed_) {
      failed_ = true;
      failure_ = std::move(status);
    }
  }
}

}  // namespace clockwork::client
