#pragma once

// How a TLS connection checks the server's certificate, and why it refused one: OpenSSL tells the
// reason only to a callback, and the HTTP library drops it.

#include <openssl/types.h>

#include <memory>
#include <mutex>
#include <string>

namespace clockwork::kube {

// The last refusal of any connection that shares it. Thread-safe.
class VerificationLog {
 public:
  void Refused(std::string reason);
  std::string LastReason();

 private:
  std::mutex mutex_;  // guards reason_
  std::string reason_;
};

// AF_INET or AF_INET6 for the text of an address (without brackets), AF_UNSPEC for a name.
int FamilyOf(const std::string& host);

// `peer`: the name or address that must stand among the certificate's alternative names (the
// common name does not count). Empty: any certificate will do. False when OpenSSL refuses.
bool VerifyServer(SSL_CTX* context, const std::string& peer, std::shared_ptr<VerificationLog> log);

}  // namespace clockwork::kube
