#include "images/common/wire/framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace clockwork::wire {
namespace {

TEST(Framing, PreHeaderIsSixLittleEndianWords) {
  PreHeader pre_header;
  pre_header.header_bytes = 0x0102;
  pre_header.body_bytes = 3;
  pre_header.type = 103;
  pre_header.id = 0x7fffffff;
  pre_header.sender_clock_ns = 1'600'000'000'000'000'000;
  pre_header.sender_delta_ns = -2;
  std::string bytes(kPreHeaderBytes, '\0');
  EncodePreHeader(pre_header, bytes.data());
  const std::string expected =
      std::string("\x02\x01\0\0\0\0\0\0", 8) + std::string("\x03\0\0\0\0\0\0\0", 8) +
      std::string("\x67\0\0\0\0\0\0\0", 8) + std::string("\xff\xff\xff\x7f\0\0\0\0", 8) +
      std::string("\x00\x00\xa0\xd8\x85\x57\x34\x16", 8) +
      std::string("\xfe\xff\xff\xff\xff\xff\xff\xff", 8);
  EXPECT_EQ(bytes, expected);
}

TEST(Framing, NoDeltaYetIsTheLargestSignedWord) {
  std::string bytes(kPreHeaderBytes, '\0');
  EncodePreHeader(PreHeader{}, bytes.data());
  EXPECT_EQ(bytes.substr(40), std::string("\xff\xff\xff\xff\xff\xff\xff\x7f", 8));
}

TEST(Framing, DecodeReversesEncode) {
  PreHeader pre_header{1, 2, 3, 4, -5, 6};
  std::string bytes(kPreHeaderBytes, '\0');
  EncodePreHeader(pre_header, bytes.data());
  const PreHeader decoded = DecodePreHeader(bytes.data());
  EXPECT_EQ(decoded.header_bytes, 1U);
  EXPECT_EQ(decoded.body_bytes, 2U);
  EXPECT_EQ(decoded.type, 3U);
  EXPECT_EQ(decoded.id, 4U);
  EXPECT_EQ(decoded.sender_clock_ns, -5);
  EXPECT_EQ(decoded.sender_delta_ns, 6);
}

TEST(Framing, WriterFillsInTheLengthsBehindWhatTheBufferHeld) {
  std::string buffer = "before";
  FrameWriter writer(&buffer, 2, 9);
  buffer += "header";
  writer.Finish("body", 77, 88);
  ASSERT_EQ(buffer.size(), 6 + kPreHeaderBytes + 10);
  const PreHeader decoded = DecodePreHeader(buffer.data() + 6);
  EXPECT_EQ(decoded.header_bytes, 6U);
  EXPECT_EQ(decoded.body_bytes, 4U);
  EXPECT_EQ(decoded.type, 2U);
  EXPECT_EQ(decoded.id, 9U);
  EXPECT_EQ(decoded.sender_clock_ns, 77);
  EXPECT_EQ(decoded.sender_delta_ns, 88);
  EXPECT_THAT(buffer, ::testing::EndsWith("headerbody"));
}

}  // namespace
}  // namespace clockwork::wire
