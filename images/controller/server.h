#pragma once

// The controller's thin shell: sockets, telemetry and the clock around the cores. Decodes what
// arrives, hands it to Startup or Scheduler, carries out what they want. One thread, one event
// loop.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "images/common/base/parse.h"
#include "images/common/base/result.h"
#include "images/common/net/connection.h"
#include "images/common/net/event_loop.h"
#include "images/common/net/stop_signal.h"
#include "images/common/telemetry/trial_log.h"
#include "images/controller/core/options.h"
#include "images/controller/core/scheduler.h"
#include "images/controller/core/startup.h"
#include "images/controller/worker_link.h"

namespace clockwork::controller {

struct ServerOptions {
  SchedulerOptions scheduler;
  std::vector<HostPort> workers;
  std::string listen_address = "0.0.0.0";
  std::uint16_t client_port = 12346;
  std::string ready_file;
  Nanos worker_connect_timeout_ns = 10 * kSecond;
};

class Server {
 public:
  static constexpr std::size_t kMaxClients = 1024;  // connected at once
  // Answers that a client has not read, at which its requests are left in its socket.
  static constexpr std::size_t kPauseReadingAboveBytes = std::size_t{64} << 20;
  // Turns begin so far apart: what arrives meanwhile costs one wake-up instead of one each, and is
  // decided on at most 100 us later, as a sleep ends about 20 us late.
  static constexpr Nanos kMinTurnNs = 80 * kMicrosecond;
  static constexpr Nanos kFlushPeriodNs = kSecond;
  static constexpr Nanos kStatisticsPeriodNs = 10 * kSecond;

  // All must outlive the server.
  Server(const ServerOptions& options, net::EventLoop* loop, net::StopSignal* stop,
         telemetry::TrialLog* log);

  // Errors: address in use, or not this machine's.
  Status Listen();
  // Connects to the workers and asks for their state. Requires Listen, and that `log` is open.
  // Error: a worker is out of reach.
  Status Start();
  // Serves until a stop signal (ok) or until telemetry cannot be written (error).
  Status Run();

 private:
  class WorkerSide : public net::ConnectionHandler {
   public:
    explicit WorkerSide(Server* server) : server_(server) {}
    void OnFrame(net::Connection& connection, const net::Frame& frame) override;
    void OnClosed(net::Connection& connection, const std::string& reason) override;

   private:
    Server* const server_;
  };
  class ClientSide : public net::ConnectionHandler {
   public:
    explicit ClientSide(Server* server) : server_(server) {}
    void OnFrame(net::Connection& connection, const net::Frame& frame) override;
    void OnClosed(net::Connection& connection, const std::string& reason) override;

   private:
    Server* const server_;
  };

  // server.cc
  void AcceptClient(int fd);
  Status ConnectWorkers();
  Status Turn();
  Nanos NextWakeNs() const;
  Status Periodic();
  void LogStatistics();
  Status EndStartup();
  void AnnounceReady();
  Status SilentWorker() const;

  // server_frames.cc
  Status HandleWorkerFrame(std::uint32_t worker, const net::Frame& frame);
  Status HandleWorkerState(std::uint32_t worker, const net::Frame& frame);
  Status HandleClientFrame(std::uint32_t client, const net::Frame& frame);
  Status HandleInference(std::uint32_t client, const net::Frame& frame);
  Status HandleLoadModel(std::uint32_t client, const net::Frame& frame);
  Status HandleLs(std::uint32_t client, const net::Frame& frame);
  Status HandleRefused(std::uint32_t client, const net::Frame& frame);

  // server_effects.cc
  void Flush();         // of the scheduler
  void FlushStartup();  // of the start-up phase
  void SendBounce(const Bounce& bounce);
  void SendModels(const Asker& asker);
  net::Connection* Client(std::uint32_t client) const;

  const ServerOptions options_;
  net::EventLoop* const loop_;
  net::StopSignal* const stop_;
  telemetry::TrialLog* const log_;
  WorkerSide worker_side_{this};
  ClientSide client_side_{this};
  std::uint16_t client_port_ = 0;

  std::vector<WorkerLink> workers_;
  std::unordered_map<const net::Connection*, std::uint32_t> worker_of_;
  std::vector<net::Connection*> clients_;  // by client number; null when gone
  std::unordered_map<const net::Connection*, std::uint32_t> client_of_;

  Startup startup_;
  StartupEffects startup_effects_;
  std::unique_ptr<Scheduler> scheduler_;  // null during the start-up phase
  std::vector<ModelDescription> models_;  // for LS
  Effects effects_;
  Status fatal_;  // an error found while handling a frame, which ends the program
  bool announced_ = false;
  Nanos state_deadline_ns_ = kNever;  // by when every worker must have told its state

  Nanos next_flush_ns_;
  Nanos next_statistics_ns_;
  SchedulerCounters reported_;
};

}  // namespace clockwork::controller
