#include "images/common/model/zoo.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "images/common/model/zoo_csv.h"
#include "images/common/model/zoo_tables.h"

namespace clockwork {
namespace {

Zoo MakeZoo(std::string name, std::string origin, std::string published_first,
            std::string_view csv) {
  // The table is part of the program; a test holds that it parses.
  return {std::move(name), std::move(origin), std::move(published_first),
          std::move(ParseZooCsv(csv)).value()};
}

}  // namespace

const std::vector<Zoo>& BuiltinZoos() {
  static const std::vector<Zoo> zoos = {
      MakeZoo("v100-osdi20", "61 models measured on a V100, published with Clockwork (OSDI'20)",
              "tsn_inceptionv1_kinetics400", kV100ZooCsv),
      MakeZoo("h100", "75 models measured on an H100 for this project, half precision", "",
              kH100ZooCsv)};
  return zoos;
}

const Zoo* FindBuiltinZoo(std::string_view name) {
  for (const Zoo& zoo : BuiltinZoos()) {
    if (zoo.name == name) return &zoo;
  }
  return nullptr;
}

std::string BuiltinZooNames() {
  std::string names;
  for (const Zoo& zoo : BuiltinZoos()) {
    names += names.empty() ? zoo.name : ", " + zoo.name;
  }
  return names;
}

bool IsBuiltinPath(std::string_view path) { return path.starts_with(kBuiltinPathPrefix); }

std::string BuiltinModelPath(std::string_view zoo, std::string_view model) {
  return fmt::format("{}{}/{}", kBuiltinPathPrefix, zoo, model);
}

const ModelSpec* FindBuiltinModel(std::string_view path) {
  if (!IsBuiltinPath(path)) return nullptr;
  path.remove_prefix(kBuiltinPathPrefix.size());
  const std::size_t slash = path.find('/');
  if (slash == path.npos) return nullptr;
  const Zoo* zoo = FindBuiltinZoo(path.substr(0, slash));
  if (zoo == nullptr) return nullptr;
  const std::string_view name = path.substr(slash + 1);
  const auto found =
      std::lower_bound(zoo->models.begin(), zoo->models.end(), name,
                       [](const ModelSpec& model, std::string_view n) { return model.name < n; });
  return found != zoo->models.end() && found->name == name ? &*found : nullptr;
}

ModelRead ReadBuiltinModel(std::string_view path, std::uint64_t page_bytes) {
  const ModelSpec* model = FindBuiltinModel(path);
  if (model == nullptr) {
    return {kStatusBadModel,
            fmt::format("no built-in model '{}'; give {}<zoo>/<model> with one of the zoos {}",
                        path, kBuiltinPathPrefix, BuiltinZooNames()),
            {}};
  }
  ModelRead read{0, "", *model};
  read.spec.weights_pages = PagesOf(model->weights_bytes, page_bytes);
  return read;
}

std::vector<ZooEntry> ZooEntries(const Zoo& zoo, ModelOrder order) {
  std::vector<ZooEntry> entries;
  entries.reserve(zoo.models.size());
  for (const ModelSpec& model : zoo.models) {
    entries.push_back({model.name, BuiltinModelPath(zoo.name, model.name)});
  }
  if (order == ModelOrder::kPublished) {
    std::stable_partition(entries.begin(), entries.end(), [&zoo](const ZooEntry& entry) {
      return entry.name == zoo.published_first;
    });
  }
  return entries;
}

}  // namespace clockwork
