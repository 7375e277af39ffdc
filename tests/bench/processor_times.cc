#include "tests/bench/processor_times.h"

#include <cctype>
#include <cstdint>
#include <sstream>
#include <string>

namespace clockwork::bench {

std::map<std::size_t, ProcessorTimes> ParseProcessorTimes(std::string_view proc_stat,
                                                          double ticks_per_second) {
  constexpr std::string_view kPrefix = "cpu";
  std::map<std::size_t, ProcessorTimes> times;
  std::istringstream lines{std::string(proc_stat)};
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, kPrefix.size(), kPrefix) != 0 || line.size() == kPrefix.size()) continue;
    if (std::isdigit(static_cast<unsigned char>(line[kPrefix.size()])) == 0) continue;
    std::istringstream fields(line.substr(kPrefix.size()));
    std::size_t cpu = 0;
    std::uint64_t user = 0;
    std::uint64_t nice = 0;
    std::uint64_t system = 0;
    std::uint64_t idle = 0;
    std::uint64_t wait = 0;
    std::uint64_t interrupts = 0;
    std::uint64_t soft_interrupts = 0;
    std::uint64_t steal = 0;
    if (fields >> cpu >> user >> nice >> system >> idle >> wait >> interrupts >> soft_interrupts >>
        steal) {
      times[cpu] = {static_cast<double>(interrupts + soft_interrupts) / ticks_per_second,
                    static_cast<double>(steal) / ticks_per_second};
    }
  }
  return times;
}

}  // namespace clockwork::bench
