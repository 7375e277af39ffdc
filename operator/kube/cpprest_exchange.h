#pragma once

// One request on its way through cpprestsdk. Included by cpprest_*.cc only: it includes the
// library.

#include <cpprest/http_client.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "operator/kube/answer_buffers.h"
#include "operator/kube/server_verification.h"
#include "operator/kube/transport.h"

namespace clockwork::kube {

struct AnswerHead {
  int status = 0;
  Nanos retry_after_ns = 0;
};

// Shared by the thread that waits and the library's tasks, which may end later than the wait.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::shared_ptr<AnswerBuffer> buffer, std::shared_ptr<VerificationLog> log);

  // Sends; the buffer gets the body and the end. Once.
  void Start(web::http::client::http_client* client, web::http::http_request request);
  // kTimeout when the head is not there within `limit_ns`; the request is then aborted.
  Outcome<AnswerHead> WaitForHead(Nanos limit_ns);
  // Closes the connection, if the exchange is not over. The buffer and WaitForHead end with
  // `reason`. Cancels at most once: the library does not bear more.
  void Abort(const ApiError& reason);

 private:
  void OnHead(const web::http::http_response& response);
  // False when it had ended before.
  bool End(std::optional<ApiError> error);

  const std::shared_ptr<AnswerBuffer> buffer_;
  const std::shared_ptr<VerificationLog> log_;
  pplx::cancellation_token_source cancellation_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<Outcome<AnswerHead>> head_;
  bool ended_ = false;
};

// The exchanges of one transport, so that Shutdown reaches them. Thread-safe.
class ExchangeSet {
 public:
  // False once all have been aborted.
  bool Add(const std::shared_ptr<Exchange>& exchange);
  void Remove(const std::shared_ptr<Exchange>& exchange);
  void AbortAll(const ApiError& reason);

 private:
  std::mutex mutex_;  // guards what follows
  std::set<std::shared_ptr<Exchange>> exchanges_;
  bool closed_ = false;
};

// What an exception of the library means. `log`: for the reason why a certificate was refused.
ApiError ErrorOf(const std::exception_ptr& exception, VerificationLog* log);

}  // namespace clockwork::kube
