#include "operator/remote/watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "images/common/base/clock.h"
#include "operator/kinds.h"
#include "operator/kube/reflector.h"
#include "operator/local/display.h"
#include "operator/remote/watch_view.h"

namespace clockwork::remote {
namespace {

// Lines of the reflector's thread (an outage began, it ended) for the display, which belongs to
// another thread. Wakes that one.
class Inbox : public kube::OperatorLog {
 public:
  explicit Inbox(int wake) : wake_(wake) {}
  void Write(LogLevel level, std::string_view message,
             std::span<const kube::LogField> fields) override {
    std::string line(message);
    for (const kube::LogField& field : fields) {
      line += fmt::format(", {}: {}", field.name, field.value);
    }
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    outage_ = level == LogLevel::kWarning;  // else it is over
    Wake();
  }
  void Wake() const { ::eventfd_write(wake_, 1); }
  bool outage() {
    const std::lock_guard lock(mutex_);
    return outage_;
  }
  std::vector<std::string> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  const int wake_;
  std::mutex mutex_;
  std::vector<std::string> lines_;  // guarded by mutex_
  bool outage_ = false;             // guarded by mutex_
};

// Waits for a change, an interruption or the next redrawing.
void AwaitSomething(int wake, local::Interrupts* interrupts) {
  pollfd polled[] = {{wake, POLLIN, 0}, {interrupts->descriptor(), POLLIN, 0}};
  ::poll(polled, 2, static_cast<int>(kRedrawNs / kMillisecond));
  eventfd_t ignored = 0;
  ::eventfd_read(wake, &ignored);
}

class Follower {
 public:
  Follower(RemoteExperiment first, kube::Store* store, Inbox* inbox, int wake,
           local::Interrupts* interrupts)
      : last_(std::move(first)),
        key_(kube::MakeKey(last_.name_space, last_.experiment.name)),
        store_(store),
        inbox_(inbox),
        wake_(wake),
        interrupts_(interrupts),
        display_(NowNs()) {
    display_.Note(fmt::format("{}: {}; {} of {} trials done", last_.experiment.name,
                              plan::cluster::NameOf(last_.status.phase), last_.status.trials_done,
                              plan::MakePlan(last_.experiment.spec).order.size()),
                  NowNs());
  }

  Result<RemoteExperiment> Follow(const kube::Reflector& reflector) {
    while (!IsOver(last_.status)) {
      display_.Update(ViewOf(last_, NowNs(), !inbox_->outage()), NowNs());
      AwaitSomething(wake_, interrupts_);
      if (interrupts_->Pending()) {
        return RuntimeError("interrupted; the experiment goes on, and the same command shows it");
      }
      for (const std::string& line : inbox_->Take()) display_.Note(line, NowNs());
      if (!reflector.HasSynced()) continue;
      if (Status status = Look(); !status.ok()) return status.error();
    }
    return last_;
  }

 private:
  Status Look() {
    const kube::ObjectPtr object = store_->Get(key_);
    if (!object || kube::MetadataText(*object, "uid") != last_.uid) {
      return RuntimeError(fmt::format("experiment {} was deleted", last_.experiment.name));
    }
    auto now = DecodeRemote(*object);
    if (!now.ok()) return now.error();
    for (const std::string& line : NewsSince(last_, *now)) display_.Note(line, NowNs());
    last_ = std::move(*now);
    return {};
  }

  RemoteExperiment last_;
  const std::string key_;
  kube::Store* const store_;
  Inbox* const inbox_;
  const int wake_;
  local::Interrupts* const interrupts_;
  local::Display display_;
};

}  // namespace

Result<RemoteExperiment> Watch(Cluster* cluster, const std::string& name,
                               local::Interrupts* interrupts) {
  auto first = GetExperiment(cluster, name);
  if (!first.ok()) return first;
  const local::FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return RuntimeError(fmt::format("eventfd: {}", std::strerror(errno)));
  Inbox inbox(wake.get());
  kube::Store store;
  kube::ClientListWatcher source(cluster->client(), kExperiments, cluster->name_space(),
                                 {"", "metadata.name=" + name});
  kube::ReflectorOptions options;
  options.name = "scalabilityexperiments";
  kube::Reflector reflector(
      options, &source, &store, [&inbox](const kube::Change&) { inbox.Wake(); }, &inbox);
  reflector.Start();
  auto last = Follower(std::move(*first), &store, &inbox, wake.get(), interrupts).Follow(reflector);
  cluster->Shutdown();  // what the reflector waits for
  reflector.Stop();
  return last;
}

}  // namespace clockwork::remote
