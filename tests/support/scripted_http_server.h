#pragma once

// An HTTP(S) server on 127.0.0.1 (or ::1) that says exactly the bytes which a test wants, right or
// wrong. It knows no HTTP but where a request ends. Each connection runs the script on a thread of
// its own; every wait of a script ends when the peer closes, when the server stops or at kPatience.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/certificates.h"

namespace clockwork::testing {

// The server's end of one connection. For the script's thread.
class ScriptedConnection {
 public:
  virtual ~ScriptedConnection() = default;
  // Which one of the server's connections it is, from 0.
  virtual int number() const = 0;
  // The next request, head and body as they came; nothing when the peer closed.
  virtual std::optional<std::string> ReadRequest() = 0;
  // False when the peer has closed.
  virtual bool Send(std::string_view bytes) = 0;
  // The same bytes again and again, with a pause after each time, until the peer closes.
  virtual void Drip(std::string_view bytes, std::chrono::milliseconds pause) = 0;
  // Says nothing until the peer closes.
  virtual void WaitForClose() = 0;
  // Ends the connection with a reset. (A script that returns ends it with a FIN, and over TLS
  // without a close_notify.)
  virtual void Reset() = 0;
};

struct ScriptedTls {
  IssuedCertificate identity;
  std::string client_authority;  // PEM; empty: no client certificate is asked for
};

enum class Loopback { kIpv4, kIpv6 };
bool HasIpv6();  // whether this machine has ::1

class ScriptedHttpServer {
 public:
  using Script = std::function<void(ScriptedConnection&)>;

  explicit ScriptedHttpServer(Script script, std::optional<ScriptedTls> tls = {},
                              Loopback loopback = Loopback::kIpv4);
  ~ScriptedHttpServer();  // closes all connections and waits for their scripts
  ScriptedHttpServer(const ScriptedHttpServer&) = delete;
  ScriptedHttpServer& operator=(const ScriptedHttpServer&) = delete;

  std::uint16_t port() const;
  std::string url() const;                    // "http://127.0.0.1:PORT", or https, or [::1]
  std::vector<std::string> requests() const;  // all that were read, in the order of reading
  int connections() const;                    // accepted so far, failed handshakes included

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The value of a request's header, without the blanks around it; empty when it is not there.
std::string HeaderOf(std::string_view request, std::string_view name);

// An answer with a Content-Length.
std::string HttpAnswer(int status, std::string_view body, std::string_view more_headers = {});
// The head of a chunked answer with status 200, one chunk, and the end of all chunks.
inline constexpr std::string_view kChunkedHead =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
std::string Chunk(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace clockwork::testing
