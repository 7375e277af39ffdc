#include "tests/support/fake_api/call_record.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

constexpr const char* kDirectory = "records";  // of the build directory
constexpr const char* kExtension = ".calls";
constexpr const char* kEmpty = "-";  // in place of an empty word

std::string WordOf(const std::string& text) { return text.empty() ? kEmpty : text; }
std::string TextOf(const std::string& word) { return word == kEmpty ? "" : word; }

}  // namespace

void RecordCalls(const std::vector<Call>& log) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  static std::set<RecordedCall> written;
  std::filesystem::create_directories(BuiltPath(kDirectory));
  const std::string path = BuiltPath(kDirectory) + "/" + ::program_invocation_short_name + "." +
                           std::to_string(::getpid()) + kExtension;
  std::ofstream file(path, std::ios::app);
  for (const Call& call : log) {
    if (!call.user_agent.starts_with("clockwork-operator/")) continue;
    const RecordedCall record{RbacVerb(call), call.group, call.resource, !call.name_space.empty()};
    if (!written.insert(record).second) continue;
    file << record.verb << " " << WordOf(record.group) << " " << WordOf(record.resource) << " "
         << record.namespaced << "\n";
  }
  file.close();
  if (file.good()) return;
  std::fprintf(stderr, "%s cannot be written\n", path.c_str());
  std::abort();
}

std::map<std::string, std::set<RecordedCall>> ReadRecordedCalls() {
  std::map<std::string, std::set<RecordedCall>> all;
  if (!std::filesystem::exists(BuiltPath(kDirectory))) return all;
  for (const auto& entry : std::filesystem::directory_iterator(BuiltPath(kDirectory))) {
    if (entry.path().extension() != kExtension) continue;
    std::ifstream file(entry.path());
    std::string line;
    while (std::getline(file, line)) {
      std::istringstream words(line);
      RecordedCall call;
      words >> call.verb >> call.group >> call.resource >> call.namespaced;
      call.group = TextOf(call.group);
      call.resource = TextOf(call.resource);
      all[entry.path().stem().stem()].insert(call);  // without the number of the process
    }
  }
  return all;
}

}  // namespace clockwork::testing
