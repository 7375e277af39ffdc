#pragma once

// HTTP/1.1 over a TcpClient, for tests of servers: one connection, one request at a time.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/support/tcp_client.h"

namespace clockwork::testing {

struct HttpReply {
  int code = 0;
  std::map<std::string, std::string> headers;  // names as they came
  std::string body;                            // of a chunked answer: nothing yet
  nlohmann::json Json() const { return nlohmann::json::parse(body, nullptr, false); }
};

class HttpCaller {
 public:
  // Connects on the first request, and again after the server has closed.
  explicit HttpCaller(std::uint16_t port) : port_(port) {}

  std::string content_type = "application/json";  // of requests with a body
  std::string token;                              // empty: none
  std::string user_agent = "test";

  // False when the connection could not be had.
  bool Send(std::string_view method, std::string_view target, std::string_view body = {});
  // Nothing when the server closes before the whole answer is there.
  std::optional<HttpReply> Receive();
  // Send and Receive.
  std::optional<HttpReply> Call(std::string_view method, std::string_view target,
                                std::string_view body = {});
  std::optional<HttpReply> Call(std::string_view method, std::string_view target,
                                const nlohmann::json& body);
  // The next line of a chunked answer, without its line feed. Nothing: the answer is over, in order
  // (then `ended_in_order`) or not.
  std::optional<std::string> NextLine();
  // The next line as JSON; null when there is none.
  nlohmann::json NextEvent();

  bool ended_in_order() const { return ended_in_order_; }
  // What came after the last whole line.
  const std::string& rest() const { return lines_; }
  std::optional<TcpClient>& connection() { return client_; }
  void Close() { client_.reset(); }

 private:
  std::optional<std::string> ReadHeadLine();

  const std::uint16_t port_;
  std::optional<TcpClient> client_;
  std::string lines_;
  bool ended_in_order_ = false;
};

}  // namespace clockwork::testing
