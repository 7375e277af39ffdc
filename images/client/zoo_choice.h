#pragma once

// Which models a run loads, and in which order.

#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/model/model.h"

namespace clockwork::client {

struct ZooChoice {
  std::string name;               // of a built-in zoo, or the directory
  std::string order;              // the order that is really used
  std::vector<ZooEntry> entries;  // in the order of loading
  bool shuffle_models = false;    // shuffle the list of all copies after loading
};

// `zoo` is a built-in zoo's name or a directory, `order` one of published, alphabetical, shuffled.
// A directory has no published order and is taken by name. `copies` are loaded of each entry; too
// many models in total are a usage error, as is a directory without models.
Result<ZooChoice> ChooseZoo(const std::string& zoo, const std::string& order, std::size_t copies);

}  // namespace clockwork::client
