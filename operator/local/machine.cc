#include "operator/local/machine.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "images/common/base/clock.h"
#include "images/common/base/version.h"
#include "operator/local/log_tail.h"
#include "operator/local/supervise.h"

namespace clockwork::local {
namespace {

constexpr Nanos kVersionDeadlineNs = 20 * kSecond;

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string Kernel() {
  utsname name{};
  return ::uname(&name) == 0 ? fmt::format("{} {} {}", name.sysname, name.release, name.machine)
                             : "unknown";
}

std::uint64_t MemoryBytes() {
  struct sysinfo info {};
  return ::sysinfo(&info) == 0 ? std::uint64_t{info.totalram} * info.mem_unit : 0;
}

}  // namespace

Result<nlohmann::ordered_json> DescribeMachine(const Programs& programs,
                                               const std::string& scratch_directory,
                                               Interrupts* interrupts) {
  nlohmann::ordered_json versions = {{"clockwork-experiment", Version()}};
  const std::pair<const char*, const std::string*> asked[] = {
      {"worker_dummy", &programs.worker_dummy},
      {"controller", &programs.controller},
      {"client", &programs.client},
      {"telemetry", &programs.telemetry}};
  for (const auto& [name, path] : asked) {
    ProcessSpec spec;
    spec.name = name;
    spec.program = *path;
    spec.arguments = {"--version"};
    spec.log_file = fmt::format("{}/{}-version.txt", scratch_directory, name);
    if (Status status = RunToEnd(spec, interrupts, NowNs() + kVersionDeadlineNs); !status.ok()) {
      return status.error();
    }
    versions[name] = LastLine(spec.log_file);
  }
  return nlohmann::ordered_json{{"cpu", CpuModel()},
                                {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
                                {"memoryBytes", MemoryBytes()},
                                {"kernel", Kernel()},
                                {"programs", std::move(versions)}};
}

}  // namespace clockwork::local
