#pragma once

// A tree of files as a stream of bytes: the tar format "ustar" (POSIX.1-1988), of which directories
// and plain files are used. Pure. Every tar reads what is written here; a size from 8 GiB on, for
// which ustar has no room, is written in base 256, as GNU tar, bsdtar and busybox do.
//
// A stream ends with EndOfArchive(), which is written when all that went before is whole: a stream
// without it was cut.

#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/base/result.h"

namespace clockwork::archive {

inline constexpr std::size_t kBlockBytes = 512;
inline constexpr std::size_t kMaxPathBytes = 255;  // and the last part has 100 at most
inline constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 50;

struct Member {
  std::string path;  // relative, parts separated by single slashes, none of them "." or ".."
  bool directory = false;
  std::int64_t size = 0;              // in bytes; 0 of a directory
  std::int64_t modified_seconds = 0;  // since 1970
  bool operator==(const Member&) const = default;
};

// Whether `path` is one that a member may have: it leads nowhere but downwards.
bool IsSafePath(std::string_view path);

// The block before the member's content. A runtime error names what the format has no room for.
Result<std::string> EncodeHeader(const Member& member);
// What `block`, of kBlockBytes, says; nothing here is believed: a runtime error says what is wrong.
Result<Member> DecodeHeader(std::string_view block);

// Zeros that fill the last block of a content of `size` bytes.
std::string PaddingAfter(std::int64_t size);
std::string EndOfArchive();

}  // namespace clockwork::archive
