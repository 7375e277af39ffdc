#include "operator/reconcile/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "images/common/base/command_line.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/parse.h"

namespace clockwork::reconcile {
namespace {

constexpr const char* kProgram = "clockwork-operator";
constexpr std::int64_t kMinLeaseMs = 1'000;
// A leader's requests must be over before another may lead.
constexpr std::int64_t kMinLeaseMarginMs = 1'000;
constexpr std::int64_t kMaxLeaseMs = 600'000;
constexpr std::int64_t kMaxRate = 10'000;
constexpr std::int64_t kMaxLookAgainMs = 600'000;
constexpr std::int64_t kMaxCacheSyncMs = 3'600'000;

Status SetNamespaces(std::string_view name, const std::string& text,
                     std::vector<std::string>* namespaces) {
  namespaces->clear();
  for (const std::string_view item : Split(text, ',')) {
    if (item.empty())
      return UsageError(fmt::format("{}: a namespace is empty in '{}'", name, text));
    if (std::find(namespaces->begin(), namespaces->end(), item) != namespaces->end()) {
      return UsageError(fmt::format("{}: {} is given twice", name, item));
    }
    namespaces->emplace_back(item);
  }
  if (static_cast<std::int64_t>(namespaces->size()) > kMaxNamespaces) {
    return UsageError(fmt::format("{}: at most {} namespaces; leave the option out to watch all",
                                  name, kMaxNamespaces));
  }
  return {};
}

void AddConnection(CommandLine* line, Options* options) {
  line->Text("--kubeconfig",
             "Kubeconfig to use; not given: a pod's service account, else KUBECONFIG, else "
             "~/.kube/config",
             &options->kubeconfig);
  line->Text("--context", "Context of the kubeconfig; its current one when not given",
             &options->context);
  line->Custom("--namespaces", "Namespaces to look after, A,B,…; all when not given",
               [options](std::string_view name, const std::string& text) {
                 return SetNamespaces(name, text, &options->namespaces);
               });
  line->Custom("--watch-nodes",
               "true (default) or false: nodes can be listed with a ClusterRole only",
               [options](std::string_view name, const std::string& text) -> Status {
                 if (text != "true" && text != "false") {
                   return UsageError(fmt::format("{}: '{}' is neither true nor false", name, text));
                 }
                 options->watch_nodes = text == "true";
                 return {};
               });
  line->Integer("--requests-per-second", "Limit on requests to the API server", 1, kMaxRate,
                &options->requests_per_second);
  line->Integer("--burst", "How many requests may come at once", 1, kMaxRate, &options->burst);
}

void AddElection(CommandLine* line, Options* options) {
  line->Flag("--leader-elect", "Act only while holding the lease; for several replicas",
             &options->leader_elect);
  line->Text("--lease-namespace", "Namespace of the lease; the operator's own when not given",
             &options->lease_namespace);
  line->Text("--lease-name", "Name of the lease", &options->lease_name);
  line->Text("--identity", "Name of this replica in the lease; unique when not given",
             &options->identity);
  line->Integer("--lease-duration-ms", "How long a silent leader keeps the others waiting",
                kMinLeaseMs, kMaxLeaseMs, &options->lease_duration_ms);
  line->Integer("--renew-deadline-ms", "After how long without renewal a leader stops", kMinLeaseMs,
                kMaxLeaseMs, &options->renew_deadline_ms);
  line->Integer("--retry-period-ms", "Pause between tries to get or renew the lease", 10,
                kMaxLeaseMs, &options->retry_period_ms);
}

void AddRest(CommandLine* line, Options* options, std::string* log_format) {
  line->Text("--probe-host", "Address to serve /healthz, /readyz and /metrics on",
             &options->probe_host);
  line->Integer("--probe-port", "Port for them; 0 lets the system choose", 0, 65'535,
                &options->probe_port);
  line->Text("--ready-file", "File to write the probe port to when ready", &options->ready_file);
  line->Text("--probe",
             "Do nothing but GET this URL, such as http://HOST:8080/readyz: exit code 0 when the "
             "answer is 200",
             &options->probe_url);
  line->Integer("--workers", "Experiments that are reconciled at once", 1, kMaxWorkers,
                &options->workers);
  line->Integer("--look-again-ms",
                "How often an experiment under way is read whatever the watches say", 100,
                kMaxLookAgainMs, &options->look_again_ms);
  line->Integer("--cache-sync-timeout-ms",
                "Ends the program when the API server has not let it list everything by then", 10,
                kMaxCacheSyncMs, &options->cache_sync_timeout_ms);
  line->Choice("--log-format", "Form of the log on stderr", {"text", "json"}, log_format);
  line->Text("--image-registry", "Registry of images that an experiment does not name",
             &options->image_registry);
  line->Text("--image-tag", "Tag of images that an experiment does not name", &options->image_tag);
}

// client-go's rule: a leader must have time to notice that it is none before others may begin.
Status CheckElection(const Options& options) {
  if (options.lease_duration_ms % 1'000 != 0) {
    return UsageError(
        fmt::format("--lease-duration-ms {}: must be whole seconds, as the lease tells others",
                    options.lease_duration_ms));
  }
  if (options.lease_duration_ms < options.renew_deadline_ms + kMinLeaseMarginMs) {
    return UsageError(fmt::format(
        "--renew-deadline-ms {}: must be at least a second less than --lease-duration-ms {}",
        options.renew_deadline_ms, options.lease_duration_ms));
  }
  if (options.renew_deadline_ms * 10 <= options.retry_period_ms * 12) {
    return UsageError(
        fmt::format("--retry-period-ms {}: 1.2 times it must be less than --renew-deadline-ms {}",
                    options.retry_period_ms, options.renew_deadline_ms));
  }
  return {};
}

}  // namespace

std::optional<int> ParseOptions(int argc, const char* const* argv, Options* options) {
  std::string log_format = "text";
  CommandLine line(kProgram,
                   "Runs the ScalabilityExperiments of a Kubernetes cluster: creates the pods of "
                   "their trials, files the telemetry and keeps their status.");
  AddConnection(&line, options);
  AddElection(&line, options);
  AddRest(&line, options, &log_format);
  if (const auto end = line.Parse(argc, argv)) return end;
  options->log_format = log_format == "json" ? LogFormat::kJson : LogFormat::kText;
  if (const Status status = CheckElection(*options); !status.ok()) {
    return ReportError(kProgram, status.error());
  }
  return std::nullopt;
}

}  // namespace clockwork::reconcile
