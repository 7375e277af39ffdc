#include "tests/support/fake_api/loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace clockwork::testing {
namespace {

using std::chrono::steady_clock;

constexpr int kBacklog = 128;

// A socket bound to 127.0.0.1 that does not listen yet: the port is taken, connecting is refused.
int BindSocket(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  // So that the successor can be bound before its predecessor is closed.
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) std::abort();
  return fd;
}

std::uint16_t PortOf(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) std::abort();
  return ntohs(address.sin_port);
}

bool HoldsBefore(const Exchange& exchange) {
  return exchange.effect && exchange.effect->kind == Effect::Kind::kHold && !exchange.answered;
}

bool HoldsAnswer(const Exchange& exchange) {
  return exchange.effect && exchange.effect->kind == Effect::Kind::kHoldAnswer &&
         exchange.answered && !exchange.drop;
}

}  // namespace

FakeApiServer::Loop::Loop(FakeApiOptions options) : state_(std::move(options)) {
  listener_ = BindSocket(0);
  port_ = PortOf(listener_);
  if (state_.options.tls) tls_ = std::make_unique<TlsIdentity>();
  StartListening();
  thread_ = std::thread([this] { Serve(); });
}

FakeApiServer::Loop::~Loop() {
  {
    const std::lock_guard lock(state_.mutex);
    stopping_ = true;
  }
  Wake();
  thread_.join();
  close(listener_);
}

void FakeApiServer::Loop::Run(std::function<void()> task) {
  std::unique_lock lock(state_.mutex);
  tasks_.push_back(std::move(task));
  const std::uint64_t mine = ++tasks_added_;
  Wake();
  if (std::this_thread::get_id() == thread_.get_id()) return;
  state_.changed.wait(lock, [&] { return tasks_done_ >= mine; });
}

void FakeApiServer::Loop::RunTasks() {
  const auto due = std::exchange(tasks_, {});
  for (const auto& task : due) task();
  tasks_done_ += due.size();
  if (!due.empty()) state_.Touch();
}

std::size_t FakeApiServer::Loop::CountWatches() const {
  return static_cast<std::size_t>(std::count_if(
      connections_.begin(), connections_.end(),
      [](const auto& connection) { return connection->watch && !connection->watch->ended(); }));
}

void FakeApiServer::Loop::StopListening() {
  connections_.clear();
  const int successor = BindSocket(port_);
  close(listener_);
  listener_ = successor;
  listening_ = false;
}

void FakeApiServer::Loop::StartListening() {
  if (!listening_ && listen(listener_, kBacklog) != 0) std::abort();
  listening_ = true;
}

void FakeApiServer::Loop::PresentCertificate(ServerCertificate which, std::size_t refusals) {
  connections_.clear();
  tls_->Present(which, refusals);
}

void FakeApiServer::Loop::CutWatches() {
  for (const auto& connection : connections_) {
    if (connection->watch) connection->watch->Cut(&connection->out);
  }
}

void FakeApiServer::Loop::SendBookmarks() {
  for (const auto& connection : connections_) {
    if (connection->watch) connection->watch->Bookmark(state_.store, &connection->out);
  }
}

void FakeApiServer::Loop::Serve() {
  std::unique_lock lock(state_.mutex);
  while (!stopping_) {
    RunTasks();
    if (!paused_) Turn(&lock);
    // A hook may have left tasks, and tasks may let more happen.
    if (tasks_.empty()) Poll(&lock);
  }
  connections_.clear();
}

void FakeApiServer::Loop::Turn(std::unique_lock<std::mutex>* lock) {
  // The hooks inside may pause the server or leave tasks; neither takes connections away before
  // the turn is over.
  for (std::size_t i = 0; i < connections_.size() && !paused_; ++i) {
    Connection* connection = connections_[i].get();
    if (connection->held && connection->held->effect->gate->is_open()) {
      Exchange exchange = *std::exchange(connection->held, std::nullopt);
      Go(connection, std::move(exchange), lock);
    }
    Answer(connection, lock);
  }
  const auto now = steady_clock::now();
  for (const auto& connection : connections_) {
    AdvanceWatch(connection.get());
    connection->Write(now);
  }
  const std::size_t before = connections_.size();
  std::erase_if(connections_, [](const auto& connection) { return connection->finished(); });
  if (connections_.size() != before) state_.Touch();
}

void FakeApiServer::Loop::Answer(Connection* connection, std::unique_lock<std::mutex>* lock) {
  while (!connection->held && !connection->watch && !connection->close_when_sent &&
         !connection->reset_when_sent && connection->out.empty() && !paused_) {
    HttpMessage request;
    bool wants_continue = false;
    const ParseState state = TakeRequest(&connection->in, &request, &wants_continue);
    if (state == ParseState::kBad) {
      connection->out += EncodeAnswer(400, "", 0, false);
      connection->close_when_sent = true;
    }
    if (wants_continue && !std::exchange(connection->continued, true)) {
      connection->out += kContinue;
    }
    if (state != ParseState::kComplete) return;
    connection->continued = false;
    Go(connection, state_.Begin(std::move(request)), lock);
    connection->Write(steady_clock::now());
  }
}

void FakeApiServer::Loop::Go(Connection* connection, Exchange exchange,
                             std::unique_lock<std::mutex>* lock) {
  if (HoldsBefore(exchange) && !exchange.effect->gate->is_open()) {
    const GatePtr gate = exchange.effect->gate;
    connection->held = std::move(exchange);
    gate->Reach(waker_);
    // Opened between the question and the registration: nobody else would wake this thread.
    if (gate->is_open()) Wake();
    return;
  }
  if (!exchange.answered && !exchange.drop) state_.Execute(&exchange, lock);
  if (HoldsAnswer(exchange) && !exchange.effect->gate->is_open()) {
    const GatePtr gate = exchange.effect->gate;
    connection->held = std::move(exchange);
    gate->Reach(waker_);
    if (gate->is_open()) Wake();
    return;
  }
  Reply(connection, &exchange);
}

void FakeApiServer::Loop::Reply(Connection* connection, Exchange* exchange) {
  state_.Finish(*exchange);
  if (exchange->drop) {
    connection->reset_when_sent = true;
    return;
  }
  const auto& effect = exchange->effect;
  if (effect && effect->kind == Effect::Kind::kSlow) connection->interval = effect->interval;
  if (exchange->watch) {
    connection->out += kStreamHead;
    connection->watch = std::move(exchange->watch);
    connection->watch_end =
        steady_clock::now() + std::chrono::seconds(exchange->watch_timeout_seconds);
    return;
  }
  std::string body = exchange->answer.body.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (effect && effect->kind == Effect::Kind::kTruncate) {
    body.resize(std::min(body.size(), static_cast<std::size_t>(effect->count)));
  }
  connection->out += EncodeAnswer(exchange->answer.code, body, exchange->answer.retry_after_seconds,
                                  exchange->request.keep_alive);
  connection->close_when_sent = !exchange->request.keep_alive;
}

void FakeApiServer::Loop::AdvanceWatch(Connection* connection) {
  if (!connection->watch) return;
  connection->watch->Advance(state_.store, &connection->out);
  if (steady_clock::now() >= connection->watch_end) {
    connection->watch->TimeOut(state_.store, &connection->out);
  }
  if (!connection->watch->ended()) return;
  // An end without the last chunk, and not a reset, so that what was sent before is surely read.
  if (connection->watch->broken()) connection->close_when_sent = true;
  connection->watch = nullptr;
  state_.Touch();
}

void FakeApiServer::Loop::Poll(std::unique_lock<std::mutex>* lock) {
  std::vector<pollfd> fds = {{waker_->fd(), POLLIN, 0}};
  const auto now = steady_clock::now();
  int wait_ms = -1;
  if (!paused_) {
    if (listening_) fds.push_back({listener_, POLLIN, 0});
    for (const auto& connection : connections_) {
      const bool writes = connection->wants_to_write(now);
      const bool reads = !connection->peer_ended();
      // Nothing to learn from a peer that has ended while its request waits at a gate.
      fds.push_back({writes || reads ? connection->fd() : -1,
                     static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0});
      if (const auto due = connection->due()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - now).count();
        const int left_ms = static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
        wait_ms = wait_ms < 0 ? left_ms : std::min(wait_ms, left_ms);
      }
    }
  }
  lock->unlock();
  poll(fds.data(), fds.size(), wait_ms);
  waker_->Clear();
  lock->lock();
  if (paused_) return;
  for (const auto& connection : connections_) connection->Read();
  if (listening_) Accept();
}

void FakeApiServer::Loop::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    connections_.push_back(std::make_unique<Connection>(fd, tls_.get()));
    state_.Touch();
  }
}

}  // namespace clockwork::testing
