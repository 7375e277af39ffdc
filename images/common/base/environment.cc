#include "images/common/base/environment.h"

#include <cstdlib>

namespace clockwork {

std::string EnvironmentOr(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before threads start
  return value == nullptr || *value == '\0' ? fallback : std::string(value);
}

}  // namespace clockwork
