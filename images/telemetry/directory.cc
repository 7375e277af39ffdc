#include "images/telemetry/directory.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace clockwork::telemetry {

namespace fs = std::filesystem;

Status RequireDirectory(const std::string& option, const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return {};
  return UsageError(fmt::format("{}: {} is not a directory; name an existing one", option, path));
}

Status MakeDirectory(const std::string& option, const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error && fs::is_directory(path, error)) return {};
  return RuntimeError(fmt::format("{}: cannot make the directory {}: {}", option, path,
                                  error ? error.message() : "it is something else"));
}

Result<std::vector<std::string>> FindFiles(const std::string& directory, const std::string& name) {
  std::vector<std::string> found;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(directory, options, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (at->path().filename() != name || !at->is_regular_file(ignored)) continue;
    if (found.size() == kMaxFoundFiles) {
      return RuntimeError(
          fmt::format("{} holds more than {} files named {}; name a directory of one "
                      "experiment",
                      directory, kMaxFoundFiles, name));
    }
    found.push_back(at->path().string());
  }
  if (error) return RuntimeError(fmt::format("cannot read {}: {}", directory, error.message()));
  std::sort(found.begin(), found.end(), [](const std::string& a, const std::string& b) {
    return ::strverscmp(a.c_str(), b.c_str()) < 0;
  });
  return found;
}

}  // namespace clockwork::telemetry
