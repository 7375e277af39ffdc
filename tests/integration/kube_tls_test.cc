// Who is trusted over TLS, and with which credentials the transport shows itself.

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "images/common/base/file.h"
#include "operator/kube/cpprest_transport.h"
#include "tests/support/certificates.h"
#include "tests/support/scripted_http_server.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::kube {
namespace {

using testing::CertificateAuthority;
using testing::CertificateSpec;
using testing::HttpAnswer;
using testing::IssuedCertificate;
using testing::ScriptedConnection;
using testing::ScriptedHttpServer;
using testing::ScriptedTls;

void AnswerAll(ScriptedConnection& connection) {
  while (connection.ReadRequest()) connection.Send(HttpAnswer(200, "{}"));
}

Outcome<HttpResponse> Ask(const ClientConfig& config) {
  auto transport = MakeCpprestTransport(config);
  if (!transport.ok()) return LocalError(Failure::kInvalid, transport.error().message);
  return (*transport)->Send({"GET", "/version", {}, {}});
}

ClientConfig Trusting(const ScriptedHttpServer& server, const CertificateAuthority& authority) {
  ClientConfig config;
  config.server = server.url();
  config.ca.data = authority.pem();
  return config;
}

const CertificateSpec kGood{.common_name = "server", .alternative_names = {"IP:127.0.0.1"}};

TEST(KubeTls, OnlyACertificateForTheAddressIsAccepted) {
  const CertificateAuthority authority("cluster");
  const CertificateAuthority foreign("foreign");
  struct Case {
    const char* what;
    CertificateSpec spec;
    const CertificateAuthority* issuer;
    const char* reason;  // part of the message; null: accepted
  };
  const std::vector<Case> cases = {
      {"for the address", kGood, &authority, nullptr},
      {"for another address", {"x", {"IP:127.0.0.2"}}, &authority, "mismatch"},
      {"for names only", {.alternative_names = {"DNS:localhost"}}, &authority, "mismatch"},
      {"the address as a name", {.alternative_names = {"DNS:127.0.0.1"}}, &authority, "mismatch"},
      {"the address as common name", {.common_name = "127.0.0.1"}, &authority, "mismatch"},
      {"expired",
       {.alternative_names = {"IP:127.0.0.1"}, .expired = true},
       &authority,
       "certificate has expired"},
      {"of another authority", kGood, &foreign, "issuer"},
      {"for clients only",
       {.alternative_names = {"IP:127.0.0.1"}, .for_clients = true},
       &authority,
       "purpose"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    ScriptedHttpServer server(AnswerAll, ScriptedTls{c.issuer->Issue(c.spec), {}});
    const auto answer = Ask(Trusting(server, authority));
    ASSERT_EQ(answer.ok(), c.reason == nullptr);
    if (answer.ok()) continue;
    EXPECT_EQ(answer.error().failure, Failure::kTls) << Describe(answer.error());
    EXPECT_NE(answer.error().message.find(c.reason), std::string::npos) << answer.error().message;
    EXPECT_TRUE(server.requests().empty());
  }
}

TEST(KubeTls, AnIpv6AddressIsConnectedToAndVerifiedLikeAnyOther) {
  if (!testing::HasIpv6()) GTEST_SKIP() << "this machine has no ::1";
  const CertificateAuthority authority("cluster");
  const struct {
    const char* alternative_name;
    bool accepted;
  } cases[] = {{"IP:::1", true}, {"IP:::2", false}, {"IP:127.0.0.1", false}};
  for (const auto& [name, accepted] : cases) {
    ScriptedHttpServer server(AnswerAll,
                              ScriptedTls{authority.Issue({.alternative_names = {name}}), {}},
                              testing::Loopback::kIpv6);
    const auto answer = Ask(Trusting(server, authority));
    EXPECT_EQ(answer.ok(), accepted) << name << (answer.ok() ? "" : Describe(answer.error()));
    if (!answer.ok()) {
      EXPECT_EQ(answer.error().failure, Failure::kTls) << Describe(answer.error());
      continue;
    }
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_EQ("https://" + testing::HeaderOf(server.requests()[0], "Host"), server.url());
  }
}

TEST(KubeTls, WithoutTlsAnIpv6AddressWorksAsWell) {
  if (!testing::HasIpv6()) GTEST_SKIP() << "this machine has no ::1";
  ScriptedHttpServer server(AnswerAll, {}, testing::Loopback::kIpv6);
  ClientConfig config;
  config.server = server.url();
  const auto answer = Ask(config);
  EXPECT_TRUE(answer.ok()) << Describe(answer.error());
}

TEST(KubeTls, TheNameOfTheConfigurationReplacesTheAddress) {
  const CertificateAuthority authority("cluster");
  ScriptedHttpServer server(
      AnswerAll, ScriptedTls{authority.Issue({.alternative_names = {"DNS:api.cluster.test"}}), {}});
  ClientConfig config = Trusting(server, authority);
  config.tls_server_name = "api.cluster.test";
  auto answer = Ask(config);
  EXPECT_TRUE(answer.ok()) << Describe(answer.error());
  config.tls_server_name = "other.cluster.test";
  answer = Ask(config);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().failure, Failure::kTls);
}

TEST(KubeTls, InsecureTakesAnyCertificate) {
  const CertificateAuthority foreign("foreign");
  ScriptedHttpServer server(AnswerAll,
                            ScriptedTls{foreign.Issue({.alternative_names = {"IP:9.9.9.9"}}), {}});
  ClientConfig config;
  config.server = server.url();
  config.insecure = true;
  const auto answer = Ask(config);
  EXPECT_TRUE(answer.ok()) << Describe(answer.error());
}

TEST(KubeTls, AServerThatDoesNotSpeakTlsIsNoTrustedOne) {
  const CertificateAuthority authority("cluster");
  ScriptedHttpServer server([](ScriptedConnection& connection) {
    connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
    connection.WaitForClose();
  });
  ClientConfig config = Trusting(server, authority);
  config.server.replace(0, 4, "https");
  const auto answer = Ask(config);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().failure, Failure::kTls) << Describe(answer.error());
}

TEST(KubeTls, AClientCertificateIsShown) {
  const CertificateAuthority authority("cluster");
  const CertificateAuthority clients("clients");
  const IssuedCertificate own =
      clients.Issue({.common_name = "operator", .alternative_names = {}, .for_clients = true});
  ScriptedHttpServer server(AnswerAll, ScriptedTls{authority.Issue(kGood), clients.pem()});
  ClientConfig config = Trusting(server, authority);
  const auto without = Ask(config);
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().failure, Failure::kTls) << Describe(without.error());

  config.client_certificate.data = own.certificate;
  config.client_key.data = own.key;
  const auto with = Ask(config);
  EXPECT_TRUE(with.ok()) << Describe(with.error());
}

TEST(KubeTls, ANewAuthorityIsFoundWithoutARestart) {
  const CertificateAuthority old_authority("old");
  const CertificateAuthority new_authority("new");
  const testing::TemporaryDirectory directory;
  const std::string path = directory / "ca.crt";
  ASSERT_TRUE(WriteFileAtomically(path, old_authority.pem()).ok());
  ScriptedHttpServer server(AnswerAll, ScriptedTls{new_authority.Issue(kGood), {}});
  ClientConfig config;
  config.server = server.url();
  config.ca.file = path;
  std::atomic<Nanos> now_ns{0};
  TransportOptions options;
  options.now = [&now_ns] { return now_ns.load(); };
  auto transport = MakeCpprestTransport(config, options);
  ASSERT_TRUE(transport.ok()) << transport.error().message;
  const HttpRequest request{"GET", "/", {}, {}};
  EXPECT_FALSE((*transport)->Send(request).ok());
  ASSERT_TRUE(WriteFileAtomically(path, new_authority.pem()).ok());
  EXPECT_FALSE((*transport)->Send(request).ok()) << "not looked at again so soon";
  now_ns = kCertificateReadIntervalNs;
  const auto answer = (*transport)->Send(request);
  EXPECT_TRUE(answer.ok()) << Describe(answer.error());
}

TEST(KubeTls, UnusableCredentialsAreRefusedAtOnce) {
  const CertificateAuthority authority("cluster");
  const IssuedCertificate one = authority.Issue({});
  const IssuedCertificate other = authority.Issue({});
  struct Case {
    const char* what;
    ClientConfig config;
    const char* reason;
  };
  ClientConfig config;
  config.server = "https://127.0.0.1:1";
  std::vector<Case> cases(4, {"", config, ""});
  cases[0].what = "a key of another certificate";
  cases[0].config.client_certificate.data = one.certificate;
  cases[0].config.client_key.data = other.key;
  cases[0].reason = "does not belong";
  cases[1].what = "an authority that is none";
  cases[1].config.ca.data = "hello";
  cases[1].reason = "no PEM certificate";
  cases[2].what = "a file that is not there";
  cases[2].config.ca.file = "/nonexistent/ca.crt";
  cases[2].reason = "/nonexistent/ca.crt";
  cases[3].what = "a certificate without a key";
  cases[3].config.client_certificate.data = one.certificate;
  cases[3].reason = "one is missing";
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const auto transport = MakeCpprestTransport(c.config);
    ASSERT_FALSE(transport.ok());
    EXPECT_NE(transport.error().message.find(c.reason), std::string::npos)
        << transport.error().message;
  }
}

}  // namespace
}  // namespace clockwork::kube
