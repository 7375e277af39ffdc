#include "operator/local/programs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace clockwork::local {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxParents = 5;  // build/asan/bin is three below the source tree

fs::path OwnDirectory() {
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::current_path(error) : own.parent_path();
}

std::string FindPlotter(const fs::path& own) {
  fs::path directory = own;
  for (int i = 0; i < kMaxParents && directory.has_relative_path(); ++i) {
    // Of the source tree, and of an installation.
    for (const char* place :
         {"images/plotter/plot_figures.py", "share/clockwork/plot_figures.py"}) {
      const fs::path candidate = directory / place;
      std::error_code ignored;
      if (fs::exists(candidate, ignored)) return candidate;
    }
    directory = directory.parent_path();
  }
  return "";
}

}  // namespace

Result<Programs> FindPrograms(const std::string& directory, const std::string& plotter) {
  const fs::path own = OwnDirectory();
  const fs::path where = directory.empty() ? own : fs::absolute(directory);
  Programs programs;
  const std::pair<const char*, std::string*> wanted[] = {{"worker_dummy", &programs.worker_dummy},
                                                         {"controller", &programs.controller},
                                                         {"client", &programs.client},
                                                         {"telemetry", &programs.telemetry}};
  for (const auto& [name, path] : wanted) {
    *path = where / name;
    if (::access(path->c_str(), X_OK) == 0) continue;
    return UsageError(
        fmt::format("there is no program {} in {}; build it, or name its directory with --programs",
                    name, where.string()));
  }
  if (!plotter.empty() && ::access(plotter.c_str(), R_OK) != 0) {
    return UsageError(fmt::format("--plotter: cannot read {}", plotter));
  }
  programs.plotter = plotter.empty() ? FindPlotter(own) : fs::absolute(plotter).string();
  return programs;
}

}  // namespace clockwork::local
