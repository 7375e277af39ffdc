#pragma once

// As much of HTTP/1.1 as clients of an API server use: requests in, answers and chunks out. Pure.

#include <map>
#include <string>
#include <string_view>

namespace clockwork::testing {

struct HttpMessage {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool keep_alive = true;

  std::string Header(const std::string& lower_case_name) const;
};

enum class ParseState { kIncomplete, kComplete, kBad };

// Takes the first whole request off the front of `buffer`. kBad: the connection is beyond repair.
// `wants_continue` is set when the peer waits for "100 Continue" before it sends the body.
ParseState TakeRequest(std::string* buffer, HttpMessage* request, bool* wants_continue);

std::string EncodeAnswer(int code, std::string_view body, int retry_after_seconds, bool keep_alive);
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
inline constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
std::string EncodeChunk(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace clockwork::testing
