#pragma once

// The thin server around the worker core: bytes to actions, results to bytes. Decides nothing.
//
// Results go to the connection that the action came from and are dropped when it is gone. A peer
// that sends something malformed loses its connection, nothing else. One thread.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "images/common/net/connection.h"
#include "images/common/net/event_loop.h"
#include "images/common/wire/worker_messages.h"
#include "images/worker_dummy/core/worker.h"

namespace clockwork::worker {

// Controllers connected at the same time; more are refused.
inline constexpr std::size_t kMaxConnections = 64;
// Results that one controller leaves unread before no more of its actions are read.
inline constexpr std::size_t kPauseReadingAboveBytes = std::size_t{64} << 20;
// Turns of the program begin so far apart; results and actions are late by this much at most, while
// GPUs work on undisturbed.
inline constexpr Nanos kMinTurnNs = 100 * kMicrosecond;
// Time between two lines of statistics.
inline constexpr Nanos kStatisticsPeriodNs = 10 * kSecond;

class Server : public net::ConnectionHandler {
 public:
  // The loop must outlive the server.
  Server(const WorkerConfig& config, net::EventLoop* loop);

  // Takes over a connected socket.
  void Accept(int fd);

  // One turn of the loop and what is due afterwards.
  void RunOnce();
  // What was done since the last time; to be called at the end, too.
  void LogStatistics();

  void OnFrame(net::Connection& connection, const net::Frame& frame) override;
  void OnClosed(net::Connection& connection, const std::string& reason) override;

 private:
  // Decodes the frame and hands it to the worker.
  Status Dispatch(const Origin& origin, const net::Frame& frame);
  // Decodes into `action`, a new one or one that is kept for its capacity.
  template <typename Action, typename Deliver>
  Status Decoded(const net::Frame& frame, Action&& action, Deliver&& deliver);
  // Carries out the effects.
  void Flush();
  void LookUpModels();
  void Send(OutgoingResult* outgoing);

  net::EventLoop* const loop_;
  Worker worker_;
  Effects effects_;
  std::unordered_map<ConnectionId, net::Connection*> connections_;
  std::unordered_map<const net::Connection*, ConnectionId> ids_;
  ConnectionId next_id_ = 1;
  std::string zeros_;        // outputs are made of it
  wire::InferAction infer_;  // scratch of one frame, kept for its capacity
  Nanos next_statistics_ns_;
  WorkerCounters logged_;  // the counters at the last line
  std::uint64_t dropped_ = 0;
};

}  // namespace clockwork::worker
