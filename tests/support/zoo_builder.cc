#include "tests/support/zoo_builder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "images/common/model/clockwork_file.h"

namespace clockwork::testing {

void WriteWholeFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  ASSERT_TRUE(file.good()) << path;
}

std::string MeasurementsText(const ModelSpec& spec) {
  std::string text = fmt::format("weights = {}L; // ns\n", spec.load_ns);
  for (const BatchTime& batch : spec.batches) {
    text += fmt::format("b{} = {}L;\n", batch.batch_size, batch.exec_ns);
  }
  return text;
}

std::string WriteStandInModel(const std::string& directory, const ModelSpec& spec,
                              std::uint64_t page_bytes) {
  const std::string path = fmt::format("{}/{}/model", directory, spec.name);
  std::filesystem::create_directories(directory + "/" + spec.name);
  const std::string metadata = WriteClockworkFile({.input_bytes = spec.input_bytes,
                                                   .output_bytes = spec.output_bytes,
                                                   .page_bytes = page_bytes,
                                                   .weights_pages = spec.weights_pages});
  for (const BatchTime& batch : spec.batches) {
    WriteWholeFile(fmt::format("{}.{}.so", path, batch.batch_size), "");
    WriteWholeFile(fmt::format("{}.{}.clockwork", path, batch.batch_size), metadata);
  }
  WriteWholeFile(path + ".measurements", MeasurementsText(spec));
  WriteWholeFile(path + ".clockwork_params", "");
  return path;
}

}  // namespace clockwork::testing
