#pragma once

// Certificates of a test, made on the spot: authorities and what they sign, as PEM. EC keys, so
// that making one takes a millisecond. A failure of OpenSSL ends the test program.

#include <memory>
#include <string>
#include <vector>

namespace clockwork::testing {

struct CertificateSpec {
  std::string common_name = "test";
  std::vector<std::string> alternative_names = {};  // "IP:127.0.0.1", "DNS:name"; empty: none
  bool expired = false;
  bool for_clients = false;  // extended key usage: clientAuth instead of serverAuth
};

struct IssuedCertificate {
  std::string certificate;
  std::string key;
};

class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name);
  ~CertificateAuthority();

  const std::string& pem() const { return pem_; }
  IssuedCertificate Issue(const CertificateSpec& spec) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::string pem_;
};

}  // namespace clockwork::testing
