#pragma once

// The exact k-th smallest of any number of 64-bit keys in memory that does not grow with their
// number, at the price of seeing them several times: a first pass counts keys in narrow cells; each
// later pass divides only those cells that hold a wanted rank, until a cell holds one distinct key
// or few enough keys to be kept. Keys around one wanted rank cost a few kilobytes, so the memory
// grows with the number of wanted ranks alone. Who can afford to keep more keys needs two passes;
// else three do for latencies, a few more for the bits of floating-point numbers. Pure.
//
//   OrderStatistics keys;
//   do {
//     for (each key) keys.Add(key);            // the same keys in every pass, in any order
//   } while (!keys.Resolve(ranks, &values));   // `ranks` may depend on count(), and then stay

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace clockwork::telemetry {

// Which cells of the first passes of several searches, all of the same `first_pass_bits`, have keys
// that their next passes want: a flag for each search.
class WantedCells {
 public:
  void Clear() { flags_.clear(); }
  void Mark(std::size_t cell, std::uint8_t flag) {
    if (cell >= flags_.size()) flags_.resize(cell + 1);
    flags_[cell] |= flag;
  }
  // Of the searches that want the keys of this cell.
  unsigned Of(std::size_t cell) const { return cell < flags_.size() ? flags_[cell] : 0U; }

 private:
  std::vector<std::uint8_t> flags_;
};

class OrderStatistics {
 public:
  // A cell of at most so many keys is never divided: the keys are kept.
  static constexpr std::size_t kKeptKeys = 256;
  // Cells that a pass may add for all that it divides, within the bounds for each of them.
  static constexpr std::size_t kCellBudget = std::size_t{1} << 16;
  static constexpr int kMinDivisionBits = 4;
  static constexpr int kMaxDivisionBits = 12;

  // `first_pass_bits`: the first pass tells keys apart that differ in their leading this many bits
  // (and the first 1). More bits cost memory (8 bytes per cell of a doubling in use) and leave
  // later passes less to look at.
  explicit OrderStatistics(int first_pass_bits);

  void Add(std::uint64_t key) {
    std::uint64_t* const cell = FirstCell(CellIndex(key, bits_), bits_);
    if (!first_pass_) return AddLater(*cell, key);
    ++*cell;
    max_ = std::max(max_, key);
  }
  // The same in the first pass, for one who knows first_pass_bits when compiled.
  template <int kFirstPassBits>
  void Count(std::uint64_t key) {
    ++*FirstCell(CellIndex(key, kFirstPassBits), kFirstPassBits);
    max_ = std::max(max_, key);
  }
  // As if the keys that `other` has seen had been added here. Requires that both have the same
  // `first_pass_bits` and that neither has ended its first pass.
  void Merge(const OrderStatistics& other);

  // Ends a pass. `ranks` ascend (equal ones are fine), from 0, each below count(). True: `*values`
  // holds the key of each rank, and no further pass is needed. False: another pass is. When the
  // keys of the passes differ, the values are those of neither, but there is an end.
  // `kept_keys`: so many in all may be kept in the next pass, if they are more than kKeptKeys for
  // each cell.
  bool Resolve(const std::vector<std::uint64_t>& ranks, std::vector<std::uint64_t>* values,
               std::size_t kept_keys = 0);

  // Adds this flag to the cells of which the next pass has to see the keys; other keys may be left
  // out of it. Requires that Resolve was called.
  void MarkWanted(std::uint8_t flag, WantedCells* cells) const;

  // Of the first pass' cells. Keys below 2^bits have a cell each; from there on every doubling has
  // 2^bits cells.
  static std::size_t CellIndex(std::uint64_t key, int bits) {
    const int above = static_cast<int>(std::bit_width(key | std::uint64_t{1} << bits)) - 1 - bits;
    return (static_cast<std::size_t>(above) << bits) + (key >> above);
  }

  // Makes count() that of the keys of the first pass so far.
  void Tally();
  // Keys of one pass. Known after the first, or Tally.
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

    void Count(std::uint64_t key) {
      ++count;
      min = std::min(min, key);
      max = std::max(max, key);
    }
  };
  // A cell seen closely: divided into equal cells, or as the keys themselves.
  struct Part {
    std::uint64_t begin = 0;  // smallest key that belongs here
    int shift = 0;            // log2 of the width of the cells
    std::vector<Cell> cells;  // empty: the keys are kept
    std::vector<std::uint64_t> keys;
    std::size_t most_keys = 0;
    bool filling = true;  // in the pass after it was made
  };
  // A cell of the first pass that holds wanted ranks.
  struct WantedCell {
    std::size_t index;         // by CellIndex
    std::uint64_t begin_rank;  // keys in the cells before
    Cell cell;                 // of which min and max are those of the cell, not of its keys
    bool open = true;          // the next pass wants its keys
  };
  struct Walk;

  // `bits`: bits_.
  std::uint64_t* FirstCell(std::size_t index, int bits) {
    std::vector<std::uint64_t>& cells = groups_[index >> bits];
    if (cells.empty()) cells.resize(std::size_t{1} << bits);
    return &cells[index & ((std::size_t{1} << bits) - 1)];
  }
  void AddLater(std::uint64_t first_cell, std::uint64_t key);
  void EndFirstPass(const std::vector<std::uint64_t>& ranks);
  void ResolveCell(Cell* cell, Walk* walk);
  void ResolveWithin(Cell* cell, std::uint64_t end_rank, Walk* walk);
  static void ResolveKept(std::vector<std::uint64_t>* keys, std::uint64_t end_rank,
                          std::uint64_t max, Walk* walk);
  void LookCloser(const std::vector<Cell*>& cells, std::size_t kept_keys);

  int bits_;
  bool first_pass_ = true;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  // The first pass' cells by the position of the leading 1 of the key: made when first used. In the
  // first pass the number of keys; then 1 and the place in wanted_, or 0 for what is not there.
  std::array<std::vector<std::uint64_t>, 65> groups_;
  std::vector<WantedCell> wanted_;  // ascending
  std::vector<Part> parts_;
};

}  // namespace clockwork::telemetry
