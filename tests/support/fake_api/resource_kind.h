#pragma once

// The kinds of objects that a FakeApiServer serves, and what is peculiar to each. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace clockwork::testing {

struct ResourceKind {
  std::string group;  // empty: the core group
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = true;
  // Main writes ignore `status`, writes to /status ignore everything else.
  bool status_subresource = false;
  // As of a CustomResourceDefinition: metadata.generation counts changes of what is not status, and
  // the items of a list carry apiVersion and kind (those of built-in kinds do not).
  bool custom = false;
  // PUT without a resourceVersion is allowed.
  bool unconditional_update = true;
  // As pods: a delete only marks the object while it runs on a node, `spec` is immutable, and a new
  // one starts in phase Pending.
  bool pod_like = false;

  std::string ApiVersion() const { return group.empty() ? version : group + "/" + version; }
};

// pods, persistentvolumeclaims, nodes, namespaces, configmaps, events (core and events.k8s.io,
// which are two separate stores here), leases, scalabilityexperiments; bindings, which can only be
// created and put a pod on a node.
std::vector<ResourceKind> DefaultKinds();

// The kind served at a group, version and plural; null when there is none.
const ResourceKind* FindKind(const std::vector<ResourceKind>& kinds, std::string_view group,
                             std::string_view version, std::string_view plural);

// The first kind with this plural; null when there is none.
const ResourceKind* FindKind(const std::vector<ResourceKind>& kinds, std::string_view plural);

}  // namespace clockwork::testing
