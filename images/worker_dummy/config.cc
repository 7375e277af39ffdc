#include "images/worker_dummy/config.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include <libconfig.h++>

#include "images/common/base/file.h"
#include "images/common/model/libconfig_text.h"

namespace clockwork::worker {
namespace {

using libconfig::Setting;

constexpr std::size_t kMaxConfigBytes = 1U << 20U;

// One known setting: its place below WorkerConfig, its type and where it goes. Settings of the
// original that mean nothing here are checked and dropped.
struct Known {
  std::string_view path;
  Setting::Type type;  // whole numbers are read as TypeInt64
  std::uint64_t WorkerConfig::*size = nullptr;
  bool WorkerConfig::*flag = nullptr;
};

constexpr Known kKnown[] = {
    {"memory_settings.weights_cache_size", Setting::TypeInt64, &WorkerConfig::weights_cache_bytes},
    {"memory_settings.weights_cache_page_size", Setting::TypeInt64, &WorkerConfig::page_bytes},
    {"memory_settings.io_pool_size", Setting::TypeInt64, &WorkerConfig::io_pool_bytes},
    {"memory_settings.workspace_pool_size", Setting::TypeInt64,
     &WorkerConfig::workspace_pool_bytes},
    {"memory_settings.host_io_pool_size", Setting::TypeInt64, &WorkerConfig::host_io_pool_bytes},
    {"telemetry_settings.enable_task_telemetry", Setting::TypeBoolean},
    {"telemetry_settings.enable_action_telemetry", Setting::TypeBoolean},
    {"log_dir.telemetry_log_dir", Setting::TypeString},
    {"allow_zero_size_inputs", Setting::TypeBoolean, nullptr,
     &WorkerConfig::allow_zero_size_inputs},
};

const Known* Find(std::string_view path) {
  for (const Known& known : kKnown) {
    if (known.path == path) return &known;
  }
  return nullptr;
}

bool IsKnownGroup(std::string_view path) {
  for (const Known& known : kKnown) {
    if (known.path.starts_with(fmt::format("{}.", path))) return true;
  }
  return false;
}

class Reader {
 public:
  Reader(const std::string& file, const WorkerConfig& defaults) : file_(file), out_{defaults, {}} {}

  Result<ConfigOverrides> Read(const Setting& root) {
    for (int i = 0; i < root.getLength(); ++i) {
      const Setting& child = root[i];
      if (std::string_view(child.getName()) != "WorkerConfig" || !child.isGroup()) {
        return Fail(child, fmt::format("'{}' is not known; the only group is WorkerConfig",
                                       child.getName()));
      }
      if (Status status = ReadGroup(child, ""); !status.ok()) return status.error();
    }
    if (root.getLength() == 0) {
      return UsageError(fmt::format("{}: the group WorkerConfig is missing", file_));
    }
    if (Status status = CheckSizes(); !status.ok()) return status.error();
    return std::move(out_);
  }

 private:
  Status ReadGroup(const Setting& group, const std::string& prefix) {
    for (int i = 0; i < group.getLength(); ++i) {
      const Setting& setting = group[i];
      const std::string path = prefix + setting.getName();
      Status status;
      if (setting.isGroup() && IsKnownGroup(path)) {
        status = ReadGroup(setting, path + ".");
      } else if (const Known* known = Find(path)) {
        status = ReadSetting(setting, *known);
      } else {
        status = Fail(setting, fmt::format("WorkerConfig.{} is not a known setting", path));
      }
      if (!status.ok()) return status;
    }
    return {};
  }

  Status ReadSetting(const Setting& setting, const Known& known) {
    std::string text;
    if (known.type == Setting::TypeInt64) {
      const std::int64_t value =
          setting.getType() == Setting::TypeInt64 ? static_cast<std::int64_t>(setting) : -1;
      if (value < 0 || static_cast<std::uint64_t>(value) > kMaxWeightsBytes) {
        return Fail(setting, fmt::format("{} must be a whole number of bytes up to {}", known.path,
                                         kMaxWeightsBytes));
      }
      out_.config.*known.size = static_cast<std::uint64_t>(value);
      text = std::to_string(value);
    } else if (setting.getType() != known.type) {
      return Fail(setting, fmt::format("{} must be {}", known.path,
                                       known.type == Setting::TypeBoolean ? "true or false"
                                                                          : "a quoted text"));
    } else if (known.type == Setting::TypeBoolean) {
      const bool value = setting;
      if (known.flag != nullptr) out_.config.*known.flag = value;
      text = value ? "true" : "false";
    } else {
      text = setting.c_str();
    }
    out_.announcements.push_back(fmt::format("{} = {}", known.path, text));
    return {};
  }

  Status CheckSizes() const {
    const WorkerConfig& config = out_.config;
    if (config.page_bytes == 0 || config.weights_cache_bytes < config.page_bytes) {
      return UsageError(fmt::format(
          "{}: memory_settings: a cache of {} bytes must hold at least one page of {} bytes, and a "
          "page at least one byte",
          file_, config.weights_cache_bytes, config.page_bytes));
    }
    if (config.weights_cache_bytes / config.page_bytes > kMaxPagesPerGpu) {
      return UsageError(fmt::format("{}: memory_settings: more than {} pages; choose larger pages",
                                    file_, kMaxPagesPerGpu));
    }
    return {};
  }

  Error Fail(const Setting& setting, const std::string& message) const {
    return UsageError(fmt::format("{}: line {}: {}", file_, setting.getSourceLine(), message));
  }

  const std::string& file_;
  ConfigOverrides out_;
};

}  // namespace

Result<ConfigOverrides> ParseWorkerConfig(const std::string& path, const std::string& text,
                                          const WorkerConfig& defaults) {
  libconfig::Config config;
  try {
    config.readString(WithWideIntegers(text));
    return Reader(path, defaults).Read(config.getRoot());
  } catch (const libconfig::ParseException& error) {
    return UsageError(fmt::format("{}: line {}: {}; the file must be in libconfig syntax", path,
                                  error.getLine(), error.getError()));
  } catch (const libconfig::ConfigException& error) {
    return UsageError(fmt::format("{}: {}", path, error.what()));
  }
}

Result<ConfigOverrides> ReadWorkerConfig(const std::string& path, const WorkerConfig& defaults) {
  auto text = ReadFile(path, kMaxConfigBytes);
  if (!text.ok()) {
    return UsageError(
        fmt::format("configuration: {}; name a readable libconfig file", text.error().message));
  }
  return ParseWorkerConfig(path, *text, defaults);
}

}  // namespace clockwork::worker
