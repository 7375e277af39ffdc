#pragma once

// What the tests of the transport share: scripts of servers, and short ways to ask.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "operator/kube/cpprest_transport.h"
#include "tests/support/scripted_http_server.h"

namespace clockwork::kube {

using testing::Chunk;
using testing::HeaderOf;
using testing::HttpAnswer;
using testing::kChunkedHead;
using testing::kLastChunk;
using testing::ScriptedConnection;
using testing::ScriptedHttpServer;

inline constexpr Nanos kLong = 60 * kSecond;  // reached by a broken run only
inline constexpr Nanos kShort = 200 * kMillisecond;

inline std::unique_ptr<HttpTransport> Transport(const ClientConfig& config,
                                                TransportOptions options = {}) {
  auto transport = MakeCpprestTransport(config, options);
  EXPECT_TRUE(transport.ok()) << transport.error().message;
  return std::move(*transport);
}

inline ClientConfig At(const std::string& url) {
  ClientConfig config;
  config.server = url;
  return config;
}

inline HttpRequest Get(std::string target) { return {"GET", std::move(target), {}, {}}; }

// Answers each request of every connection with the same bytes.
inline ScriptedHttpServer::Script Always(std::string answer) {
  return [answer = std::move(answer)](ScriptedConnection& connection) {
    while (connection.ReadRequest()) connection.Send(answer);
  };
}

// Sends `bytes` once and closes.
inline ScriptedHttpServer::Script Once(std::string bytes) {
  return [bytes = std::move(bytes)](ScriptedConnection& connection) {
    connection.ReadRequest();
    connection.Send(bytes);
  };
}

// The lines of a stream and how it ended: "end", or the failure's description.
inline std::vector<std::string> Drain(LineStream* stream) {
  std::vector<std::string> lines;
  while (true) {
    auto line = stream->Next();
    if (!line.ok()) {
      lines.push_back("failure " + std::to_string(static_cast<int>(line.error().failure)));
      return lines;
    }
    if (!*line) {
      lines.emplace_back("end");
      return lines;
    }
    lines.push_back(std::move(**line));
  }
}

inline std::string Failed(Failure failure) {
  return "failure " + std::to_string(static_cast<int>(failure));
}

inline ScriptedHttpServer::Script Silent(std::string before) {
  return [before = std::move(before)](ScriptedConnection& connection) {
    connection.ReadRequest();
    connection.Send(before);
    connection.WaitForClose();
  };
}

// Accepts one token only.
inline ScriptedHttpServer::Script Expect(const std::string& token, const std::string& answer) {
  return [token, answer](ScriptedConnection& connection) {
    while (const auto request = connection.ReadRequest()) {
      const bool known = HeaderOf(*request, "Authorization") == "Bearer " + token;
      connection.Send(known ? answer : HttpAnswer(401, R"({"kind":"Status","code":401})"));
    }
  };
}

}  // namespace clockwork::kube
