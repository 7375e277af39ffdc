#pragma once

// A child process of a test: its own process group, its output captured, killed with its whole
// group when the object goes, and by the kernel when the test itself dies (parent-death signal;
// start it from a thread that outlives it). Nothing here sleeps: waits are on the child, its output
// or a file, each with a deadline. Use from one thread.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clockwork::testing {

// Deadline of waits that end early in every good run; generous, for slow machines and sanitizers.
inline constexpr std::chrono::milliseconds kPatience{30'000};

struct ProcessOptions {
  // Path (or name searched in PATH), then the arguments.
  std::vector<std::string> command = {};
  // Variables set on top of this process's environment, and removed from it.
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::vector<std::string> unset = {};
  // Working directory; empty: this process's.
  std::string directory = {};
  // Writes beyond this size of any file fail with EFBIG, much as on a full disk.
  std::optional<std::uint64_t> file_size_limit_bytes = {};
};

// How a process ended: with an exit code, or by a signal (then code is -1).
struct ExitStatus {
  int code = -1;
  int signal = 0;

  bool operator==(const ExitStatus&) const = default;
};
inline ExitStatus ExitedWith(int code) { return {code, 0}; }
inline ExitStatus KilledBy(int signal) { return {-1, signal}; }
std::ostream& operator<<(std::ostream& out, const ExitStatus& status);

class Process {
 public:
  // Starts the command; a command that cannot be executed ends with code 127.
  explicit Process(ProcessOptions options);
  explicit Process(std::vector<std::string> command);
  // Kills the whole process group and reaps the child.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // To the child alone. Nothing happens when it has been reaped.
  void Signal(int signal) const;
  bool Running();

  // Waits for the end; nothing when the child still runs at the deadline.
  std::optional<ExitStatus> Wait(std::chrono::milliseconds patience = kPatience);
  // Signal(signal), then Wait.
  std::optional<ExitStatus> End(int signal, std::chrono::milliseconds patience = kPatience);
  // Waits until either output holds `text`. False at the deadline, or when the child ended without.
  bool WaitForOutput(std::string_view text, std::chrono::milliseconds patience = kPatience);
  // Waits until the file exists and holds `text`, and returns its content. Nothing at the deadline,
  // or when the child ended without writing it. The file's directory must exist.
  std::optional<std::string> WaitForFile(const std::string& path, std::string_view text = {},
                                         std::chrono::milliseconds patience = kPatience);

  // What it has written so far; complete once Wait returned a status.
  const std::string& out();
  const std::string& err();

 private:
  struct Stream {
    int fd = -1;
    std::string text;
  };

  // Waits for the child's end, output, or an event on `extra_fd` (-1: none) until the deadline, and
  // takes in what there is. False at the deadline.
  bool Step(std::chrono::steady_clock::time_point deadline, int extra_fd);
  void Reap();
  static void TakeOutput(Stream* stream);

  pid_t pid_ = -1;
  int pidfd_ = -1;
  Stream out_;
  Stream err_;
  std::optional<ExitStatus> status_;
};

// The processes of a group that have not ended (zombies are not counted).
std::vector<pid_t> ProcessGroupMembers(pid_t group);
// Waits until the group has no members; false at the deadline.
bool WaitForGroupEnd(pid_t group, std::chrono::milliseconds patience = kPatience);

// SIGKILL; returns when the process has ended, reaped or not. From any thread.
void KillAndAwaitEnd(pid_t pid);

// Runs a command to its end and returns its status; `out` and `err` receive its output. Nothing
// when it does not end in time (it is killed).
std::optional<ExitStatus> RunCommand(ProcessOptions options, std::string* out = nullptr,
                                     std::string* err = nullptr,
                                     std::chrono::milliseconds patience = kPatience);

}  // namespace clockwork::testing
