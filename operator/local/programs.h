#pragma once

// Where the programs are that an experiment is made of.

#include <string>

#include "images/common/base/result.h"

namespace clockwork::local {

struct Programs {
  std::string worker_dummy;
  std::string controller;
  std::string client;
  std::string telemetry;
  std::string plotter;  // a Python script; empty when it was not found
};

// Looks in `directory`, or beside our own binary when it is empty. `plotter` may name the plotter;
// empty: plot_figures.py of the source tree or the installation around the binary. A program that
// is missing is a usage error that says where it was looked for; a missing plotter only costs the
// drawings.
Result<Programs> FindPrograms(const std::string& directory, const std::string& plotter);

}  // namespace clockwork::local
