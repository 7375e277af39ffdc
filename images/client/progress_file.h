#pragma once

// The progress file of docs/programs.md, replaced in one step. Each replacement takes a millisecond
// (docs/performance.md), which would show as lag of the load. So a thread of this class replaces
// the file; all others call from one thread.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "images/common/base/result.h"

namespace clockwork::client {

class ProgressFile {
 public:
  // An empty path: no file, and every call succeeds.
  explicit ProgressFile(std::string path) : path_(std::move(path)) {}
  ~ProgressFile();  // the last text is in the file then, if it can be written
  ProgressFile(const ProgressFile&) = delete;
  ProgressFile& operator=(const ProgressFile&) = delete;

  // Before any Write, in the caller's time. Error: the file cannot be written, or the system allows
  // no thread.
  Status Start(const std::string& text);
  // The file holds `text` soon. Only the newest of several is written.
  void Write(std::string text);
  // The first failure of a Write, told once.
  Status TakeFailure();

 private:
  void Run();

  const std::string path_;
  std::thread thread_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<std::string> next_;
  bool ending_ = false;
  bool failed_ = false;
  Status failure_;
};

}  // namespace clockwork::client
