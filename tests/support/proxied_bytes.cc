#include "tests/support/proxied_bytes.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "tests/support/fake_api/resource_kind.h"
#include "tests/support/fake_api/target.h"

namespace clockwork::testing {
namespace {

constexpr std::size_t kReadBytes = 64U << 10;

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::string VerbOf(const HttpMessage& request, const Target& target) {
  if (request.method == "GET") {
    if (target.Flag("watch")) return "WATCH";
    return target.kind != nullptr && target.name.empty() ? "LIST" : "GET";
  }
  if (request.method == "DELETE" && target.name.empty()) return "DELETECOLLECTION";
  return request.method;
}

}  // namespace

int ListenOnLoopback(std::uint16_t* port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || ::bind(fd, generic, size) != 0 || ::listen(fd, SOMAXCONN) != 0 ||
      ::getsockname(fd, generic, &size) != 0) {
    std::perror("listen on 127.0.0.1");
    std::abort();
  }
  *port = ntohs(address.sin_port);
  return fd;
}

int ConnectToLoopback(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const sockaddr_in address = Loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
  ::close(fd);
  return -1;
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ReadSome(int fd, std::string* bytes) {
  std::array<char, kReadBytes> buffer;
  ssize_t count = 0;
  do {
    count = ::recv(fd, buffer.data(), buffer.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  bytes->append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

bool PeerIsGone(int fd) {
  pollfd look{fd, POLLIN | POLLRDHUP, 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void ResetOnClose(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

Call CallOf(const HttpMessage& request) {
  static const std::vector<ResourceKind> kKinds = DefaultKinds();
  Call call;
  call.method = request.method;
  call.user_agent = request.Header("user-agent");
  call.body = request.body;
  const auto target = ParseTarget(request.target, kKinds);
  if (!target) return call;
  call.path = target->path;
  call.query = target->query;
  call.verb = VerbOf(request, *target);
  if (target->kind == nullptr) return call;
  call.group = target->kind->group;
  call.resource = target->kind->plural;
  if (!target->subresource.empty()) call.resource += "/" + target->subresource;
  call.name_space = target->name_space;
  call.name = target->name;
  return call;
}

std::string EncodeRequest(const HttpMessage& request) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  for (const auto& [name, value] : request.headers) {
    // Of this connection, not of the request.
    if (name == "connection" || name == "keep-alive" || name == "expect" ||
        name == "transfer-encoding" || name == "content-length") {
      continue;
    }
    text += fmt::format("{}: {}\r\n", name, value);
  }
  if (request.method != "GET") text += fmt::format("Content-Length: {}\r\n", request.body.size());
  return text + "Connection: close\r\n\r\n" + request.body;
}

int CodeOf(std::string_view answer) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  int code = 0;
  if (!answer.starts_with("HTTP/1.") || answer.size() < kVersion.size() + 3) return 0;
  answer = answer.substr(kVersion.size(), 3);
  std::from_chars(answer.data(), answer.data() + answer.size(), code);
  return code;
}

}  // namespace clockwork::testing
