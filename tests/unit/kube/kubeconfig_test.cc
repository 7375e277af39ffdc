#include <gtest/gtest.h>

#include "images/common/base/file.h"
#include "operator/kube/base64.h"
#include "operator/kube/client_config.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::kube {
namespace {

// As kind writes it.
constexpr const char* kKind = R"(apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Y2EtcGVt
    server: https://127.0.0.1:6443
  name: kind-kind
contexts:
- context:
    cluster: kind-kind
    user: kind-kind
  name: kind-kind
current-context: kind-kind
kind: Config
preferences: {}
users:
- name: kind-kind
  user:
    client-certificate-data: Y2VydA==
    client-key-data: a2V5
)";

// One cluster, user and context named x, with lines added to each.
std::string With(const std::string& cluster, const std::string& user = "{}",
                 const std::string& context = "") {
  return "clusters: [{name: x, cluster: " + cluster + "}]\nusers: [{name: x, user: " + user +
         "}]\ncontexts: [{name: x, context: {cluster: x, user: x" + context +
         "}}]\ncurrent-context: x\n";
}

Result<ClientConfig> Parse(const std::string& text) {
  return ParseKubeconfig({{"/etc/k/config", text}});
}

TEST(Kubeconfig, AsKindWritesIt) {
  const auto config = Parse(kKind);
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->server, "https://127.0.0.1:6443");
  EXPECT_EQ(config->ca.data, "ca-pem");
  EXPECT_EQ(config->client_certificate.data, "cert");
  EXPECT_EQ(config->client_key.data, "key");
  EXPECT_EQ(config->name_space, "default");
  EXPECT_FALSE(config->insecure);
}

TEST(Kubeconfig, FieldsAndTheirTraps) {
  struct Case {
    const char* what;
    std::string text;
    std::string ClientConfig::*field;
    std::string value;
  };
  const std::string server = "server: 'https://h'";
  const std::vector<Case> cases = {
      {"a namespace that looks like a number", With("{" + server + "}", "{}", ", namespace: 007"),
       &ClientConfig::name_space, "007"},
      {"a namespace that is null", With("{" + server + "}", "{}", ", namespace: null"),
       &ClientConfig::name_space, "default"},
      {"a token that looks like a number", With("{" + server + "}", "{token: 12345}"),
       &ClientConfig::token, "12345"},
      {"a token file beside the kubeconfig",
       With("{" + server + "}", "{token: t, tokenFile: tokens/a}"), &ClientConfig::token_file,
       "/etc/k/tokens/a"},
      {"an absolute token file", With("{" + server + "}", "{tokenFile: /var/t}"),
       &ClientConfig::token_file, "/var/t"},
      {"a name for the certificate", With("{" + server + ", tls-server-name: api.test}"),
       &ClientConfig::tls_server_name, "api.test"},
      {"a path, without the slash at its end",
       With("{server: 'https://rancher.test/k8s/clusters/c-1/'}"), &ClientConfig::server,
       "https://rancher.test/k8s/clusters/c-1"},
      {"a user of null", With("{" + server + "}", "null"), &ClientConfig::token, ""},
  };
  for (const Case& c : cases) {
    const auto config = Parse(c.text);
    ASSERT_TRUE(config.ok()) << c.what << ": " << config.error().message;
    EXPECT_EQ((*config).*c.field, c.value) << c.what;
  }
}

TEST(Kubeconfig, DataBeatsFilesAndFilesAreRelativeToTheirKubeconfig) {
  const auto config = Parse(
      With("{server: 'https://h', certificate-authority: pki/ca.crt}",
           "{client-certificate: a.crt, client-certificate-data: Y2VydA==, client-key: /k.pem}"));
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->ca.file, "/etc/k/pki/ca.crt");
  EXPECT_EQ(config->client_certificate.data, "cert");
  EXPECT_EQ(config->client_certificate.file, "");
  EXPECT_EQ(config->client_key.file, "/k.pem");
}

TEST(Kubeconfig, TheFirstFileWins) {
  const std::vector<KubeconfigFile> files = {
      {"/a/config", "clusters: [{name: x, cluster: {server: 'https://first'}}]\n"},
      {"/b/config", With("{server: 'https://second'}", "{tokenFile: t}")},
      {"/c/config", "current-context: other\nusers: [{name: x, user: {token: late}}]\n"},
  };
  const auto config = ParseKubeconfig(files);
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->server, "https://first");
  EXPECT_EQ(config->token_file, "/b/t");
  EXPECT_EQ(config->token, "");
}

TEST(Kubeconfig, AContextCanBeChosen) {
  const std::string text =
      "clusters: [{name: a, cluster: {server: 'https://a'}},"
      " {name: b, cluster: {server: 'https://b'}}]\n"
      "contexts: [{name: a, context: {cluster: a}}, {name: b, context: {cluster: b}}]\n"
      "current-context: a\n";
  EXPECT_EQ(ParseKubeconfig({{"f", text}})->server, "https://a");
  EXPECT_EQ(ParseKubeconfig({{"f", text}}, "b")->server, "https://b");
  const auto none = ParseKubeconfig({{"f", text}}, "c");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().message, "there is no context \"c\" in f");
}

TEST(Kubeconfig, WhatCannotBeUsedIsRefusedWithASentence) {
  struct Case {
    std::string text;
    const char* part;
  };
  const std::vector<Case> cases = {
      {"", "no current-context"},
      {"[1, 2]", "is no kubeconfig"},
      {"a: [", "not valid YAML"},
      {"clusters: {a: 1}\ncontexts: 7\ncurrent-context: x", "contexts must be a list"},
      {"current-context: [x]", "current-context must be a text"},
      {"contexts: [{name: x}]\ncurrent-context: x", "names no cluster"},
      {"contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x", "no cluster \"c\""},
      {"contexts: [{name: x, context: 7}]\ncurrent-context: x", "must be a mapping"},
      {With("{}"), "must start with https://"},
      {With("{server: 'https://[fd00::z]:6443'}"), "no IPv6 address between its brackets"},
      {With("{server: 'https://h:99999'}"), "the port"},
      {With("{server: 'https://u:p@h'}"), "user name"},
      {With("{server: 'https://'}"), "names no host"},
      {With("{server: 'https://h', proxy-url: 'http://p'}"), "proxy-url is not supported"},
      {With("{server: 'https://h', insecure-skip-tls-verify: true, certificate-authority: c}"),
       "contradict"},
      {With("{server: 'https://h', insecure-skip-tls-verify: maybe}"), "must be true or false"},
      {With("{server: 'https://h', certificate-authority-data: '!!'}"), "is not base64"},
      {With("{server: 'https://h', tls-server-name: \"a\\r\\nX: y\"}"), "no host name"},
      {With("{server: 'https://h'}", "{client-certificate: c}"), "one is missing"},
      {With("{server: 'https://h'}", "{exec: aws}"), "exec must be a mapping"},
      {With("{server: 'https://h'}", "{exec: {command: aws}}"), "apiVersion \"\" is not supported"},
      {With("{server: 'https://h'}", "{exec: {apiVersion: client.authentication.k8s.io/v1}}"),
       "names no command"},
      {With("{server: 'https://h'}",
            "{exec: {apiVersion: client.authentication.k8s.io/v1, command: c, args: c}}"),
       "args must be a list"},
      {With("{server: 'https://h'}",
            "{exec: {apiVersion: client.authentication.k8s.io/v1, command: c, args: [[c]]}}"),
       "each of args must be a text"},
      {With("{server: 'https://h'}",
            "{exec: {apiVersion: client.authentication.k8s.io/v1, command: c, env: [{value: v}]}}"),
       "a variable of env has no name"},
      {With("{server: 'https://h'}",
            "{exec: {apiVersion: client.authentication.k8s.io/v1, "
            "command: c, interactiveMode: Always}}"),
       "interactiveMode Always is not supported"},
      {With("{server: 'https://h'}", "{auth-provider: {name: gcp}}"), "auth-provider is not"},
      {With("{server: 'https://h'}", "{username: a, password: b}"), "username is not supported"},
      {With("{server: 'https://h'}", "{as: admin}"), "as is not supported"},
      {With("{server: 'https://h'}", "{token: [a]}"), "token must be a text"},
      {std::string(kMaxKubeconfigBytes + 1, ' '), "longer than"},
  };
  for (const Case& c : cases) {
    const auto config = Parse(c.text);
    ASSERT_FALSE(config.ok()) << c.text;
    EXPECT_EQ(config.error().kind, ErrorKind::kUsage);
    EXPECT_NE(config.error().message.find(c.part), std::string::npos) << config.error().message;
  }
}

TEST(Kubeconfig, AProgramThatPrintsCredentialsIsTakenOver) {
  const auto config = Parse(With("{server: 'https://h'}", R"({exec: {
      apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/aws,
      args: [eks, get-token], env: [{name: AWS_PROFILE, value: lab}, {name: EMPTY, value: ''}],
      installHint: install aws, provideClusterInfo: true, interactiveMode: IfAvailable}})"));
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->exec.api_version, "client.authentication.k8s.io/v1beta1");
  EXPECT_EQ(config->exec.command, "/etc/k/./bin/aws");
  EXPECT_EQ(config->exec.arguments, (std::vector<std::string>{"eks", "get-token"}));
  EXPECT_EQ(config->exec.environment,
            (std::map<std::string, std::string>{{"AWS_PROFILE", "lab"}, {"EMPTY", ""}}));
  EXPECT_EQ(config->exec.install_hint, "install aws");
  EXPECT_TRUE(config->exec.provide_cluster_info);
}

TEST(Kubeconfig, ExecElsewhereDoesNotMatter) {
  const std::string text =
      With("{server: 'https://h'}") + "extra: {users: [{name: y, user: {exec: {command: aws}}}]}\n";
  EXPECT_TRUE(Parse(text).ok());
}

TEST(KubeconfigPaths, TheVariableBeforeTheHome) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(KubeconfigPaths("", "/h"), Texts{"/h/.kube/config"});
  EXPECT_EQ(KubeconfigPaths("/a:/b", "/h"), (Texts{"/a", "/b"}));
  EXPECT_EQ(KubeconfigPaths("::/a:", "/h"), Texts{"/a"});
}

TEST(LoadKubeconfig, FilesThatDoNotExistAreLeftOutOfSeveral) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory / "config";
  ASSERT_TRUE(WriteFileAtomically(path, kKind).ok());
  EXPECT_TRUE(LoadKubeconfig({path}).ok());
  EXPECT_TRUE(LoadKubeconfig({directory / "missing", path}).ok());
  const auto missing = LoadKubeconfig({directory / "missing"});
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find(directory / "missing"), std::string::npos);
  EXPECT_FALSE(LoadKubeconfig({directory / "missing", directory / "too"}).ok());
}

TEST(InCluster, FromAPodsFiles) {
  const testing::TemporaryDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory / "token", "t").ok());
  ASSERT_TRUE(WriteFileAtomically(directory / "namespace", "clockwork\n").ok());
  const PodEnvironment environment{"10.96.0.1", "443", directory.path()};
  auto config = LoadInCluster(environment);
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->server, "https://10.96.0.1:443");
  EXPECT_EQ(config->token_file, directory / "token");
  EXPECT_EQ(config->ca.file, directory / "ca.crt");
  EXPECT_EQ(config->name_space, "clockwork");

  config = LoadInCluster({"fd00::1", "443", directory.path()});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->server, "https://[fd00::1]:443");

  const testing::TemporaryDirectory empty;
  EXPECT_NE(LoadInCluster({"10.96.0.1", "443", empty.path()})
                .error()
                .message.find("automountServiceAccountToken"),
            std::string::npos);
  EXPECT_NE(LoadInCluster({"", "", directory.path()}).error().message.find("no pod"),
            std::string::npos);
  EXPECT_FALSE(LoadInCluster({"10.96.0.1", "x", directory.path()}).ok());
}

TEST(ServerAddressTest, Parts) {
  const auto address = ParseServerAddress("https://h.test:6443/a/b/");
  ASSERT_TRUE(address.ok());
  EXPECT_TRUE(address->tls);
  EXPECT_EQ(address->host, "h.test");
  EXPECT_EQ(address->port, 6443);
  EXPECT_EQ(address->path, "/a/b");
  EXPECT_EQ(ParseServerAddress("https://[fd00::1]:6443/a")->host, "fd00::1");
  EXPECT_EQ(ParseServerAddress("https://[fd00::1]:6443/a")->port, 6443);
  EXPECT_EQ(ParseServerAddress("https://[fd00::1]:6443/a")->path, "/a");
  EXPECT_EQ(ParseServerAddress("https://[::1]")->port, 443);
  EXPECT_EQ(ParseServerAddress("http://h")->port, 80);
  EXPECT_EQ(ParseServerAddress("https://h")->port, 443);
  for (const char* bad : {"", "h", "ftp://h", "https://h:0", "https://h:", "https://h?x=1",
                          "https://h/a b", "https://h/\n", "https://[::1", "https://[]:1",
                          "https://[::1]1", "https://[fe80::1%eth0]:1", "https://::1:6443"}) {
    EXPECT_FALSE(ParseServerAddress(bad).ok()) << bad;
  }
}

TEST(Base64, TextOrNothing) {
  for (const char* text : {"", "a", "ab", "abc", "abcd"})
    EXPECT_EQ(DecodeBase64(EncodeBase64(text)), text);
  EXPECT_EQ(EncodeBase64("ab"), "YWI=");
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("YQ=="), "a");
  EXPECT_EQ(DecodeBase64("YWI="), "ab");
  EXPECT_EQ(DecodeBase64("YW\nJj\n"), "abc");
  EXPECT_EQ(DecodeBase64("AAAA"), std::string(3, '\0'));
  for (const char* bad : {"Y", "YQ", "YQ=", "Y===", "====", "YQ==YQ==", "Y!==", "=YQ="})
    EXPECT_EQ(DecodeBase64(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace clockwork::kube
