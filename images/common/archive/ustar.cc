#include "images/common/archive/ustar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

namespace clockwork::archive {
namespace {

// Where a field lies in the block.
struct Field {
  std::size_t at;
  std::size_t bytes;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kOwner{108, 8};
constexpr Field kGroup{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kModified{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kMagic{257, 8};
constexpr Field kPrefix{345, 155};

constexpr std::string_view kMagicText("ustar\00000", 8);
constexpr char kFile = '0';
constexpr char kOldFile = '\0';
constexpr char kDirectory = '5';
constexpr int kFileMode = 0644;
constexpr int kDirectoryMode = 0755;
constexpr std::int64_t kMaxSeconds = (std::int64_t{1} << 33) - 1;
constexpr char kBase256 = '\x80';

void Put(std::string* block, Field field, std::string_view text) {
  block->replace(field.at, text.size(), text);
}

// Octal digits, and a NUL after them. What they have no room for: a byte with the highest bit
// alone, then the number in base 256.
void PutNumber(std::string* block, Field field, std::int64_t value) {
  const std::string octal = fmt::format("{:0{}o}", value, field.bytes - 1);
  if (octal.size() < field.bytes) return Put(block, field, octal);
  (*block)[field.at] = kBase256;
  for (std::size_t i = field.bytes - 1; i > 0; --i) {
    (*block)[field.at + i] = static_cast<char>(value & 0xFF);
    value >>= 8;
  }
}

std::string_view Get(std::string_view block, Field field) {
  const std::string_view text = block.substr(field.at, field.bytes);
  return text.substr(0, text.find('\0'));
}

// The bytes of a number in base 256 after the first.
std::optional<std::int64_t> GetBase256(std::string_view bytes) {
  std::int64_t value = 0;
  for (const char c : bytes) {
    if (value > (std::numeric_limits<std::int64_t>::max() >> 8)) return std::nullopt;
    value = (value << 8) | static_cast<unsigned char>(c);
  }
  return value;
}

// Octal digits between blanks, or base 256; nothing for anything else.
std::optional<std::int64_t> GetNumber(std::string_view block, Field field) {
  if (block[field.at] == kBase256) {
    return GetBase256(block.substr(field.at + 1, field.bytes - 1));
  }
  std::string_view text = Get(block, field);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + (c - '0');
  }
  return value;
}

// Over the block with blanks in place of the checksum.
std::int64_t Checksum(std::string_view block) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksum.at && i < kChecksum.at + kChecksum.bytes;
    sum += own ? ' ' : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

// Where a path is split into prefix and name; nothing when it does not fit. npos: no prefix.
std::optional<std::size_t> Split(std::string_view path) {
  if (path.size() <= kName.bytes) return std::string_view::npos;
  const std::size_t at = path.find('/', path.size() - kName.bytes - 1);
  // Not there is far beyond, too.
  if (at > kPrefix.bytes || at + 1 == path.size()) return std::nullopt;
  return at;
}

Error NoRoom(const Member& member, std::string_view what) {
  return RuntimeError(fmt::format("{}: {} that the archive has no room for", member.path, what));
}

}  // namespace

bool IsSafePath(std::string_view path) {
  if (path.empty() || path.size() > kMaxPathBytes) return false;
  const bool plain = std::all_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 0x7F && c != '\\';
  });
  if (!plain) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Result<std::string> EncodeHeader(const Member& member) {
  const auto split = Split(member.path);
  if (!IsSafePath(member.path) || !split) return NoRoom(member, "it has a path");
  if (member.size < 0 || member.size > kMaxFileBytes) return NoRoom(member, "it has a size");
  std::string block(kBlockBytes, '\0');
  const std::string_view path = member.path;
  Put(&block, kName, *split == std::string_view::npos ? path : path.substr(*split + 1));
  if (*split != std::string_view::npos) Put(&block, kPrefix, path.substr(0, *split));
  PutNumber(&block, kMode, member.directory ? kDirectoryMode : kFileMode);
  PutNumber(&block, kOwner, 0);
  PutNumber(&block, kGroup, 0);
  PutNumber(&block, kSize, member.directory ? 0 : member.size);
  PutNumber(&block, kModified, std::clamp<std::int64_t>(member.modified_seconds, 0, kMaxSeconds));
  block[kType.at] = member.directory ? kDirectory : kFile;
  Put(&block, kMagic, kMagicText);
  // By tradition six digits, a NUL and a blank.
  Put(&block, kChecksum, fmt::format("{:06o}", Checksum(block)));
  block[kChecksum.at + kChecksum.bytes - 1] = ' ';
  return block;
}

Result<Member> DecodeHeader(std::string_view block) {
  if (block.size() != kBlockBytes) return RuntimeError("a header is not of one block");
  if (GetNumber(block, kChecksum) != Checksum(block)) {
    return RuntimeError("a header's checksum is wrong");
  }
  Member member;
  const std::string_view prefix =
      Get(block, kMagic) == kMagicText.substr(0, 5) ? Get(block, kPrefix) : "";
  member.path = fmt::format("{}{}{}", prefix, prefix.empty() ? "" : "/", Get(block, kName));
  const char type = block[kType.at];
  if (type != kFile && type != kOldFile && type != kDirectory) {
    return RuntimeError("a member is neither a file nor a directory");
  }
  member.directory = type == kDirectory;
  if (member.directory && member.path.ends_with('/')) member.path.pop_back();
  if (!IsSafePath(member.path)) return RuntimeError("a member's path leads out of the directory");
  const auto size = GetNumber(block, kSize);
  const auto modified = GetNumber(block, kModified);
  if (!size || !modified || (member.directory && *size != 0)) {
    return RuntimeError(fmt::format("{}: the header's numbers are none", member.path));
  }
  if (*size > kMaxFileBytes) {
    return RuntimeError(fmt::format("{}: a file is too large", member.path));
  }
  member.size = *size;
  member.modified_seconds = std::min(*modified, kMaxSeconds);
  return member;
}

std::string PaddingAfter(std::int64_t size) {
  const auto over = static_cast<std::size_t>(size) % kBlockBytes;
  return std::string(over == 0 ? 0 : kBlockBytes - over, '\0');
}

std::string EndOfArchive() { return std::string(2 * kBlockBytes, '\0'); }

}  // namespace clockwork::archive
