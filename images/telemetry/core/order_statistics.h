#pragma once

// The exact k-th smallest of any number of 64-bit keys in memory that does not grow with their
// number, at the price of seeing them several times: a first pass counts keys in cells of about
// 0.05 % width; each later pass divides only those cells that hold a wanted rank, until a cell
// holds one distinct key or few enough keys to be kept. Keys around one wanted rank cost a few
// kilobytes, so the memory grows with the number of wanted ranks alone. Three passes do for
// latencies, a few more for the bits of floating-point numbers. Pure.
//
//   OrderStatistics keys;
//   do {
//     for (each key) keys.Add(key);            // the same keys in every pass, in any order
//   } while (!keys.Resolve(ranks, &values));   // `ranks` may depend on count(), and then stay

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace clockwork::telemetry {

class OrderStatistics {
 public:
  // A cell of at most so many keys is not divided: the keys are kept.
  static constexpr std::size_t kKeptKeys = 256;
  // Cells that a pass may add for all that it divides, within the bounds for each of them.
  static constexpr std::size_t kCellBudget = std::size_t{1} << 16;
  static constexpr int kMinDivisionBits = 4;
  static constexpr int kMaxDivisionBits = 12;

  // `first_pass_bits`: the first pass tells keys apart that differ in their leading this many bits
  // (and the first 1). More bits cost memory (24 bytes per cell in use) and save passes.
  explicit OrderStatistics(int first_pass_bits);

  void Add(std::uint64_t key);

  // Ends a pass. `ranks` ascend (equal ones are fine), from 0, each below count(). True: `*values`
  // holds the key of each rank, and no further pass is needed. False: another pass is. When the
  // keys of the passes differ, the values are those of neither, but there is an end.
  bool Resolve(const std::vector<std::uint64_t>& ranks, std::vector<std::uint64_t>* values);

  // Keys of one pass. Known after the first.
  std::uint64_t count() const { return count_; }
  // Largest key; 0 without keys.
  std::uint64_t max() const { return max_; }

 private:
  static constexpr std::int32_t kClosed = -1;  // nothing below this cell is of interest

  struct Cell {
    std::uint64_t count = 0;
    std::uint64_t min = UINT64_MAX;
    std::uint64_t max = 0;
    std::int32_t part = kClosed;  // its part of parts_, when it is looked at more closely
  };
  // A cell seen closely: divided into equal cells, or as the keys themselves.
  // A cell seen closely: divided into equal cells, or as the keys themselves.
  struct Part {
    std::uint64_t begin = 0;  // smallest key that belongs here
    int shift = 0;            // log2 of the width of the cells
    std::vector<Cell> cells;  // empty: the keys are kept
    std::vector<std::uint64_t> keys;
    bool filling = true;  // in the pass after it was made
  };
  struct Walk;

  Cell* FirstCell(std::uint64_t key);
  void ResolveCells(std::vector<Cell>* cells, Walk* walk);
  void ResolveCell(Cell* cell, std::uint64_t end_rank, Walk* walk);
  void LookCloser(const std::vector<Cell*>& cells);

  int bits_;
  bool first_pass_ = true;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  // The first pass' cells by the position of the leading 1 of the key: made when first used.
  std::array<std::vector<Cell>, 65> groups_;
  std::vector<Part> parts_;
};

}  // namespace clockwork::telemetry
