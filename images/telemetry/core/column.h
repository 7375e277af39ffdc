#pragma once

// Values in blocks that stay where they are: growing copies nothing. Pure. One thread.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace clockwork::telemetry {

inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

// Memory to be freed by std::free; whole huge pages where the system has them and `bytes` is a
// multiple of their size: tens of megabytes that are written once would cost a page fault for every
// 4 KiB. Throws std::bad_alloc.
void* AllocateBlock(std::size_t bytes);

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

template <typename T>
class Column {
  static_assert(std::is_trivially_copyable_v<T> && kHugePageBytes % sizeof(T) == 0);

 public:
  void Add(const T& value) { Append({&value, 1}); }
  void Append(std::span<const T> values) {
    while (!values.empty()) {
      if (next_ == end_) Grow();
      const std::size_t count = std::min(values.size(), static_cast<std::size_t>(end_ - next_));
      next_ = std::copy_n(values.begin(), count, next_);
      values = values.subspan(count);
    }
  }
  std::size_t size() const { return capacity_ - static_cast<std::size_t>(end_ - next_); }
  void Clear() { *this = Column(); }
  // Calls visit(values) with a std::span of each block.
  template <typename Visit>
  void ForEachBlock(Visit visit) const {
    for (const Block& block : blocks_) {
      const T* const begin = block.values.get();
      const T* const end = begin + block.size;
      visit(std::span<const T>(begin, end == end_ ? next_ : end));
    }
  }
  template <typename Visit>
  void ForEach(Visit visit) const {
    ForEachBlock([&visit](std::span<const T> values) {
      for (const T& value : values) visit(value);
    });
  }

 private:
  struct Block {
    std::unique_ptr<T[], Free> values;
    std::size_t size;
  };
  static constexpr std::size_t kFirstBlock = std::size_t{1} << 12;
  static constexpr std::size_t kBlock = kHugePageBytes / sizeof(T);

  void Grow();

  std::vector<Block> blocks_;
  std::size_t capacity_ = 0;
  T* next_ = nullptr;
  T* end_ = nullptr;  // of the last block
};

// Few values need little memory.
template <typename T>
void Column<T>::Grow() {
  const std::size_t size = blocks_.empty() ? kFirstBlock : kBlock;
  auto* const memory = static_cast<T*>(AllocateBlock(size * sizeof(T)));
  blocks_.push_back({std::unique_ptr<T[], Free>(memory), size});
  capacity_ += size;
  next_ = blocks_.back().values.get();
  end_ = next_ + size;
}

}  // namespace clockwork::telemetry
