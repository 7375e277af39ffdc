#include "images/common/archive/ustar_reader.h"

#include <algorithm>

namespace clockwork::archive {
namespace {

bool IsZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

}  // namespace

Status Reader::Take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::kEnd) {
      // tar fills its last record with zeros.
      return IsZero(bytes) ? Status() : RuntimeError("bytes follow the end of the archive");
    }
    const auto wanted =
        state_ == State::kHeader ? kBlockBytes - block_.size() : static_cast<std::size_t>(left_);
    const std::string_view piece = bytes.substr(0, wanted);
    bytes.remove_prefix(piece.size());
    Status status;
    if (state_ == State::kHeader) {
      block_ += piece;
      if (block_.size() == kBlockBytes) status = TakeBlock();
    } else {
      left_ -= static_cast<std::int64_t>(piece.size());
      if (state_ == State::kContent) {
        content_bytes_ += static_cast<std::int64_t>(piece.size());
        status = sink_->Content(piece);
      }
      if (status.ok() && left_ == 0) status = EndMember();
    }
    if (!status.ok()) return status;
  }
  return {};
}

Status Reader::TakeBlock() {
  if (IsZero(block_)) {
    block_.clear();
    if (++zero_blocks_ == 2) state_ = State::kEnd;
    return {};
  }
  if (zero_blocks_ > 0) return RuntimeError("a member follows half of the archive's end");
  Status status = BeginMember();
  block_.clear();
  return status;
}

Status Reader::BeginMember() {
  const auto member = DecodeHeader(block_);
  if (!member.ok()) return member.error();
  if (++members_ > kMaxMembers) return RuntimeError("the archive has too many members");
  if (Status status = sink_->Begin(*member); !status.ok()) return status;
  left_ = member->size;
  padding_ = PaddingAfter(member->size).size();
  if (left_ == 0) return EndMember();
  state_ = State::kContent;
  return {};
}

// Of the content, then of the padding.
Status Reader::EndMember() {
  if (state_ != State::kPadding) {
    if (Status status = sink_->End(); !status.ok()) return status;
    left_ = static_cast<std::int64_t>(padding_);
    padding_ = 0;
  }
  state_ = left_ > 0 ? State::kPadding : State::kHeader;
  return {};
}

Status Reader::Finish() const {
  return state_ == State::kEnd ? Status() : RuntimeError("the archive was cut before its end");
}

}  // namespace clockwork::archive
