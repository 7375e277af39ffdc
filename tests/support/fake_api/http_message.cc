#include "tests/support/fake_api/http_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "tests/support/fake_api/fake_api_server.h"

namespace clockwork::testing {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::size_t> ParseNumber(std::string_view text, int base) {
  std::size_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value, base);
  if (text.empty() || parsed.ptr != end || parsed.ec != std::errc()) return std::nullopt;
  return value;
}

bool ParseHead(std::string_view head, HttpMessage* request) {
  std::size_t end = head.find("\r\n");
  std::string_view line = head.substr(0, end);
  const std::size_t first = line.find(' ');
  const std::size_t second = line.rfind(' ');
  if (first == std::string_view::npos || first == second) return false;
  request->method = line.substr(0, first);
  request->target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!version.starts_with("HTTP/1.")) return false;
  while (end != std::string_view::npos) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    line = head.substr(0, end);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    request->headers[Lower(line.substr(0, colon))] = Trim(line.substr(colon + 1));
  }
  const std::string connection = Lower(request->Header("connection"));
  request->keep_alive = version == "HTTP/1.1" ? connection != "close" : connection == "keep-alive";
  return true;
}

// The body in chunks from `at` on; `at` is moved behind it.
ParseState TakeChunks(std::string_view buffer, std::size_t* at, std::string* body) {
  while (true) {
    const std::size_t line_end = buffer.find("\r\n", *at);
    if (line_end == std::string_view::npos) return ParseState::kIncomplete;
    std::string_view line = buffer.substr(*at, line_end - *at);
    const auto size = ParseNumber(line.substr(0, line.find(';')), 16);
    if (!size || *size > kMaxRequestBodyBytes || body->size() > kMaxRequestBodyBytes) {
      return ParseState::kBad;
    }
    const std::size_t next = line_end + 2 + *size + 2;
    if (buffer.size() < next) return ParseState::kIncomplete;
    body->append(buffer.substr(line_end + 2, *size));
    *at = next;
    if (*size == 0) return ParseState::kComplete;
  }
}

std::string_view ReasonPhrase(int code) {
  switch (code) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Request Entity Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

}  // namespace

std::string HttpMessage::Header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::string() : found->second;
}

ParseState TakeRequest(std::string* buffer, HttpMessage* request, bool* wants_continue) {
  *wants_continue = false;
  *request = {};
  const std::size_t head_end = buffer->find("\r\n\r\n");
  if (head_end == std::string::npos) {
    return buffer->size() > kMaxRequestHeadBytes ? ParseState::kBad : ParseState::kIncomplete;
  }
  if (!ParseHead(std::string_view(*buffer).substr(0, head_end), request)) return ParseState::kBad;
  std::size_t at = head_end + 4;
  ParseState state = ParseState::kComplete;
  if (Lower(request->Header("transfer-encoding")) == "chunked") {
    state = TakeChunks(*buffer, &at, &request->body);
  } else if (request->headers.contains("content-length")) {
    const auto length = ParseNumber(request->Header("content-length"), 10);
    if (!length || *length > kMaxRequestBodyBytes) return ParseState::kBad;
    if (buffer->size() < at + *length) {
      state = ParseState::kIncomplete;
    } else {
      request->body = buffer->substr(at, *length);
      at += *length;
    }
  }
  if (state == ParseState::kComplete) buffer->erase(0, at);
  *wants_continue = state == ParseState::kIncomplete && buffer->size() == head_end + 4 &&
                    Lower(request->Header("expect")) == "100-continue";
  return state;
}

std::string EncodeAnswer(int code, std::string_view body, int retry_after_seconds,
                         bool keep_alive) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
                  code, ReasonPhrase(code), body.size());
  if (retry_after_seconds > 0) head += fmt::format("Retry-After: {}\r\n", retry_after_seconds);
  if (!keep_alive) head += "Connection: close\r\n";
  return head.append("\r\n").append(body);
}

std::string EncodeChunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace clockwork::testing
