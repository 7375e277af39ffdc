// Runs an entry point without a fuzzer: every file of a corpus, then seeded random mutations of
// them.
//
//   x_replay CORPUS_DIRECTORY [MUTATIONS [SEED]]
//
// The same numbers give the same inputs. An input that breaks something is shown as hexadecimal
// digits.

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// There when a sanitizer is.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

constexpr std::size_t kMaxInputBytes = 1 << 16;

std::string current;       // NOLINT: for the callbacks
std::string current_name;  // NOLINT

void ShowInput() {
  std::fprintf(stderr, "\nthe input is %s, %zu bytes: ", current_name.c_str(), current.size());
  for (const char byte : current) {
    std::fprintf(stderr, "%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  }
  std::fprintf(stderr, "\n");
}

void OnAbort(int /*signal*/) { ShowInput(); }

void Run(std::string name, std::string input) {
  current_name = std::move(name);
  current = std::move(input);
  // A copy of exactly that size, so that reading behind it is seen.
  const std::vector<std::uint8_t> bytes(current.begin(), current.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

// Name and content, by name.
std::vector<std::pair<std::string, std::string>> ReadCorpus(const char* directory) {
  std::vector<std::pair<std::string, std::string>> corpus;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ifstream file(entry.path(), std::ios::binary);
    corpus.emplace_back(entry.path().filename(),
                        std::string(std::istreambuf_iterator<char>(file), {}));
  }
  std::sort(corpus.begin(), corpus.end());
  return corpus;
}

class Mutator {
 public:
  Mutator(const std::vector<std::pair<std::string, std::string>>& corpus, std::uint32_t seed)
      : corpus_(corpus), random_(seed) {}

  std::string Next() {
    std::string input = corpus_[Below(corpus_.size())].second;
    const std::size_t changes = 1 + Below(4);
    for (std::size_t i = 0; i < changes; ++i) Change(&input);
    if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
    return input;
  }

 private:
  std::size_t Below(std::size_t end) { return end == 0 ? 0 : random_() % end; }
  char AnyByte() { return static_cast<char>(Below(256)); }
  char TellingByte() {
    static constexpr char kBytes[] = {0,   1,   -1,  127, -128, '\n', '\t',
                                      ',', ':', '-', '"', '0',  '9'};
    return kBytes[Below(sizeof(kBytes))];
  }

  void Change(std::string* input) {
    const std::size_t at = Below(input->size() + 1);
    const std::size_t length = 1 + Below(8);
    switch (Below(8)) {
      case 0:
        if (at < input->size()) (*input)[at] = AnyByte();
        return;
      case 1:
        if (at < input->size()) (*input)[at] = TellingByte();
        return;
      case 2:
        if (at < input->size()) (*input)[at] = static_cast<char>((*input)[at] ^ (1 << Below(8)));
        return;
      case 3:
        input->insert(at, length, TellingByte());
        return;
      case 4:
        if (at < input->size()) input->erase(at, length);
        return;
      case 5:
        input->resize(at);
        return;
      case 6:
        input->insert(at, input->substr(Below(input->size() + 1), 4 * length));
        return;
      default: {
        const std::string& other = corpus_[Below(corpus_.size())].second;
        *input = input->substr(0, at) + other.substr(Below(other.size() + 1));
      }
    }
  }

  const std::vector<std::pair<std::string, std::string>>& corpus_;
  std::mt19937 random_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY [MUTATIONS [SEED]]\n", argv[0]);
    return 2;
  }
  const unsigned long mutations = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 0;
  const unsigned long seed = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 1;
  std::signal(SIGABRT, OnAbort);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(ShowInput);

  const auto corpus = ReadCorpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s holds no file\n", argv[1]);
    return 1;
  }
  for (const auto& [name, content] : corpus) Run(name, content);
  Run("empty", "");
  Mutator mutator(corpus, static_cast<std::uint32_t>(seed));
  for (unsigned long i = 0; i < mutations; ++i)
    Run("mutation " + std::to_string(i), mutator.Next());
  std::printf("%zu files, %lu mutations\n", corpus.size(), mutations);
  return 0;
}
