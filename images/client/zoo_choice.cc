#include "images/client/zoo_choice.h"

#include <fmt/format.h>

#include <utility>

#include "images/client/core/mapping.h"
#include "images/common/model/zoo.h"
#include "images/common/model/zoo_directory.h"

namespace clockwork::client {

Result<ZooChoice> ChooseZoo(const std::string& zoo, const std::string& order, std::size_t copies) {
  ZooChoice choice;
  choice.name = zoo;
  choice.order = order;
  choice.shuffle_models = order == "shuffled";
  if (const Zoo* builtin = FindBuiltinZoo(zoo); builtin != nullptr) {
    choice.entries = ZooEntries(
        *builtin, order == "published" ? ModelOrder::kPublished : ModelOrder::kAlphabetical);
  } else {
    auto entries = ListZooDirectory(zoo);
    if (!entries.ok()) return entries.error();
    choice.entries = std::move(*entries);
    if (order == "published") choice.order = "alphabetical";
  }
  if (choice.entries.size() * copies > kMaxModels) {
    return UsageError(
        fmt::format("--zoo {}: {} models with {} copies each are more than {}; give a "
                    "smaller memory_load_factor",
                    zoo, choice.entries.size(), copies, kMaxModels));
  }
  return choice;
}

}  // namespace clockwork::client
