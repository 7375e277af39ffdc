#include "images/common/wire/framing.h"

#include <bit>
#include <cstring>

namespace clockwork::wire {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the wire is little-endian and these functions copy words as they are");

template <typename Word>
Word LoadWord(const char* bytes, std::size_t index) {
  Word word;
  std::memcpy(&word, bytes + index * sizeof(Word), sizeof(Word));
  return word;
}

template <typename Word>
void StoreWord(char* bytes, std::size_t index, Word word) {
  std::memcpy(bytes + index * sizeof(Word), &word, sizeof(Word));
}

}  // namespace

PreHeader DecodePreHeader(const char* bytes) {
  PreHeader pre_header;
  pre_header.header_bytes = LoadWord<std::uint64_t>(bytes, 0);
  pre_header.body_bytes = LoadWord<std::uint64_t>(bytes, 1);
  pre_header.type = LoadWord<std::uint64_t>(bytes, 2);
  pre_header.id = LoadWord<std::uint64_t>(bytes, 3);
  pre_header.sender_clock_ns = LoadWord<Nanos>(bytes, 4);
  pre_header.sender_delta_ns = LoadWord<Nanos>(bytes, 5);
  return pre_header;
}

void EncodePreHeader(const PreHeader& pre_header, char* bytes) {
  StoreWord(bytes, 0, pre_header.header_bytes);
  StoreWord(bytes, 1, pre_header.body_bytes);
  StoreWord(bytes, 2, pre_header.type);
  StoreWord(bytes, 3, pre_header.id);
  StoreWord(bytes, 4, pre_header.sender_clock_ns);
  StoreWord(bytes, 5, pre_header.sender_delta_ns);
}

FrameWriter::FrameWriter(std::string* buffer, std::uint64_t type, std::uint64_t id)
    : buffer_(buffer), begin_(buffer->size()), type_(type), id_(id) {
  buffer_->append(kPreHeaderBytes, '\0');
}

void FrameWriter::Finish(std::string_view body, Nanos sender_clock_ns, Nanos sender_delta_ns) {
  PreHeader pre_header;
  pre_header.header_bytes = buffer_->size() - begin_ - kPreHeaderBytes;
  pre_header.body_bytes = body.size();
  pre_header.type = type_;
  pre_header.id = id_;
  pre_header.sender_clock_ns = sender_clock_ns;
  pre_header.sender_delta_ns = sender_delta_ns;
  EncodePreHeader(pre_header, buffer_->data() + begin_);
  buffer_->append(body);
}

}  // namespace clockwork::wire
