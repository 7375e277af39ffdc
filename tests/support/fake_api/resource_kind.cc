#include "tests/support/fake_api/resource_kind.h"

namespace clockwork::testing {

std::vector<ResourceKind> DefaultKinds() {
  std::vector<ResourceKind> kinds;
  const auto add = [&kinds](const char* group, const char* version, const char* plural,
                            const char* kind) -> ResourceKind& {
    return kinds.emplace_back(
        ResourceKind{.group = group, .version = version, .plural = plural, .kind = kind});
  };
  ResourceKind& pods = add("", "v1", "pods", "Pod");
  pods.status_subresource = true;
  pods.pod_like = true;
  add("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim").status_subresource = true;
  ResourceKind& nodes = add("", "v1", "nodes", "Node");
  nodes.namespaced = false;
  nodes.status_subresource = true;
  add("", "v1", "namespaces", "Namespace").namespaced = false;
  add("", "v1", "configmaps", "ConfigMap");
  add("", "v1", "bindings", "Binding");
  add("", "v1", "events", "Event");
  add("events.k8s.io", "v1", "events", "Event");
  add("coordination.k8s.io", "v1", "leases", "Lease").unconditional_update = false;
  ResourceKind& experiments =
      add("clockwork.dev", "v1alpha1", "scalabilityexperiments", "ScalabilityExperiment");
  experiments.status_subresource = true;
  experiments.custom = true;
  experiments.unconditional_update = false;
  return kinds;
}

const ResourceKind* FindKind(const std::vector<ResourceKind>& kinds, std::string_view group,
                             std::string_view version, std::string_view plural) {
  for (const ResourceKind& kind : kinds) {
    if (kind.group == group && kind.version == version && kind.plural == plural) return &kind;
  }
  return nullptr;
}

const ResourceKind* FindKind(const std::vector<ResourceKind>& kinds, std::string_view plural) {
  for (const ResourceKind& kind : kinds) {
    if (kind.plural == plural) return &kind;
  }
  return nullptr;
}

}  // namespace clockwork::testing
