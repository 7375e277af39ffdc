#include "operator/remote/unpack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "operator/local/experiment_directory.h"

namespace clockwork::remote {
namespace {

Error WriteError(const std::string& path) {
  return RuntimeError(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

}  // namespace

Status DirectorySink::Begin(const archive::Member& member) {
  path_ = fmt::format("{}/{}", directory_, member.path);
  if (member.directory) return local::MakeDirectories(path_);
  const std::filesystem::path parent = std::filesystem::path(path_).parent_path();
  if (Status status = local::MakeDirectories(parent); !status.ok()) return status;
  file_ = local::FileDescriptor(
      ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file_.valid()) return WriteError(path_);
  ++files_;
  return {};
}

Status DirectorySink::Content(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return WriteError(path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status DirectorySink::End() {
  file_ = local::FileDescriptor();
  return {};
}

}  // namespace clockwork::remote
