#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>
#include <string_view>

#include "operator/kube/cpprest_exchange.h"
#include "operator/kube/json_text.h"

namespace clockwork::kube {
namespace {

// The library labels every code as generic, whatever it is: these values are told apart by what
// was seen of each (errno, asio's misc and TLS categories, OpenSSL's packed codes).
constexpr int kTimedOut = 110;
constexpr int kCanceled = 125;

using OpensslCode = decltype(ERR_peek_error());

bool IsOpensslCode(int value) {
  return ERR_GET_LIB(static_cast<OpensslCode>(value)) == ERR_LIB_SSL && value > 0;
}

ApiError TlsError(int value, VerificationLog* log) {
  const auto code = static_cast<OpensslCode>(value);
  const char* words = ERR_reason_error_string(code);
  std::string message = words != nullptr ? words : "the handshake failed";
  if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    if (const std::string reason = log->LastReason(); !reason.empty()) message += ": " + reason;
  }
  return LocalError(Failure::kTls, message);
}

ApiError HttpError(const web::http::http_exception& exception, VerificationLog* log) {
  const int value = exception.error_code().value();
  const std::string_view what = exception.what();
  if (value == kTimedOut) {
    return LocalError(Failure::kTimeout, fmt::format("timed out: {}", what));
  }
  if (value == kCanceled) return LocalError(Failure::kCancelled, "cancelled");
  if (IsOpensslCode(value)) return TlsError(value, log);
  if (what.starts_with("Failed to connect") || what.starts_with("Error resolving")) {
    return LocalError(Failure::kConnect, std::string(what));
  }
  return LocalError(Failure::kCut, fmt::format("{} (code {})", what, value));
}

}  // namespace

ApiError ErrorOf(const std::exception_ptr& exception, VerificationLog* log) {
  try {
    std::rethrow_exception(exception);
  } catch (const web::http::http_exception& error) {
    ApiError mapped = HttpError(error, log);
    mapped.message = OneLine(mapped.message);
    return mapped;
  } catch (const pplx::task_canceled&) {
    return LocalError(Failure::kCancelled, "cancelled");
  } catch (const web::uri_exception& error) {
    return LocalError(Failure::kInvalid, OneLine(error.what()));
  } catch (const std::exception& error) {
    return LocalError(Failure::kCut, OneLine(error.what()));
  } catch (...) {
    return LocalError(Failure::kCut, "an unknown exception of the HTTP library");
  }
}

}  // namespace clockwork::kube
