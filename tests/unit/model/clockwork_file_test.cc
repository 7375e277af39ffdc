#include "images/common/model/clockwork_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "images/common/model/model.h"

namespace clockwork {
namespace {

using ::testing::HasSubstr;

template <typename Word>
void Append(std::string* out, Word word) {
  char raw[sizeof(Word)];
  std::memcpy(raw, &word, sizeof(Word));
  out->append(raw, sizeof(Word));
}

void AppendTensor(std::string* out, std::uint64_t bytes) {
  Append<std::uint64_t>(out, 7);
  Append<std::uint32_t>(out, 1);
  Append<std::uint64_t>(out, 128);
  Append<std::uint64_t>(out, bytes);
  Append<std::uint32_t>(out, 4);
  for (const std::int64_t dimension : {1, 3, 224, 224}) Append<std::int64_t>(out, dimension);
  for (const std::int32_t type : {2, 32, 1}) Append<std::int32_t>(out, type);
}

void AppendListHead(std::string* out, std::uint32_t count) {
  Append<std::uint32_t>(out, 1);
  Append<std::uint32_t>(out, count);
}

// A file with everything that a compiled model has: functions, operators, two inputs.
std::string FullFile() {
  std::string file;
  Append<std::uint32_t>(&file, 1);
  for (std::uint64_t memory = 0; memory < 4; ++memory) Append<std::uint64_t>(&file, memory);
  Append<std::uint32_t>(&file, 2);
  for (const std::string name : {"fused_add", "fused_conv2d"}) {
    Append<std::uint32_t>(&file, static_cast<std::uint32_t>(name.size()));
    file += name;
  }
  AppendListHead(&file, 2);  // operators
  for (std::uint32_t function = 0; function < 2; ++function) {
    AppendListHead(&file, 2);
    AppendTensor(&file, 64);
    AppendTensor(&file, 64);
    Append<std::uint32_t>(&file, function);
    AppendListHead(&file, 1);
    Append<std::uint32_t>(&file, 0);
    Append<std::uint64_t>(&file, 0);
    Append<std::uint64_t>(&file, 4096);
  }
  AppendListHead(&file, 2);  // inputs
  AppendTensor(&file, 600'000);
  AppendTensor(&file, 2'112);
  AppendListHead(&file, 1);  // outputs
  AppendTensor(&file, 4'000);
  Append<std::uint64_t>(&file, kPageBytes);
  AppendListHead(&file, 3);  // pages
  for (std::uint64_t page = 0; page < 3; ++page) {
    Append<std::uint64_t>(&file, page * kPageBytes);
    Append<std::uint64_t>(&file, kPageBytes);
  }
  return file;
}

const ClockworkFile kFull{
    .input_bytes = 602'112, .output_bytes = 4'000, .page_bytes = kPageBytes, .weights_pages = 3};

TEST(ClockworkFileTest, ReadsACompiledModelToTheLastByte) {
  auto file = ParseClockworkFile(FullFile());
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(*file, kFull);
}

TEST(ClockworkFileTest, ReadsWhatItWrites) {
  const std::string bytes = WriteClockworkFile(kFull);
  auto file = ParseClockworkFile(bytes);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(*file, kFull);
}

TEST(ClockworkFileTest, EveryTruncationIsAnError) {
  for (const std::string& bytes : {FullFile(), WriteClockworkFile(kFull)}) {
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_FALSE(ParseClockworkFile(bytes.substr(0, length)).ok()) << length;
    }
  }
}

TEST(ClockworkFileTest, LeftOverBytesAreAnError) {
  auto file = ParseClockworkFile(FullFile() + "x");
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message, HasSubstr("more bytes follow"));
}

TEST(ClockworkFileTest, AnotherVersionIsAnError) {
  std::string bytes = FullFile();
  bytes[0] = 2;
  auto file = ParseClockworkFile(bytes);
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message, HasSubstr("version 2 instead of 1"));
}

TEST(ClockworkFileTest, AnImpossibleCountIsAnErrorAndNoWork) {
  std::string bytes = FullFile();
  std::memset(bytes.data() + 36, 0xff, 4);  // number of functions
  auto file = ParseClockworkFile(bytes);
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message, HasSubstr("4294967295 functions do not fit"));
}

TEST(ClockworkFileTest, SizesThatOverflowAreAnError) {
  std::string bytes = WriteClockworkFile({.input_bytes = UINT64_MAX - 5,
                                          .output_bytes = 4,
                                          .page_bytes = kPageBytes,
                                          .weights_pages = 0});
  EXPECT_FALSE(ParseClockworkFile(bytes).ok());
}

// Any single byte may be wrong; the parser must say so or live with it, but never read outside the
// bytes (the sanitizers watch) nor take forever.
TEST(ClockworkFileTest, SurvivesDamageAtEveryByte) {
  const std::string bytes = FullFile();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const char damage : {'\x00', '\x01', '\x7f', '\xff'}) {
      std::string damaged = bytes;
      damaged[i] = damage;
      const auto file = ParseClockworkFile(damaged);
      EXPECT_TRUE(file.ok() || !file.error().message.empty());
    }
  }
}

TEST(ClockworkFileTest, SurvivesRandomBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes(random() % 300, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 4 == 0 ? random() : 0);
    if (bytes.size() > 4) bytes.replace(0, 4, std::string("\1\0\0\0", 4));
    const auto file = ParseClockworkFile(bytes);
    EXPECT_TRUE(file.ok() || !file.error().message.empty());
  }
}

}  // namespace
}  // namespace clockwork
