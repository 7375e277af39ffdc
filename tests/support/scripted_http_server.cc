#include "tests/support/scripted_http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "tests/support/process.h"

namespace clockwork::testing {
namespace {

constexpr std::size_t kMaxRequestBytes = 8U << 20;
constexpr int kMaxConnections = 64;

void Require(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "scripted server: %s: %s\n", what, std::strerror(errno));
  std::abort();
}

std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> MakeContext(const ScriptedTls& tls) {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                            SSL_CTX_free);
  const auto memory = [](const std::string& text) {
    return std::unique_ptr<BIO, decltype(&BIO_free_all)>(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all);
  };
  X509* certificate =
      PEM_read_bio_X509(memory(tls.identity.certificate).get(), nullptr, nullptr, nullptr);
  EVP_PKEY* key =
      PEM_read_bio_PrivateKey(memory(tls.identity.key).get(), nullptr, nullptr, nullptr);
  Require(SSL_CTX_use_certificate(context.get(), certificate) == 1 &&
              SSL_CTX_use_PrivateKey(context.get(), key) == 1,
          "certificate");
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (!tls.client_authority.empty()) {
    X509* authority =
        PEM_read_bio_X509(memory(tls.client_authority).get(), nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority);
    X509_free(authority);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

}  // namespace

struct ScriptedHttpServer::State {
  Script script;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls{nullptr, SSL_CTX_free};
  int listener = -1;
  int stop = -1;  // readable once the server stops
  std::string host;
  std::uint16_t port = 0;
  std::thread acceptor;
  mutable std::mutex mutex;  // guards what follows
  std::vector<std::thread> scripts;
  std::vector<std::string> requests;
  int connections = 0;
};

namespace {

// Listens on a port of the system's choice, which it returns.
std::uint16_t Listen(int fd, Loopback loopback) {
  sockaddr_storage storage{};
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  const bool is_v4 = loopback == Loopback::kIpv4;
  address->sa_family = is_v4 ? AF_INET : AF_INET6;
  if (is_v4) {
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else {
    v6->sin6_addr = in6addr_loopback;
  }
  socklen_t size = is_v4 ? sizeof *v4 : sizeof *v6;
  Require(::bind(fd, address, size) == 0 && ::listen(fd, 64) == 0 &&
              ::getsockname(fd, address, &size) == 0,
          "listen");
  return ntohs(is_v4 ? v4->sin_port : v6->sin6_port);
}

// Non-blocking underneath, so that the end of the server ends every wait.
class Connection final : public ScriptedConnection {
 public:
  Connection(int fd, int number, int stop, SSL_CTX* tls,
             std::function<void(std::string)> on_request)
      : fd_(fd), number_(number), stop_(stop), on_request_(std::move(on_request)) {
    if (tls == nullptr) return;
    ssl_.reset(SSL_new(tls));
    SSL_set_fd(ssl_.get(), fd_);
    open_ = Repeat(POLLIN, [this] { return SSL_accept(ssl_.get()); }) > 0;
    if (open_) return;
    // Closed with bytes unread it would be reset, and the peer might not learn why it is refused.
    ssl_.reset();
    ::shutdown(fd_, SHUT_WR);
    WaitForClose();
  }
  ~Connection() override {
    ssl_.reset();
    ::close(fd_);
  }

  bool open() const { return open_; }
  int number() const override { return number_; }

  std::optional<std::string> ReadRequest() override {
    while (true) {
      const std::size_t head = received_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t whole =
            head + 4 + std::strtoul(HeaderOf(received_, "Content-Length").c_str(), nullptr, 10);
        if (received_.size() >= whole) {
          std::string request = received_.substr(0, whole);
          received_.erase(0, whole);
          on_request_(request);
          return request;
        }
      }
      if (received_.size() > kMaxRequestBytes || !ReadSome()) return std::nullopt;
    }
  }

  bool Send(std::string_view bytes) override {
    while (!bytes.empty()) {
      const int count = Repeat(POLLOUT, [this, bytes] {
        const int most = static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 16));
        if (ssl_) return SSL_write(ssl_.get(), bytes.data(), most);
        return static_cast<int>(
            ::send(fd_, bytes.data(), static_cast<std::size_t>(most), MSG_NOSIGNAL));
      });
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void Drip(std::string_view bytes, std::chrono::milliseconds pause) override {
    while (Send(bytes) && !Wait(POLLIN, pause)) {
    }
  }

  void WaitForClose() override {
    while (ReadSome()) {
    }
  }

  void Reset() override {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

 private:
  // True when the socket is ready or the server stops; false after `patience`.
  bool Wait(short events, std::chrono::milliseconds patience) const {
    std::array<pollfd, 2> waits = {{{fd_, events, 0}, {stop_, POLLIN, 0}}};
    return ::poll(waits.data(), waits.size(), static_cast<int>(patience.count())) > 0;
  }

  bool Stopping() const {
    pollfd wait{stop_, POLLIN, 0};
    return ::poll(&wait, 1, 0) > 0;
  }

  // Does `step` until it succeeds or fails for good; its result, 0 or less for the latter.
  // `events`: what a plain socket waits for.
  template <typename Step>
  int Repeat(short plain_events, Step step) {
    while (!Stopping()) {
      ERR_clear_error();
      const int result = step();
      if (result > 0) return result;
      short events = 0;
      if (ssl_) {
        const int why = SSL_get_error(ssl_.get(), result);
        events = why == SSL_ERROR_WANT_READ ? POLLIN : why == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
      } else if (result < 0 && (errno == EAGAIN || errno == EINTR)) {
        events = plain_events;
      }
      if (events == 0 || !Wait(events, kPatience)) return 0;
    }
    return 0;
  }

  bool ReadSome() {
    std::array<char, 16384> chunk;
    const int count = Repeat(POLLIN, [this, &chunk] {
      if (ssl_) return SSL_read(ssl_.get(), chunk.data(), static_cast<int>(chunk.size()));
      return static_cast<int>(::recv(fd_, chunk.data(), chunk.size(), 0));
    });
    if (count <= 0) return false;
    received_.append(chunk.data(), static_cast<std::size_t>(count));
    return true;
  }

  const int fd_;
  const int number_;
  const int stop_;
  const std::function<void(std::string)> on_request_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  bool open_ = true;
  std::string received_;
};

}  // namespace

bool HasIpv6() {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool has =
      fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  if (fd >= 0) ::close(fd);
  return has;
}

ScriptedHttpServer::ScriptedHttpServer(Script script, std::optional<ScriptedTls> tls,
                                       Loopback loopback)
    : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.script = std::move(script);
  if (tls) state.tls = MakeContext(*tls);
  state.stop = ::eventfd(0, EFD_CLOEXEC);
  const bool is_v4 = loopback == Loopback::kIpv4;
  state.host = is_v4 ? "127.0.0.1" : "[::1]";
  state.listener = ::socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  state.port = Listen(state.listener, loopback);
  state.acceptor = std::thread([&state] {
    while (true) {
      std::array<pollfd, 2> waits = {{{state.listener, POLLIN, 0}, {state.stop, POLLIN, 0}}};
      if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
      if (waits[1].revents != 0) return;
      const int fd = ::accept4(state.listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) continue;
      const std::lock_guard lock(state.mutex);
      const int number = state.connections++;
      Require(number < kMaxConnections, "more connections than any test makes");
      state.scripts.emplace_back([&state, fd, number] {
        Connection connection(fd, number, state.stop, state.tls.get(), [&state](std::string text) {
          const std::lock_guard inner(state.mutex);
          state.requests.push_back(std::move(text));
        });
        if (connection.open()) state.script(connection);
      });
    }
  });
}

ScriptedHttpServer::~ScriptedHttpServer() {
  const std::uint64_t one = 1;
  Require(::write(state_->stop, &one, sizeof one) == sizeof one, "stop");
  state_->acceptor.join();
  for (std::thread& script : state_->scripts) script.join();
  ::close(state_->listener);
  ::close(state_->stop);
}

std::uint16_t ScriptedHttpServer::port() const { return state_->port; }

std::string ScriptedHttpServer::url() const {
  return fmt::format("{}://{}:{}", state_->tls ? "https" : "http", state_->host, state_->port);
}

std::vector<std::string> ScriptedHttpServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

int ScriptedHttpServer::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections;
}

std::string HeaderOf(std::string_view request, std::string_view name) {
  const std::string_view head = request.substr(0, request.find("\r\n\r\n"));
  const std::string start = fmt::format("\r\n{}:", name);
  const std::size_t found = head.find(start);
  if (found == std::string_view::npos) return {};
  std::string_view value = head.substr(found + start.size());
  value = value.substr(0, value.find("\r\n"));
  while (value.starts_with(' ')) value.remove_prefix(1);
  return std::string(value);
}

std::string HttpAnswer(int status, std::string_view body, std::string_view more_headers) {
  return fmt::format(
      "HTTP/1.1 {} Whatever\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}",
      status, more_headers, body.size(), body);
}

std::string Chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace clockwork::testing
