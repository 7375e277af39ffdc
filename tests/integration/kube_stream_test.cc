// Streams over real sockets: lines, back-pressure, ends of all kinds, cancellation.

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "images/common/base/file.h"
#include "tests/integration/kube_transport_setup.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::kube {
namespace {

TEST(KubeStream, StreamsDeliverWholeLines) {
  struct Case {
    const char* what;
    std::string chunks;
    std::vector<std::string> lines;
  };
  const std::string last(kLastChunk);
  const std::string eight_megabytes(kMaxLineBytes, 'x');
  const std::vector<Case> cases = {
      {"one per chunk", Chunk("a\n") + Chunk("b\n") + last, {"a", "b", "end"}},
      {"several in a chunk", Chunk("a\nb\nc\n") + last, {"a", "b", "c", "end"}},
      {"one over several chunks",
       Chunk("a") + Chunk("b") + Chunk("c\nd\n") + last,
       {"abc", "d", "end"}},
      {"a character over two chunks",
       Chunk("\xE2\x82") + Chunk("\xAC\n") + last,
       {"\xE2\x82\xAC", "end"}},
      {"nothing", last, {"end"}},
      {"the longest line", Chunk(eight_megabytes) + Chunk("\n") + last, {eight_megabytes, "end"}},
      {"ended in order in the middle of a line",
       Chunk("a\nb") + last,
       {"a", Failed(Failure::kCut)}},
      {"closed between chunks", Chunk("a\n"), {"a", Failed(Failure::kCut)}},
      {"closed in the middle of a line", Chunk("a\n") + Chunk("b"), {"a", Failed(Failure::kCut)}},
      {"closed in a chunk", Chunk("a\n") + "20\r\nb\n", {"a", Failed(Failure::kCut)}},
      {"chunks that are none", Chunk("a\n") + "zz\r\nb\n", {"a", Failed(Failure::kCut)}},
      {"a line over the limit",
       Chunk("a\n") + Chunk(eight_megabytes) + Chunk("x"),
       {"a", Failed(Failure::kMalformed)}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    ScriptedHttpServer server(Once(std::string(kChunkedHead) + c.chunks));
    const auto transport = Transport(At(server.url()));
    const auto stream = transport->Open(Get("/watch"), kLong);
    ASSERT_TRUE(stream.ok()) << Describe(stream.error());
    EXPECT_EQ(Drain(stream->get()), c.lines);
    EXPECT_EQ(Drain(stream->get()), std::vector<std::string>{c.lines.back()}) << "ends once more";
  }
}

TEST(KubeStream, AnAnswerThatIsNoStreamIsAnError) {
  struct Case {
    int status;
    std::string body;
    Failure failure;
    std::string message;
  };
  const std::vector<Case> cases = {
      {410, R"({"kind":"Status","reason":"Expired","code":410,"message":"too old"})",
       Failure::kGone, "too old"},
      {403, R"({"kind":"Status","reason":"Forbidden","message":"pods is forbidden"})",
       Failure::kForbidden, "pods is forbidden"},
      {500, "first\nsecond", Failure::kServer, "first second"},
      {429, R"({"kind":"Status","message":"later"})", Failure::kTooManyRequests, "later"},
      {204, "", Failure::kMalformed, "the server gave no explanation"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.status);
    ScriptedHttpServer server(Always(HttpAnswer(c.status, c.body, "Retry-After: 2\r\n")));
    const auto transport = Transport(At(server.url()));
    const auto stream = transport->Open(Get("/watch"), kLong);
    ASSERT_FALSE(stream.ok());
    EXPECT_EQ(stream.error().failure, c.failure);
    EXPECT_EQ(stream.error().code, c.status);
    EXPECT_EQ(stream.error().message, c.message);
    EXPECT_EQ(stream.error().retry_after_ns, 2 * kSecond);
  }
}

TEST(KubeStream, SilenceEndsAStream) {
  ScriptedHttpServer server(Silent(std::string(kChunkedHead) + Chunk("a\n")));
  const auto transport = Transport(At(server.url()));
  const auto stream = transport->Open(Get("/watch"), 2 * kSecond);  // "a" may be late, too
  ASSERT_TRUE(stream.ok()) << Describe(stream.error());
  EXPECT_EQ(Drain(stream->get()), (std::vector<std::string>{"a", Failed(Failure::kTimeout)}));
}

TEST(KubeStream, ALineThatDripsIsSilence) {
  ScriptedHttpServer server([](ScriptedConnection& connection) {
    connection.ReadRequest();
    connection.Send(kChunkedHead);
    connection.Drip(Chunk("x"), std::chrono::milliseconds(20));
  });
  const auto transport = Transport(At(server.url()));
  const auto stream = transport->Open(Get("/watch"), kShort);
  ASSERT_TRUE(stream.ok()) << Describe(stream.error());
  EXPECT_EQ(Drain(stream->get()), std::vector<std::string>{Failed(Failure::kTimeout)});
}

TEST(KubeStream, AHeadThatDoesNotComeEndsTheOpening) {
  ScriptedHttpServer server(Silent(""));
  TransportOptions options;
  options.request_limit_ns = kShort;
  const auto transport = Transport(At(server.url()), options);
  const auto stream = transport->Open(Get("/watch"), kLong);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().failure, Failure::kTimeout);
}

TEST(KubeStream, CancelEndsAWaitingReader) {
  ScriptedHttpServer server(Silent(std::string(kChunkedHead) + Chunk("a\n")));
  const auto transport = Transport(At(server.url()));
  const auto stream = transport->Open(Get("/watch"), kLong);
  ASSERT_TRUE(stream.ok());
  ASSERT_TRUE((*stream)->Next().ok());
  auto rest = std::async(std::launch::async, [&] { return Drain(stream->get()); });
  (*stream)->Cancel();
  (*stream)->Cancel();
  EXPECT_EQ(rest.get(), std::vector<std::string>{Failed(Failure::kCancelled)});
  EXPECT_EQ(Drain(stream->get()), std::vector<std::string>{Failed(Failure::kCancelled)});
}

TEST(KubeStream, ShutdownEndsEverythingAndForGood) {
  ScriptedHttpServer silent(Silent(""));
  ScriptedHttpServer watched(Silent(std::string(kChunkedHead)));
  const auto transport = Transport(At(silent.url()));
  const auto watching = Transport(At(watched.url()));
  const auto stream = watching->Open(Get("/watch"), kLong);
  ASSERT_TRUE(stream.ok());
  auto send = std::async(std::launch::async, [&] { return transport->Send(Get("/")); });
  auto open = std::async(std::launch::async, [&] { return transport->Open(Get("/"), kLong); });
  auto lines = std::async(std::launch::async, [&] { return Drain(stream->get()); });
  transport->Shutdown();
  watching->Shutdown();
  const auto sent = send.get();
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().failure, Failure::kCancelled);
  const auto opened = open.get();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().failure, Failure::kCancelled);
  EXPECT_EQ(lines.get(), std::vector<std::string>{Failed(Failure::kCancelled)});
  EXPECT_EQ(transport->Send(Get("/")).error().failure, Failure::kCancelled);
  EXPECT_EQ(transport->Open(Get("/"), kLong).error().failure, Failure::kCancelled);
}

TEST(KubeStream, ASlowReaderStopsTheServerAndLosesNothing) {
  constexpr int kLines = 400;
  ScriptedHttpServer server([](ScriptedConnection& connection) {
    connection.ReadRequest();
    connection.Send(kChunkedHead);
    for (int i = 0; i < kLines; ++i) {
      if (!connection.Send(Chunk(std::to_string(i) + std::string(100'000, 'x') + "\n"))) return;
    }
    connection.Send(kLastChunk);
  });
  const auto transport = Transport(At(server.url()));
  const auto stream = transport->Open(Get("/watch"), kLong);
  ASSERT_TRUE(stream.ok());
  for (int i = 0; i < kLines; ++i) {
    const auto line = (*stream)->Next();
    ASSERT_TRUE(line.ok()) << Describe(line.error());
    ASSERT_TRUE(line->has_value());
    ASSERT_TRUE((*line)->starts_with(std::to_string(i) + "x"));
  }
  const auto end = (*stream)->Next();
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end->has_value());
}

TEST(KubeStream, AStreamMayBeDroppedInTheMiddle) {
  ScriptedHttpServer server([](ScriptedConnection& connection) {
    connection.ReadRequest();
    connection.Send(kChunkedHead);
    while (connection.Send(Chunk(std::string(100'000, 'x') + "\n"))) {
    }
  });
  const auto transport = Transport(At(server.url()));
  for (int i = 0; i < 5; ++i) {
    const auto stream = transport->Open(Get("/watch"), kLong);
    ASSERT_TRUE(stream.ok());
    ASSERT_TRUE((*stream)->Next().ok());
  }
}

TEST(KubeStream, ARotatedTokenOpensAStream) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory / "token";
  ASSERT_TRUE(WriteFileAtomically(path, "first\n").ok());
  ScriptedHttpServer server(
      Expect("second", std::string(kChunkedHead) + Chunk("a\n") + std::string(kLastChunk)));
  ClientConfig config = At(server.url());
  config.token_file = path;
  const auto transport = Transport(config);
  const auto refused = transport->Open(Get("/"), kLong);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().failure, Failure::kUnauthorized);

  ASSERT_TRUE(WriteFileAtomically(path, "second\n").ok());
  const auto stream = transport->Open(Get("/"), kLong);
  ASSERT_TRUE(stream.ok()) << Describe(stream.error());
  EXPECT_EQ(Drain(stream->get()), (std::vector<std::string>{"a", "end"}));
}

}  // namespace
}  // namespace clockwork::kube
