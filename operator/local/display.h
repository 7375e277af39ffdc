#pragma once

// Shows progress on stderr: on a terminal a few lines that are redrawn in place, elsewhere a plain
// line every kPlainIntervalNs. Notes are lines that stay in both.

#include <cstddef>
#include <optional>
#include <string>

#include "images/common/base/time.h"
#include "operator/local/progress_text.h"

namespace clockwork::local {

class Display {
 public:
  static constexpr Nanos kPlainIntervalNs = 10 * kSecond;

  explicit Display(Nanos now_ns);
  ~Display();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  void Note(const std::string& line, Nanos now_ns);
  void Update(const ProgressView& view, Nanos now_ns);

 private:
  void Erase();

  bool terminal_;
  Nanos start_ns_;
  Nanos next_plain_ns_;
  std::size_t drawn_lines_ = 0;
};

}  // namespace clockwork::local
