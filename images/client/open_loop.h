#pragma once

// The measuring part: sends every request of the workload at its absolute time and keeps the books
// of what became of it. An open loop: it never waits for answers, and falling behind changes no
// later time. One thread.
//
// Each turn encodes what is due (at most kMaxBurst requests), hands it to the system with one
// write, stamps it as sent, and sleeps until the next request or an answer. A request counts as
// sent when its last byte was handed over, so a socket that takes no more shows as lag. Requests
// are encoded ahead of a blocked socket up to kMaxSendBufferBytes; the others stay in the schedule.
//
// Turns begin at least kMinTurnNs apart, and up to twice that when no request is due earlier, so
// what the loop costs does not grow with the rate. The price is that much lag at most, a tenth of
// what is allowed, and that an answer may be noticed up to twice that much late.

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "images/client/controller_link.h"
#include "images/client/core/ledger.h"
#include "images/client/core/model_list.h"
#include "images/client/core/scalability_workload.h"
#include "images/common/base/time.h"

namespace clockwork::client {

inline constexpr Nanos kMinTurnNs = 100 * kMicrosecond;
inline constexpr std::size_t kMaxBurst = 512;
inline constexpr std::uint64_t kMaxSendBufferBytes = 64ULL << 20;
// Requests that are still unsent at the end are counted up to here; the run is invalid anyway.
inline constexpr std::size_t kMaxUnsentCounted = 10'000'000;

// LZ4 blocks by uncompressed size. Empty: requests carry no input.
using Inputs = std::unordered_map<std::uint64_t, std::string>;

class OpenLoop final : public InferenceListener {
 public:
  struct Parts {
    net::EventLoop* loop;
    const net::StopSignal* stop;
    ControllerLink* link;
    ScalabilityWorkload* workload;
    const std::vector<LoadedModel>* models;
    const Inputs* inputs;
    Ledger* ledger;
  };
  // Called about once per second of the run, with the time since its start.
  using EverySecond = std::function<void(Nanos elapsed_ns)>;

  // All parts must outlive the object.
  OpenLoop(const Parts& parts, Nanos drain_ns, EverySecond every_second);
  ~OpenLoop() override;
  OpenLoop(const OpenLoop&) = delete;
  OpenLoop& operator=(const OpenLoop&) = delete;

  // Runs all load steps and then waits, at most drain_ns, for the last answers. Returns early when
  // the controller is lost or the program is asked to stop. Closes the ledger. Returns the time
  // that the load steps have had, at most the schedule's total.
  Nanos Run();

 private:
  // A request that was encoded but not yet handed over to the last byte.
  struct Queued {
    std::uint64_t end_byte;  // position in the stream of bytes to the controller
    Nanos scheduled_ns;
    std::uint32_t id;
    std::uint32_t step;
  };

  void OnInference(std::uint32_t id, std::int32_t status, Nanos received_ns) override;

  bool Finished(Nanos now_ns) const;
  bool Blocked() const;
  Nanos NextWakeNs() const;
  // Sleeps until the next turn may begin.
  void Pause();
  // Returns whether the burst was full: more may be due, and the next turn must not wait.
  [[nodiscard]] bool EncodeDue(Nanos now_ns);
  // Books the requests whose last byte has been handed over.
  void BookWritten(Nanos now_ns);
  void BookUnsent(Nanos now_ns);

  const Parts parts_;
  const Nanos drain_ns_;
  const EverySecond every_second_;
  std::vector<std::string_view> input_of_model_;
  Nanos start_ns_ = 0;
  Nanos end_ns_ = 0;  // of the last load step
  Nanos next_report_ns_ = 0;
  Nanos turn_ns_ = 0;          // when the latest pause ended
  std::vector<Queued> queue_;  // [queue_begin_, size) waits, in order of end_byte
  std::size_t queue_begin_ = 0;
};

}  // namespace clockwork::client
