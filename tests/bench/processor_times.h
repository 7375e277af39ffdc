#pragma once

// What the kernel itself says of where a processor's time went, by the lines "cpuN …" of
// /proc/stat. Both are sampled with the clock tick, so they are good for seconds and not for single
// moments. Pure.

#include <cstddef>
#include <map>
#include <string_view>

namespace clockwork::bench {

struct ProcessorTimes {
  double interrupts_seconds = 0;  // in interrupts and what the kernel does right after them
  double steal_seconds = 0;       // what the host admits to have given to others
};

// By number of the processor; a line that is not of this form is left out. `ticks_per_second` as
// sysconf(_SC_CLK_TCK) has it.
std::map<std::size_t, ProcessorTimes> ParseProcessorTimes(std::string_view proc_stat,
                                                          double ticks_per_second);

}  // namespace clockwork::bench
