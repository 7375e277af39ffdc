#include "operator/local/log_tail.h"

#include <algorithm>
#include <fstream>

namespace clockwork::local {

std::string LastLine(const std::string& path) {
  constexpr std::streamoff kTailBytes = 4'096;
  constexpr std::size_t kMaxLineBytes = 400;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return "";
  file.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(file.tellg()) - kTailBytes));
  std::string last;
  for (std::string line; std::getline(file, line);) {
    std::erase_if(line, [](unsigned char c) { return c < ' ' || c == 0x7f; });
    if (!line.empty()) last = line;
  }
  return last.substr(0, kMaxLineBytes);
}

}  // namespace clockwork::local
