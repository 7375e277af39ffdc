#pragma once

// What can go wrong between this process and an API server, as a value. Pure.
//
// Failure says which remedy applies; `code`, `reason` and `message` are the server's own words (the
// Status object of the answer) or the transport's. Nothing of this library throws.

#include <cassert>
#include <string>
#include <utility>
#include <variant>

#include "images/common/base/time.h"

namespace clockwork::kube {

enum class Failure {
  // The request may or may not have been executed (transport):
  kConnect,    // refused, unreachable, or the name does not resolve
  kTls,        // the certificates do not fit; `message` says why
  kTimeout,    // nothing came for as long as the request may take
  kCut,        // the connection ended in the middle of an answer
  kCancelled,  // by Cancel() or because the process stops
  // It was not sent:
  kFenced,  // a write, and this process may not write at present (WriteGate in client.h)
  // The server answered:
  kUnauthorized,     // 401: read the token again, once
  kForbidden,        // 403: RBAC, quota or admission
  kNotFound,         // 404
  kAlreadyExists,    // 409 with reason AlreadyExists
  kConflict,         // 409: read again and decide again
  kGone,             // 410 or reason Expired: list again
  kInvalid,          // 400 and 422: the same request never succeeds
  kTooManyRequests,  // 429: wait `retry_after_ns`
  kServer,           // 5xx
  kMalformed,        // an answer that is no JSON object of the expected kind, or one over a limit
};

struct ApiError {
  Failure failure = Failure::kConnect;
  int code = 0;              // HTTP status; 0 when there was no answer
  std::string reason;        // of the Status object, e.g. "AlreadyExists"
  std::string message;       // one sentence for a person
  Nanos retry_after_ns = 0;  // the server's Retry-After; 0 when it gave none
};

// An error that this side found, with no code of an answer.
inline ApiError LocalError(Failure failure, std::string message) {
  return {failure, 0, {}, std::move(message), 0};
}

// Whether the same request may succeed later without anything being changed.
bool IsTransient(Failure failure);

// "get pods clockwork/x: 403 Forbidden: pods is forbidden: ..." without the request's part.
std::string Describe(const ApiError& error);

// Either a T or an ApiError. Accessors require the state they name.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Outcome(ApiError error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(state_); }
  const ApiError& error() const { return std::get<ApiError>(state_); }
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, ApiError> state_;
};

struct Done {};  // the T of an Outcome that has nothing to tell

}  // namespace clockwork::kube
