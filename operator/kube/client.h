#pragma once

// The verbs of the Kubernetes API over a transport: JSON objects in and out, errors as values, each
// request counted and rate-limited. Knows no kind in particular. Thread-safe; calls block.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/kube/api_error.h"
#include "operator/kube/transport.h"

namespace clockwork::kube {

using Json = nlohmann::json;

// A kind of object as the API server serves it.
struct ResourceType {
  std::string group;  // empty: the core group
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = true;
};

// "/apis/group/version/namespaces/ns/plural/name/subresource"; empty parts are left out.
std::string ResourcePath(const ResourceType& type, std::string_view name_space,
                         std::string_view name = {}, std::string_view subresource = {});

struct Selector {
  std::string labels;  // label selector; empty: all
  std::string fields;  // field selector; empty: all
};

struct ObjectList {
  std::vector<Json> items;       // each with apiVersion and kind filled in
  std::string resource_version;  // to watch from
};

enum class WatchEventType { kAdded, kModified, kDeleted, kBookmark };
struct WatchEvent {
  WatchEventType type = WatchEventType::kAdded;
  Json object;
};

// One line of a watch. An ERROR event becomes the error that its Status object says (410: kGone);
// nothing for an event type that is not known.
Outcome<std::optional<WatchEvent>> DecodeWatchLine(std::string_view line);

// More than `limit` objects of a kind: kMalformed, with what to do about it.
ApiError TooManyObjects(std::string_view kind, std::size_t limit);

// The error of an answer that is not 2xx, from its Status body as far as there is one.
ApiError DecodeStatus(const HttpResponse& response);

struct DeleteOptions {
  std::string uid;                            // only the object with this uid; empty: any
  std::optional<std::int64_t> grace_seconds;  // absent: the object's own
  std::string propagation = "Background";
};

// What the client tells about each request when it is over (metrics.h takes it).
struct RequestRecord {
  std::string method;  // GET, POST, PATCH, PUT, DELETE, and WATCH for the opening of one
  std::string type;    // plural, with "/status" for the subresource
  int code = 0;        // 0: no answer
  Nanos duration_ns = 0;
  Nanos throttled_ns = 0;  // waited for the rate limit
  bool fenced = false;     // not sent: the WriteGate was closed
};
using RequestObserver = std::function<void(const RequestRecord&)>;

// Waits until a request may be sent; returns how long it waited, in ns. Thread-safe.
class Throttle {
 public:
  virtual ~Throttle() = default;
  virtual Nanos Acquire() = 0;
};

// Blocks for a span of ns; false when it was cut short because the process stops
// (StopSignal::WaitFor).
using InterruptibleWait = std::function<bool(Nanos)>;

// Whether a write may be sent now: the fence of a leader election. Any thread; must not block.
using WriteGate = std::function<bool()>;

class Client {
 public:
  // All pointers must outlive the client; `throttle` may be null (no limit) and `observe` empty.
  // `wait`: how to obey a Retry-After (429 and 5xx that carry one say that the request was not
  // executed: it is sent again, a write too, up to kMaxRetries times and kMaxRetryTotalNs). Without
  // it, nothing is ever sent twice and the caller gets the error.
  // `may_write` is asked after all waits, each time a write is about to be sent; a no is the error
  // kFenced. Empty: always.
  Client(HttpTransport* transport, Throttle* throttle, RequestObserver observe,
         InterruptibleWait wait = {}, WriteGate may_write = {});

  Outcome<Json> Get(const ResourceType& type, std::string_view name_space, std::string_view name);
  // Every page, up to kMaxListedObjects (kMalformed above). An empty name_space lists all
  // namespaces. A list whose next page has expired is begun again, once.
  Outcome<ObjectList> List(const ResourceType& type, std::string_view name_space,
                           const Selector& selector);
  Outcome<Json> Create(const ResourceType& type, std::string_view name_space, const Json& object);
  // PUT: with the object's own resourceVersion it is a compare-and-swap.
  Outcome<Json> Update(const ResourceType& type, const Json& object,
                       std::string_view subresource = {});
  // JSON merge patch (RFC 7396).
  Outcome<Json> MergePatch(const ResourceType& type, std::string_view name_space,
                           std::string_view name, const Json& patch,
                           std::string_view subresource = {});
  // Server-side apply, forced, as `field_manager`.
  Outcome<Json> Apply(const ResourceType& type, const Json& object, std::string_view field_manager,
                      std::string_view subresource = {});
  Outcome<Done> Delete(const ResourceType& type, std::string_view name_space, std::string_view name,
                       const DeleteOptions& options = {});
  // Opens a watch from `resource_version` with bookmarks; the server ends it after
  // `timeout_seconds`.
  Outcome<std::unique_ptr<LineStream>> Watch(const ResourceType& type, std::string_view name_space,
                                             const Selector& selector,
                                             std::string_view resource_version,
                                             std::int64_t timeout_seconds);

 private:
  Outcome<HttpResponse> SendOnce(const std::string& type_label, const HttpRequest& request);
  Outcome<HttpResponse> Exchange(const std::string& type_label, const HttpRequest& request);
  Outcome<Json> ExchangeJson(const std::string& type_label, const HttpRequest& request);
  Outcome<ObjectList> ListOnce(const ResourceType& type, std::string_view name_space,
                               const Selector& selector);
  void Observe(RequestRecord record, Nanos begin_ns);

  HttpTransport* transport_;
  Throttle* throttle_;
  RequestObserver observe_;
  InterruptibleWait wait_;
  WriteGate may_write_;
};

inline constexpr std::int64_t kListPageSize = 500;
inline constexpr std::int64_t kMaxListPages = 10'000;  // some may be empty
// What a process holds of one kind: 1,000 experiments fit many times, memory does not end first.
inline constexpr std::size_t kMaxListedObjects = 20'000;
inline constexpr int kMaxRetries = 10;  // client-go's
// A server that wants more than this between tries is not waited for.
inline constexpr Nanos kMaxRetryWaitNs = 30 * kSecond;
// All waits for one request together: whoever sent it learns of the trouble after that.
inline constexpr Nanos kMaxRetryTotalNs = 60 * kSecond;
// How much longer than the server's own end of a watch silence is allowed to last.
inline constexpr Nanos kWatchIdleSlackNs = 30 * kSecond;

}  // namespace clockwork::kube
