#include "images/common/model/measurements.h"

#include <fmt/format.h>

#include <libconfig.h++>

#include "images/common/base/parse.h"
#include "images/common/model/libconfig_text.h"
#include "images/common/model/model.h"

namespace clockwork {
namespace {

Result<Nanos> TimeOf(const libconfig::Setting& setting) {
  if (setting.getType() != libconfig::Setting::TypeInt64) {
    return RuntimeError(fmt::format("line {}: {} must be a whole number of nanoseconds",
                                    setting.getSourceLine(), setting.getName()));
  }
  const auto value = static_cast<std::int64_t>(setting);
  if (value < 0 || value > kMaxModelTimeNs) {
    return RuntimeError(fmt::format("line {}: {} must be from 0 to {} ns, not {}",
                                    setting.getSourceLine(), setting.getName(), kMaxModelTimeNs,
                                    value));
  }
  return Nanos{value};
}

Result<Measurements> Collect(const libconfig::Setting& root) {
  Measurements measurements;
  bool has_weights = false;
  for (int i = 0; i < root.getLength(); ++i) {
    const libconfig::Setting& setting = root[i];
    const std::string name = setting.getName();
    const bool is_weights = name == "weights";
    const auto batch_size =
        ParseInteger(name, name.starts_with("b") ? name.substr(1) : "", 1, kMaxBatchSize);
    if (!is_weights && !batch_size.ok()) continue;
    auto time_ns = TimeOf(setting);
    if (!time_ns.ok()) return time_ns.error();
    if (is_weights) {
      measurements.load_ns = *time_ns;
      has_weights = true;
    } else {
      measurements.exec_ns[static_cast<std::uint32_t>(*batch_size)] = *time_ns;
    }
  }
  if (!has_weights) return RuntimeError("the setting 'weights' is missing");
  return measurements;
}

}  // namespace

Result<Measurements> ParseMeasurements(const std::string& text) {
  libconfig::Config config;
  try {
    config.readString(WithWideIntegers(text));
    return Collect(config.getRoot());
  } catch (const libconfig::ParseException& error) {
    return RuntimeError(fmt::format("line {}: {}", error.getLine(), error.getError()));
  } catch (const libconfig::ConfigException& error) {
    return RuntimeError(error.what());
  }
}

}  // namespace clockwork
