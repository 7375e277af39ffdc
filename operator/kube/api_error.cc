#include "operator/kube/api_error.h"

#include <fmt/format.h>

#include <string_view>

namespace clockwork::kube {
namespace {

// What a person calls it; for an answer of the server its status and reason say more.
std::string_view Words(Failure failure) {
  switch (failure) {
    case Failure::kConnect:
      return "cannot connect";
    case Failure::kTls:
      return "no trusted connection";
    case Failure::kTimeout:
      return "no answer in time";
    case Failure::kCut:
      return "the connection was cut";
    case Failure::kCancelled:
      return "cancelled";
    case Failure::kFenced:
      return "not sent";
    case Failure::kUnauthorized:
      return "Unauthorized";
    case Failure::kForbidden:
      return "Forbidden";
    case Failure::kNotFound:
      return "NotFound";
    case Failure::kAlreadyExists:
      return "AlreadyExists";
    case Failure::kConflict:
      return "Conflict";
    case Failure::kGone:
      return "Gone";
    case Failure::kInvalid:
      return "Invalid";
    case Failure::kTooManyRequests:
      return "TooManyRequests";
    case Failure::kServer:
      return "the server failed";
    case Failure::kMalformed:
      return "malformed answer";
  }
  return "unknown failure";
}

}  // namespace

bool IsTransient(Failure failure) {
  switch (failure) {
    case Failure::kConnect:
    case Failure::kTimeout:
    case Failure::kCut:
    case Failure::kTooManyRequests:
    case Failure::kServer:
      return true;
    default:
      return false;
  }
}

std::string Describe(const ApiError& error) {
  std::string_view what = error.reason;
  if (what.empty()) what = Words(error.failure);
  std::string text = error.code == 0 ? std::string(what) : fmt::format("{} {}", error.code, what);
  if (!error.message.empty()) text += ": " + error.message;
  return text;
}

}  // namespace clockwork::kube
