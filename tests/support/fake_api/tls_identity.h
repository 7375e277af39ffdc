#pragma once

// The certificate that a FakeApiServer shows, and the ones that a client must refuse. Belongs to
// the server's thread, but for AuthorityData.

#include <openssl/types.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "tests/support/certificates.h"

namespace clockwork::testing {

enum class ServerCertificate { kGood, kExpired, kForAnotherAddress, kOfAnotherAuthority };

class TlsIdentity {
 public:
  TlsIdentity();
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  // What clients are to trust, as a kubeconfig's certificate-authority-data.
  std::string AuthorityData() const;
  // Connections from now on meet `which`, until `refusals` of them have been broken off by their
  // clients; then the good one again.
  void Present(ServerCertificate which, std::size_t refusals);
  // For a new connection; the caller frees it.
  SSL* Accept(int fd) const;
  // A handshake was broken off.
  void Refused();
  std::size_t refused() const { return refused_; }

 private:
  const CertificateAuthority authority_{"fake"};
  std::map<ServerCertificate, SSL_CTX*> contexts_;
  ServerCertificate present_ = ServerCertificate::kGood;
  std::size_t refusals_left_ = 0;
  std::size_t refused_ = 0;
};

}  // namespace clockwork::testing
