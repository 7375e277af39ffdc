#include "tests/unit/support/http_caller.h"

#include <fmt/format.h>

#include <utility>

namespace clockwork::testing {

bool HttpCaller::Send(std::string_view method, std::string_view target, std::string_view body) {
  if (!client_) {
    auto connected = TcpClient::Connect(port_);
    if (!connected) return false;
    client_.emplace(*std::move(connected));
  }
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {}\r\n",
                                    method, target, user_agent);
  if (!token.empty()) request += fmt::format("Authorization: Bearer {}\r\n", token);
  if (!body.empty()) {
    request += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", content_type, body.size());
  }
  request.append("\r\n").append(body);
  lines_.clear();
  ended_in_order_ = false;
  return client_->Send(request);
}

std::optional<std::string> HttpCaller::ReadHeadLine() {
  std::string line;
  while (!line.ends_with("\r\n")) {
    const auto byte = client_->Read(1);
    if (!byte) return std::nullopt;
    line += *byte;
  }
  line.resize(line.size() - 2);
  return line;
}

std::optional<HttpReply> HttpCaller::Receive() {
  HttpReply reply;
  const auto status = client_ ? ReadHeadLine() : std::nullopt;
  if (!status || status->size() < 12) {
    client_.reset();
    return std::nullopt;
  }
  reply.code = std::stoi(status->substr(9, 3));
  while (true) {
    const auto line = ReadHeadLine();
    if (!line) return std::nullopt;
    if (line->empty()) break;
    const std::size_t colon = line->find(": ");
    reply.headers[line->substr(0, colon)] = line->substr(colon + 2);
  }
  if (reply.headers.contains("Content-Length")) {
    auto body = client_->Read(std::stoul(reply.headers.at("Content-Length")));
    if (!body) return std::nullopt;
    reply.body = *std::move(body);
  }
  if (reply.headers.contains("Connection")) client_.reset();
  return reply;
}

std::optional<HttpReply> HttpCaller::Call(std::string_view method, std::string_view target,
                                          std::string_view body) {
  if (!Send(method, target, body)) return std::nullopt;
  return Receive();
}

std::optional<HttpReply> HttpCaller::Call(std::string_view method, std::string_view target,
                                          const nlohmann::json& body) {
  return Call(method, target, std::string_view(body.dump()));
}

std::optional<std::string> HttpCaller::NextLine() {
  while (true) {
    const std::size_t end = lines_.find('\n');
    if (end != std::string::npos) {
      std::string line = lines_.substr(0, end);
      lines_.erase(0, end + 1);
      return line;
    }
    const auto size_line = client_ ? ReadHeadLine() : std::nullopt;
    if (!size_line) return std::nullopt;
    const std::size_t size = std::stoul(*size_line, nullptr, 16);
    const auto chunk = client_->Read(size + 2);
    if (!chunk) return std::nullopt;
    ended_in_order_ = size == 0;
    if (ended_in_order_) return std::nullopt;
    lines_.append(*chunk, 0, size);
  }
}

nlohmann::json HttpCaller::NextEvent() {
  const auto line = NextLine();
  return line ? nlohmann::json::parse(*line, nullptr, false) : nlohmann::json();
}

}  // namespace clockwork::testing
