#pragma once

// The verbs of the Kubernetes API over a transport: JSON objects in and out, errors as values, each
// request counted and rate-limited. Knows no kind in particular. Thread-safe; calls block.

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
};
using RequestObserver = std::function<void(const RequestRecord&)>;

// Waits until a request may be sent; returns how long it waited, in ns. Thread-safe.
class Throttle {
 public:
  virtual ~Throttle() = default;
  virtual Nanos Acquire() = 0;
};

class Client {
 public:
  // All pointers must outlive the client; `throttle` may be null (no limit) and `observe` empty.
  Client(HttpTransport* transport, Throttle* throttle, RequestObserver observe);

  Outcome<Json> Get(const ResourceType& type, std::string_view name_space, std::string_view name);
  // Every page. An empty name_space lists all namespaces.
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
  Outcome<Json> Exchange(std::string_view type_label, const HttpRequest& request);

  HttpTransport* transport_;
  Throttle* throttle_;
  RequestObserver observe_;
};

inline constexpr std::int64_t kListPageSize = 500;
inline constexpr std::int64_t kMaxListPages = 10'000;

}  // namespace clockwork::kube
