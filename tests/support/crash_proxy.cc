#include "tests/support/crash_proxy.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tests/support/fake_api/call_record.h"
#include "tests/support/proxied_bytes.h"

namespace clockwork::testing {
namespace {

std::uint64_t NextPlace() {
  static std::atomic<std::uint64_t> place = 0;
  return ++place;
}

[[noreturn]] void RunWild(const char* what) {
  std::fprintf(stderr, "CrashProxy: too many %s\n", what);
  std::abort();
}

void Shut(int fd) {
  if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
}

}  // namespace

bool IsWorkingWrite(const Call& call) {
  return call.IsWrite() && call.resource != "events" && call.resource != "leases";
}

CrashProxy::CrashProxy(std::uint16_t upstream_port, std::function<bool(const Call&)> counts)
    : upstream_port_(upstream_port), counts_(std::move(counts)) {
  listener_ = ListenOnLoopback(&port_);
  acceptor_ = std::thread([this] { Accept(); });
}

CrashProxy::~CrashProxy() {
  Record();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ShutAll();
    Changed();
  }
  Shut(listener_);
  acceptor_.join();
  ::close(listener_);
  for (Connection& connection : connections_) connection.thread.join();
}

std::string CrashProxy::KubeconfigText(const std::string& name_space) const {
  return fmt::format(
      "apiVersion: v1\nkind: Config\ncurrent-context: proxy\n"
      "clusters:\n- name: proxy\n  cluster: {{server: \"http://127.0.0.1:{}\"}}\n"
      "users:\n- name: proxy\n  user: {{}}\n"
      "contexts:\n- name: proxy\n  context: {{cluster: proxy, user: proxy, namespace: {}}}\n",
      port_, name_space);
}

void CrashProxy::Accept() {
  while (true) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      if (client >= 0) ::close(client);
      return;
    }
    if (client >= 0) Admit(client);
  }
}

// With the lock held.
void CrashProxy::Admit(int client) {
  Reap();
  if (mode_ != Mode::kForward) {
    ++turned_away_;
    Changed();
  }
  if (mode_ == Mode::kRefuse) {
    ResetOnClose(client);
    ::close(client);
    return;
  }
  if (connections_.size() >= kMaxProxyConnections) RunWild("connections");
  Connection& connection = connections_.emplace_back();
  connection.client = client;
  connection.thread = std::thread([this, &connection] { Serve(&connection); });
}

// With the lock held, which a thread that has said `ended` does not need any more.
void CrashProxy::Reap() {
  for (auto connection = connections_.begin(); connection != connections_.end();) {
    if (!connection->ended) {
      ++connection;
      continue;
    }
    connection->thread.join();
    connection = connections_.erase(connection);
  }
}

void CrashProxy::Serve(Connection* connection) {
  std::string bytes;
  HttpMessage request;
  ParseState state = ParseState::kIncomplete;
  while (state == ParseState::kIncomplete && ReadSome(connection->client, &bytes)) {
    bool wants_continue = false;
    state = TakeRequest(&bytes, &request, &wants_continue);
    if (wants_continue) SendAll(connection->client, kContinue);
  }
  if (state == ParseState::kComplete) Forward(connection, request);
  const std::lock_guard lock(mutex_);
  ::close(connection->client);
  if (connection->upstream >= 0) ::close(connection->upstream);
  connection->client = connection->upstream = -1;
  connection->ended = true;
  Changed();
}

void CrashProxy::Forward(Connection* connection, const HttpMessage& request) {
  if (!PassGate(*connection)) return;
  const auto entry = std::make_shared<ProxiedCall>();
  entry->call = CallOf(request);
  if (Enter(entry) == Act::kCrash) return Crash(connection);
  if (!OpenUpstream(connection) || !SendAll(connection->upstream, EncodeRequest(request))) {
    ResetOnClose(connection->client);
    return;
  }
  if (entry->call.verb == "WATCH") {
    RelayStream(connection, entry);
  } else {
    RelayWhole(connection, entry);
  }
}

bool CrashProxy::OpenUpstream(Connection* connection) {
  const int upstream = ConnectToLoopback(upstream_port_);
  const std::lock_guard lock(mutex_);
  connection->upstream = upstream;
  if (stopping_ || mode_ == Mode::kRefuse) return false;
  return upstream >= 0;
}

void CrashProxy::RelayWhole(Connection* connection, const Entry& entry) {
  std::string answer;
  while (ReadSome(connection->upstream, &answer)) {
    if (answer.size() > kMaxProxiedAnswerBytes) RunWild("bytes in an answer");
  }
  if (Answered(entry, answer) == Act::kCrash) return Crash(connection);
  if (!PassGate(*connection) || answer.empty() || !SendAll(connection->client, answer)) {
    ResetOnClose(connection->client);
  }
}

void CrashProxy::RelayStream(Connection* connection, const Entry& entry) {
  bool told = false;
  while (true) {
    std::array<pollfd, 2> wait = {pollfd{connection->upstream, POLLIN, 0},
                                  pollfd{connection->client, POLLRDHUP, 0}};
    if (::poll(wait.data(), wait.size(), -1) < 0) continue;
    if (wait[1].revents != 0) return;
    std::string bytes;
    if (!ReadSome(connection->upstream, &bytes)) return;
    if (!std::exchange(told, true)) Answered(entry, bytes);
    if (!PassWatchGate(*connection, entry->call.resource) || !SendAll(connection->client, bytes)) {
      ResetOnClose(connection->client);
      return;
    }
  }
}

bool CrashProxy::PassGate(const Connection& connection) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || mode_ != Mode::kStall; });
  return !stopping_ && mode_ == Mode::kForward && !PeerIsGone(connection.client);
}

bool CrashProxy::PassWatchGate(const Connection& connection, const std::string& resource) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return stopping_ || mode_ == Mode::kRefuse || !held_watches_.contains(resource);
    });
  }
  return PassGate(connection);
}

CrashProxy::Act CrashProxy::Enter(const Entry& entry) {
  const std::lock_guard lock(mutex_);
  if (log_.size() >= kMaxProxiedCalls) RunWild("calls");
  log_.push_back(entry);
  if (counts_(entry->call)) entry->write = ++writes_;
  if (entry->write != 0 && entry->write == crash_write_ && crash_moment_ == Moment::kBefore) {
    return Act::kCrash;
  }
  entry->forwarded = NextPlace();
  entry->call.executed = true;
  Changed();
  return Act::kProceed;
}

CrashProxy::Act CrashProxy::Answered(const Entry& entry, const std::string& answer) {
  const std::lock_guard lock(mutex_);
  entry->answered = NextPlace();
  entry->call.code = CodeOf(answer);
  Changed();
  const bool crash =
      entry->write != 0 && entry->write == crash_write_ && crash_moment_ == Moment::kAfter;
  return crash ? Act::kCrash : Act::kProceed;
}

void CrashProxy::Crash(Connection* connection) {
  std::function<void()> crash;
  {
    const std::lock_guard lock(mutex_);
    crash_write_ = 0;
    crash = std::move(crash_);
  }
  if (crash) crash();
  ResetOnClose(connection->client);
  const std::lock_guard lock(mutex_);
  crashed_ = true;
  Changed();
}

void CrashProxy::CrashAt(std::size_t write, Moment moment, std::function<void()> crash) {
  const std::lock_guard lock(mutex_);
  writes_ = 0;
  crash_write_ = write;
  crash_moment_ = moment;
  crash_ = std::move(crash);
  crashed_ = false;
}

void CrashProxy::Disarm() { CrashAt(0, Moment::kBefore, {}); }

bool CrashProxy::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

std::size_t CrashProxy::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

void CrashProxy::Refuse() {
  const std::lock_guard lock(mutex_);
  mode_ = Mode::kRefuse;
  ShutAll();
  Changed();
}

void CrashProxy::Stall() {
  const std::lock_guard lock(mutex_);
  mode_ = Mode::kStall;
  Changed();
}

void CrashProxy::Resume() {
  const std::lock_guard lock(mutex_);
  mode_ = Mode::kForward;
  Changed();
}

std::size_t CrashProxy::turned_away() const {
  const std::lock_guard lock(mutex_);
  return turned_away_;
}

void CrashProxy::HoldWatches(const std::string& resource) {
  const std::lock_guard lock(mutex_);
  held_watches_.insert(resource);
}

void CrashProxy::ReleaseWatches() {
  const std::lock_guard lock(mutex_);
  held_watches_.clear();
  Changed();
}

std::vector<ProxiedCall> CrashProxy::Log() const {
  const std::lock_guard lock(mutex_);
  std::vector<ProxiedCall> log;
  log.reserve(log_.size());
  for (const Entry& entry : log_) log.push_back(*entry);
  return log;
}

void CrashProxy::Record() const {
  std::vector<Call> calls;
  for (const ProxiedCall& each : Log()) calls.push_back(each.call);
  RecordCalls(calls);
}

void CrashProxy::ClearLog() {
  Record();
  const std::lock_guard lock(mutex_);
  log_.clear();
}

std::size_t CrashProxy::Count(const std::function<bool(const ProxiedCall&)>& like) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      log_.begin(), log_.end(), [&like](const Entry& entry) { return like(*entry); }));
}

bool CrashProxy::WaitUntil(const std::function<bool()>& condition,
                           std::chrono::milliseconds patience) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::unique_lock lock(mutex_);
  while (true) {
    const std::uint64_t seen = changes_;
    lock.unlock();
    if (condition()) return true;
    lock.lock();
    if (!changed_.wait_until(lock, deadline, [&] { return changes_ != seen; })) return false;
  }
}

void CrashProxy::ShutAll() {
  for (const Connection& connection : connections_) {
    Shut(connection.client);
    Shut(connection.upstream);
  }
}

void CrashProxy::Changed() const {
  ++changes_;
  changed_.notify_all();
}

}  // namespace clockwork::testing
