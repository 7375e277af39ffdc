#include "operator/kube/cpprest_transport.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <boost/asio/ssl.hpp>

#include "images/common/base/clock.h"
#include "operator/kube/client.h"
#include "operator/kube/cpprest_exchange.h"

namespace clockwork::kube {
namespace {

using web::http::client::http_client;
using web::http::client::http_client_config;

// The library's own limit for a watch, which it would hold against a slow reader too: out of the
// way. WaitForHead and LineBuffer::Next bound the waits.
constexpr std::chrono::hours kWatchLibraryLimit{24};
// Of an answer that refuses to be a stream.
constexpr std::size_t kMaxRefusalBytes = 1U << 20;

// A peer that vanished without a word is noticed after 30 + 3 * 10 s (client-go: 30 s).
constexpr int kKeepaliveIdleSeconds = 30;
constexpr int kKeepaliveIntervalSeconds = 10;
constexpr int kKeepaliveProbes = 3;
constexpr int kUnacknowledgedLimitMs = 60'000;

// What each new connection needs; outlives the transport while the library keeps one.
struct TlsSetup {
  std::string peer;  // to verify; empty: nothing
  std::unique_ptr<TlsSource> source;
  std::shared_ptr<VerificationLog> log = std::make_shared<VerificationLog>();

  void Apply(SSL_CTX* context) const {
    if (!source->Current()->Apply(context) || !VerifyServer(context, peer, log))
      throw std::runtime_error("OpenSSL refuses the credentials");
  }
};

void KeepAlive(boost::asio::ip::tcp::socket* socket, int family) {
  using boost::asio::ip::tcp;
  // The library calls this before it connects, so the socket is opened here; only where the kind of
  // address is known.
  boost::system::error_code ignored;
  if (!socket->is_open()) socket->open(family == AF_INET6 ? tcp::v6() : tcp::v4(), ignored);
  const int fd = socket->native_handle();
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  const std::pair<int, int> options[] = {{TCP_KEEPIDLE, kKeepaliveIdleSeconds},
                                         {TCP_KEEPINTVL, kKeepaliveIntervalSeconds},
                                         {TCP_KEEPCNT, kKeepaliveProbes},
                                         {TCP_USER_TIMEOUT, kUnacknowledgedLimitMs}};
  for (const auto& [option, value] : options)
    ::setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value);
}

http_client_config Configure(const ServerAddress& address, bool name_given,
                             const std::shared_ptr<const TlsSetup>& tls,
                             std::chrono::nanoseconds limit) {
  http_client_config config;
  config.set_max_redirects(0);  // a redirect would carry the token to another host
  config.set_timeout(limit);
  const int family = FamilyOf(address.host);
  const bool literal = family != AF_UNSPEC;
  if (literal) {
    config.set_nativehandle_options([is_tls = address.tls, family](void* handle) {
      using boost::asio::ip::tcp;
      KeepAlive(is_tls ? &static_cast<boost::asio::ssl::stream<tcp::socket&>*>(handle)->next_layer()
                       : static_cast<tcp::socket*>(handle),
                family);
    });
  }
  if (!address.tls) return config;
  config.set_validate_certificates(!tls->peer.empty());
  config.set_tlsext_sni_enabled(name_given || !literal);
  config.set_ssl_context_callback(
      [tls](boost::asio::ssl::context& context) { tls->Apply(context.native_handle()); });
  return config;
}

ApiError ShutDown() { return LocalError(Failure::kCancelled, "the client was shut down"); }

class CpprestLines final : public LineStream {
 public:
  CpprestLines(std::shared_ptr<ExchangeSet> all, std::shared_ptr<Exchange> exchange,
               std::shared_ptr<LineBuffer> buffer, Nanos idle_limit_ns)
      : all_(std::move(all)),
        exchange_(std::move(exchange)),
        buffer_(std::move(buffer)),
        idle_limit_ns_(idle_limit_ns) {}
  ~CpprestLines() override {
    Cancel();
    all_->Remove(exchange_);
  }

  Outcome<std::optional<std::string>> Next() override {
    auto line = buffer_->Next(idle_limit_ns_);
    if (!line.ok()) exchange_->Abort(line.error());
    return line;
  }

  void Cancel() override {
    buffer_->Cancel();
    exchange_->Abort(ShutDown());
  }

 private:
  const std::shared_ptr<ExchangeSet> all_;
  const std::shared_ptr<Exchange> exchange_;
  const std::shared_ptr<LineBuffer> buffer_;
  const Nanos idle_limit_ns_;
};

class CpprestTransport final : public HttpTransport {
 public:
  CpprestTransport(const ClientConfig& config, const ServerAddress& address,
                   TransportOptions options, const std::shared_ptr<const TlsSetup>& tls,
                   std::shared_ptr<ExecSource> exec)
      : options_(std::move(options)),
        prefix_(address.path),
        host_header_(HostHeader(config, address)),
        log_(tls->log),
        tokens_(config, options_.read_file, options_.now, std::move(exec)),
        crud_(Base(address), Configure(address, !config.tls_server_name.empty(), tls,
                                       std::chrono::nanoseconds(options_.step_limit_ns))),
        watch_(Base(address),
               Configure(address, !config.tls_server_name.empty(), tls, kWatchLibraryLimit)) {}
  ~CpprestTransport() override { Shutdown(); }
  CpprestTransport(const CpprestTransport&) = delete;
  CpprestTransport& operator=(const CpprestTransport&) = delete;

  Outcome<HttpResponse> Send(const HttpRequest& request) override {
    const std::string token = tokens_.Token();
    auto response = SendAs(token, request);
    if (!response.ok() || response->status != 401 || !tokens_.Renew(token)) return response;
    return SendAs(tokens_.Token(), request);
  }

  Outcome<std::unique_ptr<LineStream>> Open(const HttpRequest& request,
                                            Nanos idle_limit_ns) override {
    const std::string token = tokens_.Token();
    auto stream = OpenAs(token, request, idle_limit_ns);
    if (stream.ok() || stream.error().code != 401 || !tokens_.Renew(token)) return stream;
    return OpenAs(tokens_.Token(), request, idle_limit_ns);
  }

  void Shutdown() override { all_->AbortAll(ShutDown()); }

 private:
  // An IPv6 address stands without brackets: the library hands what it finds to the resolver as it
  // is, and takes what follows the last colon for the port, which is always there.
  static std::string Base(const ServerAddress& address) {
    return fmt::format("{}://{}:{}", address.tls ? "https" : "http", address.host, address.port);
  }

  static std::string HostHeader(const ClientConfig& config, const ServerAddress& address) {
    if (!config.tls_server_name.empty() || FamilyOf(address.host) != AF_INET6)
      return config.tls_server_name;
    return fmt::format("[{}]:{}", address.host, address.port);
  }

  Outcome<web::http::http_request> Build(const std::string& token,
                                         const HttpRequest& request) const {
    try {
      web::http::http_request built(request.method);
      built.set_request_uri(prefix_ + request.target);
      auto& headers = built.headers();
      headers.add("Accept", "application/json");
      headers.add("User-Agent", options_.user_agent);
      // TLS asks for this name, unless the server's address is a literal.
      if (!host_header_.empty()) headers.add("Host", host_header_);
      if (!token.empty()) headers.add("Authorization", "Bearer " + token);
      if (!request.content_type.empty()) built.set_body(request.body, request.content_type);
      return built;
    } catch (...) {
      return ErrorOf(std::current_exception(), log_.get());
    }
  }

  Outcome<HttpResponse> SendAs(const std::string& token, const HttpRequest& request) {
    auto built = Build(token, request);
    if (!built.ok()) return built.error();
    const auto buffer = std::make_shared<BodyBuffer>(options_.max_answer_bytes);
    const auto exchange = std::make_shared<Exchange>(buffer, log_);
    if (!all_->Add(exchange)) return ShutDown();
    exchange->Start(&crud_, *built);
    auto body = buffer->Wait(options_.request_limit_ns);
    all_->Remove(exchange);
    if (!body.ok()) {
      exchange->Abort(body.error());
      return body.error();
    }
    const auto head = exchange->WaitForHead(0);  // there before the body
    if (!head.ok()) return head.error();
    return HttpResponse{head->status, std::move(*body), head->retry_after_ns};
  }

  Outcome<std::unique_ptr<LineStream>> OpenAs(const std::string& token, const HttpRequest& request,
                                              Nanos idle_limit_ns) {
    auto built = Build(token, request);
    if (!built.ok()) return built.error();
    const auto buffer =
        std::make_shared<LineBuffer>(LineBuffer::kMaxQueuedBytes, options_.max_line_bytes);
    const auto exchange = std::make_shared<Exchange>(buffer, log_);
    if (!all_->Add(exchange)) return ShutDown();
    exchange->Start(&watch_, *built);
    auto stream = std::make_unique<CpprestLines>(all_, exchange, buffer, idle_limit_ns);
    const auto head = exchange->WaitForHead(options_.request_limit_ns);
    if (!head.ok()) return head.error();
    if (head->status == 200) return std::unique_ptr<LineStream>(std::move(stream));
    return DecodeStatus({head->status, buffer->Rest(kMaxRefusalBytes, options_.request_limit_ns),
                         head->retry_after_ns});
  }

  const TransportOptions options_;
  const std::string prefix_;       // the server's path
  const std::string host_header_;  // empty: the library's
  const std::shared_ptr<VerificationLog> log_;
  const std::shared_ptr<ExchangeSet> all_ = std::make_shared<ExchangeSet>();
  TokenSource tokens_;
  http_client crud_;
  http_client watch_;
};

}  // namespace

void PrepareProcessForCpprest() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Before the pool, so that at exit the pool's connections are gone before OpenSSL cleans up.
    OPENSSL_init_ssl(0, nullptr);
    ::setenv("SSL_CERT_FILE", "/dev/null", 1);
    ::setenv("SSL_CERT_DIR", "/nonexistent", 1);
    try {
      crossplat::threadpool::initialize_with_threads(kTransportThreads);
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
      // Somebody else's pool is there already; it serves as well.
    }
    // At exit the library joins its threads, and now and then one of them waits for a task that
    // only another of them could run: the process would never end. Nothing of it is needed then.
    ::on_exit(
        [](int status, void*) {
          std::fflush(nullptr);
          ::_exit(status);
        },
        nullptr);
  });
}

namespace {

// Null when the configuration names no program.
Result<std::shared_ptr<ExecSource>> OpenExec(const ClientConfig& config,
                                             const TransportOptions& options) {
  if (config.exec.command.empty()) return std::shared_ptr<ExecSource>();
  std::string ca = config.ca.data;
  if (ca.empty() && !config.ca.file.empty() && config.exec.provide_cluster_info) {
    auto text = options.read_file(config.ca.file);
    if (!text.ok()) return text.error();
    ca = std::move(*text);
  }
  return ExecSource::Open(config, ca, options.run_exec, options.now);
}

}  // namespace

Result<std::unique_ptr<HttpTransport>> MakeCpprestTransport(const ClientConfig& config,
                                                            const TransportOptions& options) {
  if (Status status = CheckClientConfig("API server", config); !status.ok()) return status.error();
  const auto address = ParseServerAddress(config.server);
  if (!address.ok()) return address.error();
  TransportOptions whole = options;
  if (!whole.read_file) whole.read_file = CredentialFileReader();
  if (!whole.now) whole.now = NowNs;
  if (!whole.run_exec) {
    whole.run_exec = [](const ExecPlugin& plugin, const std::string& info) {
      return RunExecPlugin(plugin, info);
    };
  }
  PrepareProcessForCpprest();
  auto tls = std::make_shared<TlsSetup>();
  if (!config.insecure)
    tls->peer = config.tls_server_name.empty() ? address->host : config.tls_server_name;
  auto exec = OpenExec(config, whole);
  if (!exec.ok()) return exec.error();
  auto source = TlsSource::Open(config, whole.read_file, whole.now, *exec);
  if (!source.ok()) return source.error();
  tls->source = std::move(*source);
  try {
    return std::unique_ptr<HttpTransport>(std::make_unique<CpprestTransport>(
        config, *address, std::move(whole), std::move(tls), std::move(*exec)));
  } catch (const std::exception& error) {
    return UsageError(fmt::format("server {}: {}", config.server, error.what()));
  }
}

}  // namespace clockwork::kube
