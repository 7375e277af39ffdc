#include "images/worker_dummy/model_source.h"

#include "images/common/model/zoo.h"
#include "images/common/model/zoo_directory.h"

namespace clockwork::worker {

ModelRead LookUpModel(const std::string& path, std::uint64_t page_bytes) {
  return IsBuiltinPath(path) ? ReadBuiltinModel(path, page_bytes) : ReadModel(path, page_bytes);
}

}  // namespace clockwork::worker
