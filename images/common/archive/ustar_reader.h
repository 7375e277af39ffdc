#pragma once

// Takes an archive apart while its bytes come in, in pieces of any size. Pure: what is found goes
// to a sink. Memory is bounded by one block and what the caller hands in.

#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/archive/ustar.h"

namespace clockwork::archive {

inline constexpr std::int64_t kMaxMembers = 1'000'000;

// Each member: Begin, Content (size bytes in all, in pieces), End. An error ends the reading.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Status Begin(const Member& member) = 0;
  virtual Status Content(std::string_view bytes) = 0;
  virtual Status End() = 0;
};

class Reader {
 public:
  // `sink` must outlive the reader.
  explicit Reader(Sink* sink) : sink_(sink) {}

  // The next bytes of the stream. After an error nothing more may be handed in.
  Status Take(std::string_view bytes);
  // At the end of the stream: an error when it was cut.
  Status Finish() const;

  std::int64_t members() const { return members_; }
  std::int64_t content_bytes() const { return content_bytes_; }

 private:
  enum class State { kHeader, kContent, kPadding, kEnd };
  Status TakeBlock();
  Status BeginMember();
  Status EndMember();

  Sink* sink_;
  State state_ = State::kHeader;
  std::string block_;               // of a header, as far as it has come
  int zero_blocks_ = 0;             // in a row
  std::int64_t left_ = 0;           // of the content, or of the padding
  std::size_t padding_ = 0;         // after the content under way
  std::int64_t members_ = 0;        // begun
  std::int64_t content_bytes_ = 0;  // handed on
};

}  // namespace clockwork::archive
