#include "images/telemetry/collect.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "images/common/base/file.h"
#include "images/common/telemetry/reader.h"
#include "images/common/telemetry/trial_log.h"
#include "images/telemetry/directory.h"

namespace clockwork::telemetry {
namespace {

constexpr std::size_t kMaxManifestBytes = 65'536;

// One file to copy, and its two names at the destination.
struct Filing {
  std::string from;
  std::string temporary;
  std::string to;
};

Result<Manifest> ReadManifest(const std::string& path) {
  const auto text = ReadFile(path, kMaxManifestBytes);
  if (!text.ok()) {
    return RuntimeError(fmt::format("{}; did the controller end in order?", text.error().message));
  }
  auto manifest = DecodeManifest(*text);
  if (!manifest.ok()) {
    return RuntimeError(fmt::format("{} is no manifest: {}", path, manifest.error().message));
  }
  if (manifest->dropped_request_rows + manifest->dropped_action_rows > 0) {
    return RuntimeError(fmt::format(
        "{} says that {} request rows and {} action rows were dropped; free disk space and run the "
        "trial again",
        path, manifest->dropped_request_rows, manifest->dropped_action_rows));
  }
  if (!manifest->complete) {
    return RuntimeError(
        fmt::format("{} says that the logs are not complete; run the trial again", path));
  }
  return manifest;
}

template <typename Row>
Status CheckLog(const std::string& path, std::uint64_t expected_rows) {
  LogReader<Row> log;
  Status status = log.Open(path);
  std::vector<Row> rows;
  do {
    if (status.ok()) status = log.Next(&rows);
    if (!status.ok()) return status;
  } while (!rows.empty());
  const char* problem = nullptr;
  if (log.cut()) {
    problem = "is cut in its last line";
  } else if (log.dropped_rows() > 0) {
    problem = "has rows with missing fields";
  } else if (log.rows() != expected_rows) {
    problem = "and the manifest differ";
  }
  if (problem == nullptr) return {};
  return RuntimeError(
      fmt::format("{} {}: {} whole rows, {} damaged ones, {} according to the manifest; run the "
                  "trial again",
                  path, problem, log.rows(), log.dropped_rows(), expected_rows));
}

Status CheckLogs(const std::string& directory) {
  const auto manifest = ReadManifest(directory + "/" + kManifestName);
  if (!manifest.ok()) return manifest.error();
  Status status = CheckLog<RequestRow>(directory + "/" + kRequestLogName, manifest->request_rows);
  if (!status.ok()) return status;
  return CheckLog<ActionRow>(directory + "/" + kActionLogName, manifest->action_rows);
}

Status SyncPath(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int code = errno;
  if (fd >= 0) ::close(fd);
  if (synced) return {};
  return RuntimeError(fmt::format("cannot write {} to disk: {}", path, std::strerror(code)));
}

Status CopyAndRename(const std::vector<Filing>& filings) {
  std::error_code error;
  for (const Filing& filing : filings) {
    std::filesystem::copy_file(filing.from, filing.temporary,
                               std::filesystem::copy_options::overwrite_existing, error);
    if (error) {
      return RuntimeError(
          fmt::format("cannot copy {} to {}: {}", filing.from, filing.temporary, error.message()));
    }
    if (Status status = SyncPath(filing.temporary); !status.ok()) return status;
  }
  for (const Filing& filing : filings) {
    std::filesystem::rename(filing.temporary, filing.to, error);
    if (error) {
      return RuntimeError(fmt::format("cannot create {}: {}", filing.to, error.message()));
    }
  }
  return {};
}

// In the order in which they appear; the manifest vouches for the others.
std::vector<Filing> Filings(const CollectOptions& options, const std::string& directory) {
  std::vector<std::pair<std::string, std::string>> sources = {
      {options.logs + "/" + kRequestLogName, "request.tsv"},
      {options.logs + "/" + kActionLogName, "action.tsv"}};
  if (!options.client_summary.empty()) sources.emplace_back(options.client_summary, "client.json");
  sources.emplace_back(options.logs + "/" + kManifestName, "manifest.json");
  std::vector<Filing> filings;
  for (const auto& [from, kind] : sources) {
    const std::string name = fmt::format("file=controller_{}_{}", options.config, kind);
    filings.push_back(
        {from, fmt::format("{}/.{}.tmp", directory, name), fmt::format("{}/{}", directory, name)});
  }
  return filings;
}

}  // namespace

Status RunCollect(const CollectOptions& options) {
  if (Status status = RequireDirectory("--logs", options.logs); !status.ok()) return status;
  if (Status status = CheckLogs(options.logs); !status.ok()) return status;
  const std::string directory = fmt::format("{}/trial-{}", options.experiment, options.trial);
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(directory, ignored);
  if (Status status = MakeDirectory("--experiment", directory); !status.ok()) return status;
  const std::vector<Filing> filings = Filings(options, directory);
  // A manifest of an earlier attempt must not vouch for a mixture.
  std::filesystem::remove(filings.back().to, ignored);
  Status status = CopyAndRename(filings);
  if (status.ok()) return SyncPath(directory);
  for (const Filing& filing : filings) {
    std::filesystem::remove(filing.temporary, ignored);
    std::filesystem::remove(filing.to, ignored);
  }
  if (is_new) std::filesystem::remove(directory, ignored);
  return status;
}

}  // namespace clockwork::telemetry
