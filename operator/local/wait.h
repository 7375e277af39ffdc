#pragma once

// Waiting for several things at once, without polling: ends of processes, changes in a directory,
// an interruption by signal, a deadline.

#include <span>
#include <string>

#include "images/common/base/result.h"
#include "images/common/base/time.h"
#include "operator/local/file_descriptor.h"
#include "operator/local/process.h"

namespace clockwork::local {

// Turns SIGINT, SIGTERM and SIGHUP into something to wait for. Make one, first thing in main: it
// blocks the signals for the whole process. Children start with no signal blocked.
class Interrupts {
 public:
  Interrupts();
  int descriptor() const { return fd_.get(); }
  // Whether a signal has come; stays true.
  bool Pending();

 private:
  FileDescriptor fd_;
  bool pending_ = false;
};

// Notices files that appear in one directory.
class DirectoryWatch {
 public:
  static Result<DirectoryWatch> Open(const std::string& directory);
  int descriptor() const { return fd_.get(); }
  void Drain();

 private:
  explicit DirectoryWatch(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

enum class Wake { kProcess, kDirectory, kInterrupted, kDeadline };

// Returns at the first of: an interruption, the end of one of `processes`, a change in `watch`
// (null: none), now >= deadline_ns (as NowNs). An end or an interruption that has already happened
// returns at once.
Wake WaitForAny(std::span<Process* const> processes, DirectoryWatch* watch, Interrupts* interrupts,
                Nanos deadline_ns);

}  // namespace clockwork::local
