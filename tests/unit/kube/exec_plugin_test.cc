#include "operator/kube/exec_plugin.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/kube/api_time.h"
#include "operator/kube/credentials.h"
#include "tests/support/certificates.h"

namespace clockwork::kube {
namespace {

using nlohmann::json;

constexpr const char* kVersion = "client.authentication.k8s.io/v1";

ClientConfig Config() {
  ClientConfig config;
  config.server = "https://h:6443";
  config.exec.api_version = kVersion;
  config.exec.command = "login";
  config.exec.install_hint = "install login";
  return config;
}

std::string Printed(json status) {
  return json{{"apiVersion", kVersion}, {"kind", "ExecCredential"}, {"status", std::move(status)}}
      .dump();
}

TEST(ExecInfo, NamesTheClusterWhenTheKubeconfigWantsIt) {
  ClientConfig config = Config();
  EXPECT_EQ(json::parse(ExecInfo(config, "ca")), (json{{"apiVersion", kVersion},
                                                       {"kind", "ExecCredential"},
                                                       {"spec", {{"interactive", false}}}}));
  config.exec.provide_cluster_info = true;
  config.tls_server_name = "api";
  EXPECT_EQ(json::parse(ExecInfo(config, "ca")).at("spec").at("cluster"),
            (json{{"server", "https://h:6443"},
                  {"tls-server-name", "api"},
                  {"certificate-authority-data", "Y2E="}}));
}

TEST(ParseExecCredential, TakesWhatIsWholeAndNamesWhatIsNot) {
  const auto whole = ParseExecCredential(
      kVersion, Printed({{"token", " t\n"}, {"expirationTimestamp", "2026-01-31T12:00:00Z"}}));
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  EXPECT_EQ(whole->token, "t");
  EXPECT_EQ(whole->expires_ns, ParseApiTime("2026-01-31T12:00:00Z"));
  const auto pair = ParseExecCredential(
      kVersion, Printed({{"clientCertificateData", "c"}, {"clientKeyData", "k"}}));
  ASSERT_TRUE(pair.ok()) << pair.error().message;
  EXPECT_EQ(pair->certificate, "c");
  EXPECT_EQ(pair->key, "k");
  EXPECT_EQ(pair->expires_ns, kNever);

  const struct {
    std::string text;
    const char* says;
  } cases[] = {
      {"", "no ExecCredential"},
      {"{", "no ExecCredential"},
      {R"({"kind":"Status"})", "no ExecCredential"},
      {R"({"kind":"ExecCredential","apiVersion":"v9"})", "apiVersion \"v9\" and not"},
      {Printed(nullptr), "neither a token nor"},
      {Printed({{"token", "a\nb"}}), "neither a token nor"},
      {Printed({{"token", 7}}), "neither a token nor"},
      {Printed({{"clientCertificateData", "c"}}), "without its key"},
      {Printed({{"token", "t"}, {"expirationTimestamp", "soon"}}), "\"soon\" that is no time"},
  };
  for (const auto& [text, says] : cases) {
    const auto parsed = ParseExecCredential(kVersion, text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().message.find(says), std::string::npos) << parsed.error().message;
  }
}

class ExecSourceTest : public ::testing::Test {
 protected:
  Result<std::shared_ptr<ExecSource>> Open() {
    return ExecSource::Open(
        Config(), "",
        [this](const ExecPlugin&, const std::string&) -> Result<std::string> {
          ++runs_;
          if (next_.empty()) return RuntimeError("ends with exit code 1");
          return next_;
        },
        [this] { return now_ns_; });
  }
  static std::string Token(const std::string& token, Nanos expires_ns) {
    return Printed({{"token", token}, {"expirationTimestamp", SecondTime(expires_ns)}});
  }

  Nanos now_ns_ = 1'000'000 * kSecond;
  std::string next_;
  int runs_ = 0;
};

TEST_F(ExecSourceTest, KeepsACredentialUntilItExpires) {
  next_ = Token("one", now_ns_ + 60 * kSecond);
  const auto source = Open();
  ASSERT_TRUE(source.ok()) << source.error().message;
  next_ = Token("two", now_ns_ + 600 * kSecond);
  now_ns_ += 59 * kSecond;
  EXPECT_EQ((*source)->Current().token, "one");
  EXPECT_EQ(runs_, 1);
  now_ns_ += kSecond;
  EXPECT_EQ((*source)->Last().token, "one") << "asks nobody";
  EXPECT_EQ((*source)->Current().token, "two");
  EXPECT_EQ((*source)->Last().token, "two");
  EXPECT_EQ(runs_, 2);
}

TEST_F(ExecSourceTest, AFailureLeavesTheOldOneAndIsNotRepeatedAtOnce) {
  next_ = Token("one", now_ns_ + 60 * kSecond);
  const auto source = Open();
  ASSERT_TRUE(source.ok());
  next_.clear();
  now_ns_ += 60 * kSecond;
  for (int i = 0; i < 3; ++i) EXPECT_EQ((*source)->Current().token, "one");
  EXPECT_EQ(runs_, 2);
  now_ns_ += kExecPauseNs;
  EXPECT_EQ((*source)->Current().token, "one");
  EXPECT_EQ(runs_, 3);
}

TEST_F(ExecSourceTest, ARefusedTokenIsAskedForAgain) {
  next_ = Printed({{"token", "one"}});
  const auto source = Open();
  ASSERT_TRUE(source.ok());
  EXPECT_FALSE((*source)->Renew("one")) << "it was printed just now";
  now_ns_ += kExecPauseNs;
  EXPECT_FALSE((*source)->Renew("one")) << "the same again";
  now_ns_ += kExecPauseNs;
  next_ = Printed({{"token", "two"}});
  EXPECT_TRUE((*source)->Renew("one"));
  EXPECT_TRUE((*source)->Renew("one")) << "another thread has asked already";
  EXPECT_EQ(runs_, 3);
}

TEST_F(ExecSourceTest, AProgramThatFailsAtTheStartIsNamedWithItsHint) {
  const auto source = Open();
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.error().message,
            "the kubeconfig's exec program \"login\" ends with exit code 1; install login");
}

TEST_F(ExecSourceTest, TokensAndCertificatesComeFromIt) {
  const testing::CertificateAuthority authority("clients");
  const auto identity = authority.Issue({.for_clients = true});
  next_ = Printed({{"token", "one"},
                   {"clientCertificateData", identity.certificate},
                   {"clientKeyData", identity.key}});
  const auto exec = Open();
  ASSERT_TRUE(exec.ok());
  const FileReader none = [](const std::string&) { return RuntimeError("no file"); };
  const ClockReader now = [this] { return now_ns_; };
  EXPECT_EQ(TokenSource(Config(), none, now, *exec).Token(), "one");
  const auto tls = TlsSource::Open(Config(), none, now, *exec);
  ASSERT_TRUE(tls.ok()) << tls.error().message;
  const auto before = (*tls)->Current();
  const auto other = authority.Issue({.for_clients = true});
  next_ = Printed({{"clientCertificateData", other.certificate}, {"clientKeyData", other.key}});
  now_ns_ += kExecPauseNs;
  EXPECT_EQ((*tls)->Current(), before);
  EXPECT_FALSE((*exec)->Renew("one")) << "there is no token any more";
  EXPECT_NE((*tls)->Current(), before) << "the new certificate, for the next connection";
}

Result<std::string> Shell(const std::string& script, Nanos limit_ns = kExecLimitNs) {
  ExecPlugin plugin = Config().exec;
  plugin.command = "sh";
  plugin.arguments = {"-c", script};
  plugin.environment = {{"GIVEN", "by the kubeconfig"}, {"HOME", "/given"}};
  return RunExecPlugin(plugin, "{\"info\":1}", limit_ns);
}

TEST(RunExecPlugin, GivesTheEnvironmentAndTakesTheOutput) {
  ::setenv("INHERITED", "from us", 1);
  const auto printed =
      Shell("printf '%s|' \"$KUBERNETES_EXEC_INFO\" \"$GIVEN\" \"$HOME\" \"$INHERITED\"; cat");
  ASSERT_TRUE(printed.ok()) << printed.error().message;
  EXPECT_EQ(*printed, "{\"info\":1}|by the kubeconfig|/given|from us|");
}

TEST(RunExecPlugin, WhatAProgramLeavesBehindIsNotWaitedFor) {
  // It holds the pipe open.
  const auto printed = Shell("sleep 1000 2>/dev/null & echo $!");
  ASSERT_TRUE(printed.ok()) << printed.error().message;
  EXPECT_EQ(::kill(std::stoi(*printed), SIGKILL), 0);
}

TEST(RunExecPlugin, SaysHowItWentWrong) {
  const struct {
    const char* script;
    Nanos limit_ns;
    const char* says;
  } cases[] = {
      {"exit 3", kExecLimitNs, "ends with exit code 3"},
      {"kill -9 $$", kExecLimitNs, "is killed by signal 9"},
      {"yes", kExecLimitNs, "prints more than a credential"},
      {"sleep 1000", 50 * kMillisecond, "does not end in time"},
      {"exec >&-; sleep 1000", 50 * kMillisecond, "does not end in time"},
  };
  for (const auto& [script, limit_ns, says] : cases) {
    const auto printed = Shell(script, limit_ns);
    ASSERT_FALSE(printed.ok()) << script;
    EXPECT_EQ(printed.error().message, says);
  }
  ExecPlugin missing = Config().exec;
  missing.command = "/does/not/exist";
  EXPECT_EQ(RunExecPlugin(missing, "").error().message, "cannot be run: No such file or directory");
}

}  // namespace
}  // namespace clockwork::kube
