#include "operator/kube/server_verification.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <utility>

namespace clockwork::kube {
namespace {

using LogPointer = std::shared_ptr<VerificationLog>;

void FreeLog(void* /*parent*/, void* log, CRYPTO_EX_DATA* /*data*/, int /*index*/,
             long /*argl*/,  // NOLINT(google-runtime-int): OpenSSL's signature
             void* /*argp*/) {
  delete static_cast<LogPointer*>(log);
}

// Contexts live as long as the library keeps a connection, so each holds its own reference.
int LogIndex() {
  static const int kIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, FreeLog);
  return kIndex;
}

int KeepVerdict(int accepted, X509_STORE_CTX* /*store*/) { return accepted; }

int Verify(X509_STORE_CTX* store, void* /*argument*/) {
  // In place of the HTTP library's, which compares the certificate with the Host header once more
  // and does not know an IPv6 address in it.
  X509_STORE_CTX_set_verify_cb(store, KeepVerdict);
  const int accepted = X509_verify_cert(store);
  if (accepted == 1) return 1;
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* log = static_cast<LogPointer*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), LogIndex()));
  if (log != nullptr)
    (*log)->Refused(X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
  return accepted;
}

int AcceptAny(X509_STORE_CTX* /*store*/, void* /*argument*/) { return 1; }

}  // namespace

void VerificationLog::Refused(std::string reason) {
  const std::lock_guard lock(mutex_);
  reason_ = std::move(reason);
}

std::string VerificationLog::LastReason() {
  const std::lock_guard lock(mutex_);
  return reason_;
}

int FamilyOf(const std::string& host) {
  in6_addr address{};  // room for either
  for (const int family : {AF_INET, AF_INET6}) {
    if (::inet_pton(family, host.c_str(), &address) == 1) return family;
  }
  return AF_UNSPEC;
}

bool VerifyServer(SSL_CTX* context, const std::string& peer, std::shared_ptr<VerificationLog> log) {
  if (peer.empty()) {
    SSL_CTX_set_cert_verify_callback(context, AcceptAny, nullptr);
    return true;
  }
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int set = FamilyOf(peer) != AF_UNSPEC
                      ? X509_VERIFY_PARAM_set1_ip_asc(parameters, peer.c_str())
                      : X509_VERIFY_PARAM_set1_host(parameters, peer.c_str(), peer.size());
  if (set != 1) return false;
  auto kept = std::make_unique<LogPointer>(std::move(log));
  if (SSL_CTX_set_ex_data(context, LogIndex(), kept.get()) != 1) return false;
  static_cast<void>(kept.release());  // FreeLog's
  SSL_CTX_set_cert_verify_callback(context, Verify, nullptr);
  return true;
}

}  // namespace clockwork::kube
