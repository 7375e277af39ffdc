#pragma once

// Child processes that cannot outlive this one: each leads a process group of its own (so a Ctrl-C
// in the terminal reaches only us) and is killed by the kernel when the thread that started it
// ends, by whatever cause. Single-threaded: start and destroy on the same thread.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "operator/local/file_descriptor.h"

namespace clockwork::local {

struct ProcessSpec {
  std::string name;                                // for messages: "controller"
  std::string program;                             // path; not searched for
  std::vector<std::string> arguments;              // without the program itself
  std::map<std::string, std::string> environment;  // added to ours; wins over it
  std::string log_file;                            // receives stdout and stderr; replaced
  int stdout_descriptor = -1;  // receives stdout instead; the caller's, open until Start returns
};

// How a process ended.
struct ExitState {
  bool by_signal = false;
  int value = 0;  // exit code, or number of the signal
  bool success() const { return !by_signal && value == 0; }
  std::string Describe() const;  // "exit code 1", "signal 9 (Killed)"
};

// What a process took, its own children that it has waited for included.
struct ResourceUse {
  double user_seconds = 0;  // of a processor
  double system_seconds = 0;
  std::int64_t peak_bytes = 0;  // resident at most
};

class Process {
 public:
  // Errors name the program and the cause, also when the program cannot be executed.
  static Result<Process> Start(const ProcessSpec& spec);

  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  // Kills what still runs (the whole group, SIGKILL) and reaps it.
  ~Process();

  const std::string& name() const { return name_; }
  pid_t pid() const { return pid_; }
  // Readable once the process has ended.
  int descriptor() const { return pidfd_.get(); }

  // How it ended; nothing while it runs. Never blocks.
  std::optional<ExitState> Poll();
  // Known once Poll has returned the end.
  const ResourceUse& use() const { return use_; }
  // To the whole group; nothing happens when it has ended.
  void Signal(int signal);

  // "controller ended with exit code 1: <its last line> (log: <file>)". Requires that it ended.
  std::string DescribeEnd() const;

 private:
  Process(std::string name, std::string log_file, pid_t pid, FileDescriptor pidfd);

  std::string name_;
  std::string log_file_;
  pid_t pid_ = -1;
  FileDescriptor pidfd_;
  std::optional<ExitState> end_;
  ResourceUse use_;
};

}  // namespace clockwork::local
