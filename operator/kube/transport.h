#pragma once

// HTTP to one API server, as an interface: cpprest_transport.h is the one that ships, tests have
// their own. Calls block the calling thread; any number of threads may call at once.

#include <memory>
#include <optional>
#include <string>

#include "images/common/base/time.h"
#include "operator/kube/api_error.h"

namespace clockwork::kube {

struct HttpRequest {
  std::string method = "GET";
  std::string target;        // path and query, percent-encoded: /api/v1/pods?limit=500
  std::string content_type;  // of `body`; empty without one
  std::string body;
};

struct HttpResponse {
  int status = 0;
  std::string body;
  Nanos retry_after_ns = 0;  // the header Retry-After in seconds; 0 when absent or unreadable
};

// The lines of an answer that the server goes on writing (a watch). One thread reads.
class LineStream {
 public:
  virtual ~LineStream() = default;
  // Blocks for the next whole line, without its line feed. Nothing: the server ended the stream in
  // order. kCut: it ended elsewhere, in the middle of a line too. kTimeout: silence for the idle
  // limit. kCancelled: by Cancel.
  virtual Outcome<std::optional<std::string>> Next() = 0;
  // Ends a Next() that waits and all later ones, within milliseconds. From any thread; idempotent.
  virtual void Cancel() = 0;
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // One request with its whole answer, whatever its status. Errors are those of the transport
  // (Failure up to kCancelled) and kMalformed for a body over kMaxAnswerBytes.
  virtual Outcome<HttpResponse> Send(const HttpRequest& request) = 0;
  // Returns once the head of the answer is there. An answer other than 200 is an error made of its
  // Status body (DecodeStatus in client.h). `idle_limit_ns`: how long silence is allowed.
  virtual Outcome<std::unique_ptr<LineStream>> Open(const HttpRequest& request,
                                                    Nanos idle_limit_ns) = 0;
  // Ends every request and stream, now and later, with kCancelled. From any thread.
  virtual void Shutdown() = 0;
};

inline constexpr std::size_t kMaxAnswerBytes = 64U << 20;
inline constexpr std::size_t kMaxLineBytes = 8U << 20;

}  // namespace clockwork::kube
