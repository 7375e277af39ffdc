#include "operator/kube/answer_buffers.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace clockwork::kube {
namespace {

constexpr Nanos kLong = 60 * kSecond;
const std::function<void()> kNoResume;

std::string NextOf(LineBuffer* buffer, Nanos limit_ns = kLong) {
  const auto line = buffer->Next(limit_ns);
  if (!line.ok()) return "failure " + std::to_string(static_cast<int>(line.error().failure));
  return *line ? **line : "end";
}
std::string Failed(Failure failure) {
  return "failure " + std::to_string(static_cast<int>(failure));
}

TEST(LineBufferTest, AFullQueueStopsTheSenderUntilItIsHalfEmpty) {
  LineBuffer buffer(/*max_queued_bytes=*/10, /*max_line_bytes=*/100);
  int resumed = 0;
  const auto resume = [&resumed] { ++resumed; };
  EXPECT_EQ(buffer.Put("aaaa\nbbbb\n", resume), Taken::kAll);
  EXPECT_EQ(buffer.Put("cccc\n", resume), Taken::kFull);
  EXPECT_EQ(NextOf(&buffer), "aaaa");
  EXPECT_EQ(resumed, 0) << "8 of 10 bytes are still queued";
  EXPECT_EQ(NextOf(&buffer), "bbbb");
  EXPECT_EQ(resumed, 1);
  EXPECT_EQ(NextOf(&buffer), "cccc");
  EXPECT_EQ(resumed, 1);
}

TEST(LineBufferTest, ALineThatIsLongerThanTheQueueStillArrives) {
  LineBuffer buffer(/*max_queued_bytes=*/10, /*max_line_bytes=*/100);
  EXPECT_EQ(buffer.Put(std::string(50, 'x'), kNoResume), Taken::kAll);
  int resumed = 0;
  EXPECT_EQ(buffer.Put(std::string(50, 'x') + "\n", [&] { ++resumed; }), Taken::kFull);
  EXPECT_EQ(NextOf(&buffer), std::string(100, 'x'));
  EXPECT_EQ(resumed, 1);
}

TEST(LineBufferTest, ALineOverTheLimitEndsTheStreamAfterWhatCameBefore) {
  LineBuffer buffer(/*max_queued_bytes=*/1000, /*max_line_bytes=*/4);
  EXPECT_EQ(buffer.Put("abcd\nabc", kNoResume), Taken::kAll);
  EXPECT_EQ(buffer.Put("de\n", kNoResume), Taken::kRefused);
  EXPECT_EQ(buffer.Put("more\n", kNoResume), Taken::kRefused);
  buffer.Finish(LocalError(Failure::kCut, "because it was refused"));
  EXPECT_EQ(NextOf(&buffer), "abcd");
  EXPECT_EQ(NextOf(&buffer), Failed(Failure::kMalformed));
}

TEST(LineBufferTest, TheEndLetsASenderGo) {
  for (const bool cancel : {false, true}) {
    LineBuffer buffer(/*max_queued_bytes=*/1, /*max_line_bytes=*/100);
    int resumed = 0;
    ASSERT_EQ(buffer.Put("abc\n", [&] { ++resumed; }), Taken::kFull);
    if (cancel) {
      buffer.Cancel();
    } else {
      buffer.Finish(std::nullopt);
    }
    EXPECT_EQ(resumed, 1);
    EXPECT_EQ(NextOf(&buffer), cancel ? Failed(Failure::kCancelled) : "abc");
  }
}

TEST(LineBufferTest, EndsOfAllKinds) {
  struct Case {
    const char* bytes;
    std::optional<ApiError> error;
    std::vector<std::string> lines;
  };
  const std::vector<Case> cases = {
      {"a\n\nb\n", std::nullopt, {"a", "", "b", "end", "end"}},
      {"a\nb", std::nullopt, {"a", Failed(Failure::kCut)}},
      {"a\nb", LocalError(Failure::kTls, "x"), {"a", Failed(Failure::kTls)}},
      {"a\nb", LocalError(Failure::kCancelled, "x"), {Failed(Failure::kCancelled)}},
  };
  for (const Case& c : cases) {
    LineBuffer buffer;
    buffer.Put(c.bytes, kNoResume);
    buffer.Finish(c.error);
    for (const std::string& line : c.lines) EXPECT_EQ(NextOf(&buffer), line) << c.bytes;
  }
}

TEST(LineBufferTest, SilenceAndCancelWakeTheReader) {
  LineBuffer buffer;
  EXPECT_EQ(NextOf(&buffer, kMillisecond), Failed(Failure::kTimeout));
  auto reader = std::async(std::launch::async, [&] { return NextOf(&buffer); });
  buffer.Cancel();
  EXPECT_EQ(reader.get(), Failed(Failure::kCancelled));
}

TEST(LineBufferTest, RestIsEverythingUpToALimit) {
  LineBuffer whole;
  whole.Put("{\n  \"a\": 1\n}", kNoResume);
  whole.Finish(std::nullopt);
  EXPECT_EQ(whole.Rest(1000, kLong), "{\n  \"a\": 1\n}");
  LineBuffer long_one;
  long_one.Put("abcdef\nghi\njkl", kNoResume);
  long_one.Finish(std::nullopt);
  EXPECT_EQ(long_one.Rest(8, kLong), "abcdef\ng");
  LineBuffer endless;
  endless.Put("abc", kNoResume);
  EXPECT_EQ(endless.Rest(1000, kMillisecond), "abc");
}

TEST(BodyBufferTest, WholeOrNotAtAll) {
  BodyBuffer whole(10);
  EXPECT_EQ(whole.Put("01234", kNoResume), Taken::kAll);
  EXPECT_EQ(whole.Put("56789", kNoResume), Taken::kAll);
  whole.Finish(std::nullopt);
  const auto body = whole.Wait(kLong);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(*body, "0123456789");

  BodyBuffer over(10);
  EXPECT_EQ(over.Put("01234", kNoResume), Taken::kAll);
  EXPECT_EQ(over.Put("567890", kNoResume), Taken::kRefused);
  EXPECT_EQ(over.Wait(kLong).error().failure, Failure::kMalformed);

  BodyBuffer cut(10);
  cut.Finish(LocalError(Failure::kCut, "x"));
  EXPECT_EQ(cut.Wait(kLong).error().failure, Failure::kCut);

  BodyBuffer late(10);
  EXPECT_EQ(late.Wait(kMillisecond).error().failure, Failure::kTimeout);
}

}  // namespace
}  // namespace clockwork::kube
