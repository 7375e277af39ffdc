#include "tests/support/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace clockwork::testing {
namespace {

constexpr long kDaySeconds = 24 * 3600;

void RequireOpenSsl(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "certificates: OpenSSL cannot %s\n", what);
  std::abort();
}

template <auto free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};
using CertificatePtr = std::unique_ptr<X509, Freer<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free_all>>;

std::string Text(const BioPtr& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string Pem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  RequireOpenSsl(PEM_write_bio_X509(bio.get(), certificate) == 1, "write a certificate");
  return Text(bio);
}

std::string Pem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  RequireOpenSsl(
      PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "write a key");
  return Text(bio);
}

void Extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  RequireOpenSsl(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

CertificatePtr Blank(const std::string& name, EVP_PKEY* key, bool expired) {
  static std::atomic<long> serial{1};
  CertificatePtr certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), expired ? -kDaySeconds : kDaySeconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

KeyPtr NewKey() {
  KeyPtr key(EVP_EC_gen("P-256"));
  RequireOpenSsl(key != nullptr, "make a key");
  return key;
}

}  // namespace

struct CertificateAuthority::Parts {
  KeyPtr key = NewKey();
  CertificatePtr certificate;
};

CertificateAuthority::CertificateAuthority(const std::string& name)
    : parts_(std::make_unique<Parts>()) {
  parts_->certificate = Blank(name, parts_->key.get(), false);
  X509* own = parts_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  Extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  Extend(own, own, NID_subject_key_identifier, "hash");
  RequireOpenSsl(X509_sign(own, parts_->key.get(), EVP_sha256()) > 0, "sign an authority");
  pem_ = Pem(own);
}

CertificateAuthority::~CertificateAuthority() = default;

IssuedCertificate CertificateAuthority::Issue(const CertificateSpec& spec) const {
  const KeyPtr key = NewKey();
  const CertificatePtr certificate = Blank(spec.common_name, key.get(), spec.expired);
  X509* issuer = parts_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  Extend(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  Extend(certificate.get(), issuer, NID_ext_key_usage,
         spec.for_clients ? "clientAuth" : "serverAuth");
  std::string names;
  for (const std::string& name : spec.alternative_names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) Extend(certificate.get(), issuer, NID_subject_alt_name, names);
  RequireOpenSsl(X509_sign(certificate.get(), parts_->key.get(), EVP_sha256()) > 0,
                 "sign a certificate");
  return {Pem(certificate.get()), Pem(key.get())};
}

}  // namespace clockwork::testing
