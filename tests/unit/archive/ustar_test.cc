#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "images/common/archive/ustar_reader.h"
#include "images/common/base/file.h"
#include "tests/support/archive_text.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::archive {
namespace {

using clockwork::testing::ArchiveText;
using clockwork::testing::ExitedWith;
using clockwork::testing::RunCommand;
using clockwork::testing::TemporaryDirectory;
using ::testing::HasSubstr;

std::string FileMember(const std::string& path, const std::string& content) {
  const auto size = static_cast<std::int64_t>(content.size());
  const auto header = EncodeHeader({path, false, size, 1'700'000'000});
  EXPECT_TRUE(header.ok());
  return *header + content + PaddingAfter(size);
}

std::string DirectoryMember(const std::string& path) {
  return *EncodeHeader({path, true, 0, 1'700'000'000});
}

std::string Small() {
  return DirectoryMember("trial-1") + FileMember("trial-1/a.tsv", std::string(512, 'a')) +
         FileMember("trial-1/b.tsv", "b") + FileMember("empty", "") + EndOfArchive();
}

std::string SmallText() {
  return "trial-1/;trial-1/a.tsv:" + std::string(512, 'a') + ";trial-1/b.tsv:b;empty:;";
}

TEST(Ustar, IsReadBackInPiecesOfAnySize) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{512},
                                  std::size_t{513}, std::size_t{1} << 20}) {
    ArchiveText sink;
    Reader reader(&sink);
    const std::string bytes = Small();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      ASSERT_TRUE(reader.Take(std::string_view(bytes).substr(at, piece)).ok());
    }
    EXPECT_TRUE(reader.Finish().ok());
    EXPECT_EQ(sink.text, SmallText()) << piece;
    EXPECT_EQ(reader.members(), 4);
    EXPECT_EQ(reader.content_bytes(), 513);
  }
}

TEST(Ustar, IsCutAtEveryByteBeforeItsEnd) {
  const std::string bytes = Small();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ArchiveText sink;
    Reader reader(&sink);
    ASSERT_TRUE(reader.Take(std::string_view(bytes).substr(0, size)).ok()) << size;
    ASSERT_FALSE(reader.Finish().ok()) << size;
  }
}

TEST(Ustar, HeadersAreReadBack) {
  const std::string long_name(100, 'n');
  const Member members[] = {
      {"a", false, 0, 0},
      {"trial-1/file=controller_1_request.tsv", false, kMaxFileBytes, 1'700'000'000},
      {"the largest in octal digits", false, (std::int64_t{1} << 33) - 1, 1},
      {"the smallest in base 256", false, std::int64_t{1} << 33, 1},
      {"data", true, 0, 1},
      {long_name, false, 1, 1},
      {std::string(154, 'p') + "/" + long_name, false, 1, 1},
      {"\xC3\xA4", false, 1, 1},
  };
  for (const Member& member : members) {
    const auto header = EncodeHeader(member);
    ASSERT_TRUE(header.ok()) << member.path;
    ASSERT_EQ(header->size(), kBlockBytes);
    const auto read = DecodeHeader(*header);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(*read, member);
  }
}

TEST(Ustar, WhatHasNoRoomIsRefused) {
  const Member members[] = {
      {"", false, 0, 0},
      {std::string(101, 'n'), false, 0, 0},
      {"/etc/x", false, 0, 0},
      {"../x", false, 0, 0},
      {"a", false, -1, 0},
      {"a", false, kMaxFileBytes + 1, 0},
      {"a//b", false, 0, 0},
      {"a\nb", false, 0, 0},
      {"a/./b", false, 0, 0},
      {std::string(156, 'p') + "/n", false, 0, 0},
      {std::string(300, 'p'), false, 0, 0},
  };
  for (const Member& member : members) EXPECT_FALSE(EncodeHeader(member).ok()) << member.path;
}

// What a header is changed into; the checksum is made right again.
std::string Damaged(std::size_t at, const std::string& text, const std::string& path = "abc") {
  std::string block = *EncodeHeader({path, false, 1, 1});
  block.replace(at, text.size(), text);
  std::int64_t sum = 0;
  block.replace(148, 8, "        ");
  for (const char c : block) sum += static_cast<unsigned char>(c);
  std::string digits(6, '0');
  for (std::size_t i = 6; i-- > 0; sum /= 8) digits[i] = static_cast<char>('0' + sum % 8);
  return block.replace(148, 7, digits + '\0');
}

TEST(Ustar, NothingInAHeaderIsBelieved) {
  EXPECT_TRUE(DecodeHeader(Damaged(0, "abc")).ok()) << "the helper makes good headers";
  const struct {
    std::string block;
    const char* says;
  } cases[] = {
      {std::string(kBlockBytes, 'x'), "checksum"},
      {std::string(10, 'x'), "one block"},
      {Damaged(0, "../"), "leads out"},
      {Damaged(0, "/ab"), "leads out"},
      {Damaged(0, std::string("..\0", 3)), "leads out"},
      {Damaged(0, std::string(3, '\0')), "leads out"},
      {Damaged(345, "/etc"), "leads out"},
      {Damaged(345, ".."), "leads out"},
      {Damaged(156, "2"), "neither a file nor a directory"},
      {Damaged(156, "1"), "neither a file nor a directory"},
      {Damaged(156, "x"), "neither a file nor a directory"},
      {Damaged(156, "5"), "numbers"},
      {Damaged(124, "0000000000z"), "numbers"},
      {Damaged(124, std::string(12, '\0')), "numbers"},
      {Damaged(124, "\x80"), "numbers"},
      {Damaged(124, "\x80" + std::string(3, '\0') + "\1" + std::string(7, '\0')), "too large"},
      {Damaged(124, "\xFF" + std::string(11, '\xFF')), "numbers"},
      {Damaged(136, "-1"), "numbers"},
  };
  for (const auto& [block, says] : cases) {
    const auto member = DecodeHeader(block);
    ASSERT_FALSE(member.ok()) << says;
    EXPECT_THAT(member.error().message, HasSubstr(says));
  }
}

TEST(Ustar, NothingMayFollowTheEndButZeros) {
  ArchiveText sink;
  Reader reader(&sink);
  ASSERT_TRUE(reader.Take(Small() + std::string(9'000, '\0')).ok());
  EXPECT_TRUE(reader.Finish().ok());
  EXPECT_FALSE(reader.Take("x").ok());
  Reader half(&sink);
  EXPECT_FALSE(half.Take(std::string(kBlockBytes, '\0') + DirectoryMember("a")).ok());
}

TEST(Ustar, AnErrorOfTheSinkEndsTheReading) {
  class Full : public ArchiveText {
    Status Content(std::string_view) override { return RuntimeError("disk full"); }
  } sink;
  Reader reader(&sink);
  const Status status = reader.Take(Small());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "disk full");
}

// Both ways, with the tar that everybody has.
TEST(Ustar, IsWhatTarReadsAndWrites) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory / "small.tar", Small()).ok());
  std::string err;
  EXPECT_EQ(RunCommand({.command = {"tar", "-C", directory.path(), "-xf", directory / "small.tar"}},
                       nullptr, &err),
            ExitedWith(0))
      << err;
  EXPECT_EQ(*ReadFile(directory / "trial-1/a.tsv"), std::string(512, 'a'));
  std::string bytes;
  EXPECT_EQ(RunCommand({.command = {"tar", "-C", directory.path(), "--format=ustar", "-cf", "-",
                                    "trial-1/a.tsv", "trial-1/b.tsv", "empty"}},
                       &bytes),
            ExitedWith(0));
  ArchiveText sink;
  Reader reader(&sink);
  ASSERT_TRUE(reader.Take(bytes).ok());
  EXPECT_TRUE(reader.Finish().ok());
  EXPECT_EQ("trial-1/;" + sink.text, SmallText());
}

// A request log of the published experiment at N = 150 has 9 GB, and the octal digits end at 8 GiB.
TEST(Ustar, TarReadsWhatIsLargerThanUstarHolds) {
  constexpr std::int64_t kLarge = std::int64_t{9} << 30;
  const TemporaryDirectory directory;
  const std::string path = directory / "large.tar";  // with a hole for the content
  const Member member{"large", false, kLarge, 1};
  ASSERT_TRUE(WriteFileAtomically(path, *EncodeHeader(member)).ok());
  std::filesystem::resize_file(path, kBlockBytes + kLarge);
  std::ofstream(path, std::ios::app) << EndOfArchive();
  std::string out;
  EXPECT_EQ(RunCommand({.command = {"tar", "-tvf", path}}, &out), ExitedWith(0));
  EXPECT_THAT(out, HasSubstr(" 9663676416 "));
}

}  // namespace
}  // namespace clockwork::archive
