#include "operator/kube/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace clockwork::kube {
namespace {

// The fields of /proc/self/stat from the third on (state); the second is a name that may hold
// anything up to its last parenthesis.
std::vector<double> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t end = text.rfind(')');
  std::vector<double> fields;
  if (end == std::string::npos) return fields;
  std::istringstream words(text.substr(end + 1));
  for (std::string word; words >> word;) fields.push_back(std::atof(word.c_str()));
  return fields;
}

// proc(5) numbers the fields from 1.
double Field(const std::vector<double>& fields, std::size_t number) {
  return number - 3 < fields.size() ? fields[number - 3] : 0;
}

double BootTimeSeconds() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    if (double seconds = 0; word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

double OpenFiles() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    count += 1;
  }
  return count > 0 ? count - 1 : 0;  // without the one that reads the directory
}

double FileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<double>::infinity();
  }
  return static_cast<double>(limit.rlim_cur);
}

double TicksPerSecond() { return static_cast<double>(sysconf(_SC_CLK_TCK)); }

}  // namespace

ProcessMetrics::ProcessMetrics(prometheus::Registry* registry) {
  const auto gauge = [&](const char* name, const char* help) {
    return &prometheus::BuildGauge().Name(name).Help(help).Register(*registry).Add({});
  };
  cpu_seconds_ = &prometheus::BuildCounter()
                      .Name("process_cpu_seconds_total")
                      .Help("Processor time spent, user and system.")
                      .Register(*registry)
                      .Add({});
  resident_bytes_ = gauge("process_resident_memory_bytes", "Resident memory.");
  virtual_bytes_ = gauge("process_virtual_memory_bytes", "Virtual memory.");
  open_fds_ = gauge("process_open_fds", "Open file descriptors.");
  max_fds_ = gauge("process_max_fds", "Most file descriptors that may be open.");
  start_time_seconds_ = gauge("process_start_time_seconds", "When the process began, Unix time.");
  threads_ = gauge("process_threads", "Threads.");
  start_time_seconds_->Set(BootTimeSeconds() + Field(StatFields(), 22) / TicksPerSecond());
  max_fds_->Set(FileLimit());
  Update();
}

void ProcessMetrics::Update() {
  const std::vector<double> fields = StatFields();
  const double cpu_seconds = (Field(fields, 14) + Field(fields, 15)) / TicksPerSecond();
  if (cpu_seconds > cpu_seconds_->Value()) {
    cpu_seconds_->Increment(cpu_seconds - cpu_seconds_->Value());
  }
  threads_->Set(Field(fields, 20));
  virtual_bytes_->Set(Field(fields, 23));
  resident_bytes_->Set(Field(fields, 24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  open_fds_->Set(OpenFiles());
}

}  // namespace clockwork::kube
