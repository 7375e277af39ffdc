#include "operator/kube/status_decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "operator/kube/client.h"
#include "operator/kube/json_text.h"

namespace clockwork::kube {
namespace {

// A server that asks for longer is taken to ask for this.
constexpr std::int64_t kMaxRetryAfterSeconds = 3600;

// Of an answer that is no Status.
constexpr std::size_t kMaxUnexplainedBytes = 200;

Failure FailureOf(int code, std::string_view reason) {
  if (reason == "Expired" || reason == "Gone") return Failure::kGone;
  switch (code) {
    case 401:
      return Failure::kUnauthorized;
    case 403:
      return Failure::kForbidden;
    case 404:
      return Failure::kNotFound;
    case 409:
      return reason == "AlreadyExists" ? Failure::kAlreadyExists : Failure::kConflict;
    case 410:
      return Failure::kGone;
    case 429:
      return Failure::kTooManyRequests;
    default:
      break;
  }
  if (code >= 500) return Failure::kServer;
  if (code >= 400) return Failure::kInvalid;
  return Failure::kMalformed;
}

std::int64_t IntegerMember(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// Proxies and panics answer in plain text or HTML: the beginning is worth showing.
ApiError WithoutStatus(const HttpResponse& response) {
  ApiError error;
  error.code = response.status;
  error.failure = FailureOf(response.status, {});
  error.message = OneLine(response.body.substr(0, kMaxUnexplainedBytes));
  if (response.status >= 300 && response.status < 400) {
    error.message = "the server redirects, which is not followed; give its final address";
  } else if (error.message.empty()) {
    error.message = "the server gave no explanation";
  }
  return error;
}

}  // namespace

ApiError StatusError(const Json& status, int code) {
  ApiError error;
  const std::int64_t named = IntegerMember(status, "code");
  error.code = code != 0 ? code : static_cast<int>(std::clamp<std::int64_t>(named, 0, 999));
  error.reason = OneLine(TextMember(status, "reason"));
  error.message = OneLine(TextMember(status, "message"));
  error.failure = error.code == 0 && error.reason != "Expired" && error.reason != "Gone"
                      ? Failure::kServer  // an error without a number, as some watches end
                      : FailureOf(error.code, error.reason);
  const std::int64_t seconds = IntegerMember(ObjectMember(status, "details"), "retryAfterSeconds");
  error.retry_after_ns = std::clamp<std::int64_t>(seconds, 0, kMaxRetryAfterSeconds) * kSecond;
  return error;
}

ApiError DecodeStatus(const HttpResponse& response) {
  const auto body = ParseJsonObject(response.body);
  ApiError error = body && TextMember(*body, "kind") == "Status"
                       ? StatusError(*body, response.status)
                       : WithoutStatus(response);
  if (response.retry_after_ns > 0) error.retry_after_ns = response.retry_after_ns;
  return error;
}

}  // namespace clockwork::kube
