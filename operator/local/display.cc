#include "operator/local/display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace clockwork::local {
namespace {

constexpr std::size_t kDefaultColumns = 80;

std::size_t TerminalColumns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kDefaultColumns;
}

}  // namespace

Display::Display(Nanos now_ns)
    : terminal_(::isatty(STDERR_FILENO) == 1),
      start_ns_(now_ns),
      next_plain_ns_(now_ns + kPlainIntervalNs) {}

Display::~Display() { Erase(); }

// Goes up over the drawn lines and clears from there to the end of the screen.
void Display::Erase() {
  if (drawn_lines_ == 0) return;
  fmt::print(stderr, "\x1b[{}A\r\x1b[J", drawn_lines_);
  drawn_lines_ = 0;
}

void Display::Note(const std::string& line, Nanos now_ns) {
  Erase();
  fmt::print(stderr, "[{:>5}] {}\n", FormatSpan(now_ns - start_ns_), line);
  next_plain_ns_ = now_ns + kPlainIntervalNs;
}

void Display::Update(const ProgressView& view, Nanos now_ns) {
  if (!terminal_) {
    if (now_ns >= next_plain_ns_) Note(RenderLine(view), now_ns);
    return;
  }
  Erase();
  for (const std::string& line : RenderLive(view, TerminalColumns())) {
    fmt::print(stderr, "{}\n", line);
    ++drawn_lines_;
  }
}

}  // namespace clockwork::local
