#include "operator/kube/credentials.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/certificates.h"

namespace clockwork::kube {
namespace {

// Files in memory, and a clock that stands.
class CredentialsTest : public ::testing::Test {
 protected:
  FileReader Reader() {
    return [this](const std::string& path) -> Result<std::string> {
      ++reads_;
      const auto found = files_.find(path);
      if (found == files_.end()) return RuntimeError("cannot open " + path);
      return found->second;
    };
  }
  ClockReader Clock() {
    return [this] { return now_ns_; };
  }

  std::map<std::string, std::string> files_;
  int reads_ = 0;
  Nanos now_ns_ = 1'000 * kSecond;
};

TEST(CleanTokenTest, TrimmedAndFitForAHeader) {
  struct Case {
    std::string text;
    const char* token;
  };
  const Case cases[] = {{"abc", "abc"},
                        {" abc\r\n", "abc"},
                        {"", ""},
                        {" \n ", ""},
                        {"a\r\nX-Injected: yes", ""},
                        {"a\nb", ""},
                        {std::string("a\0b", 3), ""},
                        {"a\x7f", ""}};
  for (const Case& c : cases) EXPECT_EQ(CleanToken(c.text), c.token) << c.text;
}

TEST_F(CredentialsTest, ATokenFileIsReadOnceAMinute) {
  ClientConfig config;
  config.token = "given";
  config.token_file = "/token";
  files_["/token"] = "one\n";
  TokenSource source(config, Reader(), Clock());
  EXPECT_EQ(source.Token(), "one") << "the file wins";
  files_["/token"] = "two\n";
  now_ns_ += kTokenReadIntervalNs - 1;
  EXPECT_EQ(source.Token(), "one");
  EXPECT_EQ(reads_, 1);
  now_ns_ += 1;
  EXPECT_EQ(source.Token(), "two");
}

TEST_F(CredentialsTest, AnUnusableTokenFileKeepsTheOldToken) {
  ClientConfig config;
  config.token_file = "/token";
  files_["/token"] = "one";
  TokenSource source(config, Reader(), Clock());
  EXPECT_EQ(source.Token(), "one");
  for (const char* content : {"", "\n", "a\r\nb"}) {
    files_["/token"] = content;
    now_ns_ += kTokenReadIntervalNs;
    EXPECT_EQ(source.Token(), "one");
  }
  files_.clear();
  now_ns_ += kTokenReadIntervalNs;
  EXPECT_EQ(source.Token(), "one");
}

TEST_F(CredentialsTest, ATokenIsRenewedAtOnceAfterItWasRefused) {
  ClientConfig config;
  config.token_file = "/token";
  files_["/token"] = "one";
  TokenSource source(config, Reader(), Clock());
  EXPECT_EQ(source.Token(), "one");
  EXPECT_FALSE(source.Renew("one")) << "still the same";
  files_["/token"] = "two";
  EXPECT_TRUE(source.Renew("one"));
  const int reads = reads_;
  EXPECT_TRUE(source.Renew("one")) << "another thread has read it meanwhile";
  EXPECT_EQ(reads_, reads);
  EXPECT_EQ(source.Token(), "two");
}

TEST_F(CredentialsTest, AGivenTokenNeverChanges) {
  ClientConfig config;
  config.token = "given";
  TokenSource source(config, Reader(), Clock());
  EXPECT_EQ(source.Token(), "given");
  EXPECT_FALSE(source.Renew("given"));
  EXPECT_EQ(reads_, 0);
}

TEST_F(CredentialsTest, CertificatesAreLookedAtEveryFiveMinutes) {
  const testing::CertificateAuthority authority("a");
  const testing::CertificateAuthority next("b");
  const auto own = authority.Issue({});
  const auto renewed = authority.Issue({});
  ClientConfig config;
  config.ca.file = "/ca";
  config.client_certificate.file = "/cert";
  config.client_key.file = "/key";
  files_ = {{"/ca", authority.pem()}, {"/cert", own.certificate}, {"/key", own.key}};
  auto source = TlsSource::Open(config, Reader(), Clock());
  ASSERT_TRUE(source.ok()) << source.error().message;
  const auto first = (*source)->Current();
  EXPECT_EQ(reads_, 3);

  files_["/ca"] = next.pem();
  now_ns_ += kCertificateReadIntervalNs - 1;
  EXPECT_EQ((*source)->Current(), first);
  EXPECT_EQ(reads_, 3);
  now_ns_ += 1;
  const auto second = (*source)->Current();
  EXPECT_NE(second, first);

  now_ns_ += kCertificateReadIntervalNs;
  EXPECT_EQ((*source)->Current(), second) << "nothing changed";

  const std::map<std::string, std::string> good = files_;
  const std::map<std::string, std::string> broken[] = {{{"/ca", ""}},
                                                       {{"/ca", "no PEM"}},
                                                       {{"/cert", ""}},
                                                       {{"/cert", renewed.certificate}},
                                                       {{"/key", "no PEM"}}};
  for (const auto& change : broken) {
    files_ = good;
    for (const auto& [path, text] : change) files_[path] = text;
    now_ns_ += kCertificateReadIntervalNs;
    EXPECT_EQ((*source)->Current(), second) << change.begin()->first;
  }
  files_.clear();
  now_ns_ += kCertificateReadIntervalNs;
  EXPECT_EQ((*source)->Current(), second);

  files_ = good;
  files_["/cert"] = renewed.certificate;
  files_["/key"] = renewed.key;
  now_ns_ += kCertificateReadIntervalNs;
  EXPECT_NE((*source)->Current(), second);
}

TEST(TlsMaterialTest, WhatDoesNotFitIsSaid) {
  const testing::CertificateAuthority authority("a");
  const auto own = authority.Issue({});
  const auto other = authority.Issue({});
  EXPECT_TRUE(TlsMaterial::Parse("", "", "").ok());
  EXPECT_TRUE(TlsMaterial::Parse(authority.pem() + "\n" + authority.pem(), "", "").ok());
  EXPECT_TRUE(TlsMaterial::Parse(authority.pem(), own.certificate + authority.pem(), own.key).ok());
  EXPECT_FALSE(TlsMaterial::Parse("hello", "", "").ok());
  EXPECT_FALSE(TlsMaterial::Parse("", own.certificate, "").ok());
  EXPECT_FALSE(TlsMaterial::Parse("", "hello", own.key).ok());
  EXPECT_FALSE(TlsMaterial::Parse("", own.certificate, other.key).ok());
}

}  // namespace
}  // namespace clockwork::kube
