#pragma once

// Writes a log behind the back of the thread that makes it. A write(2) into the page cache stands
// still for tens of milliseconds while the file system commits (docs/performance.md), in which a
// controller would decide on nothing. So lines are handed over by the piece, and a thread of this
// class writes the pieces in order. All others call from one thread.
//
// The file only ever holds whole lines: when the disk takes no more it is cut back to the end of
// the last one, what is not written is kept, and Retry tries again.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::telemetry {

class WriteBehind {
 public:
  struct Piece {
    std::vector<char> bytes;
    std::size_t used = 0;  // always the end of a line
  };

  // At most `max_pieces` of `piece_bytes` are in use, the caller's among them; each is made when it
  // is first needed.
  WriteBehind(std::size_t piece_bytes, std::size_t max_pieces)
      : piece_bytes_(piece_bytes), max_pieces_(max_pieces) {}
  ~WriteBehind();  // as Stop
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  // From now on owns `fd`, a file that is written from its beginning; `path` is for messages.
  // Error: the system allows no more threads; then `fd` is closed. Once.
  Status Start(int fd, std::string path);

  // Takes a piece to be written, or nothing (the first time), and gives an empty one. Where all are
  // in use it waits for the disk. Null, and *full stays the caller's, only while the disk takes no
  // more.
  std::unique_ptr<Piece> Exchange(std::unique_ptr<Piece>* full);
  // Where the disk took no more: it may take something again.
  void Retry();
  // The first failure, told once.
  Status TakeFailure();
  // Waits until all that was handed over is written, or the disk takes no more.
  void Drain();
  // How often Exchange had to wait.
  std::uint64_t waits() const { return waits_; }
  // Writes `last` as well, ends the thread and closes the file. Returns how many lines the file did
  // not take.
  std::uint64_t Stop(std::unique_ptr<Piece> last);

 private:
  void Run();
  bool HasWork() const { return !waiting_.empty() && !stuck_; }
  std::unique_ptr<Piece> MakePiece() const;
  int Write(Piece* piece);
  void Latch(const char* what, int code);

  const std::size_t piece_bytes_;
  const std::size_t max_pieces_;
  std::string path_;
  std::uint64_t waits_ = 0;  // the caller's
  std::thread thread_;
  int fd_ = -1;                   // the thread's while it runs
  std::uint64_t size_bytes_ = 0;  // of the file: always the end of a line; the thread's as well

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Piece>> waiting_;  // the first may be being written
  std::vector<std::unique_ptr<Piece>> spare_;
  std::size_t pieces_ = 0;  // made so far
  bool stuck_ = false;      // the last write failed: nothing is tried before Retry
  bool ending_ = false;
  bool reported_ = false;  // the first failure has been latched
  Status failure_;         // for TakeFailure
};

}  // namespace clockwork::telemetry
