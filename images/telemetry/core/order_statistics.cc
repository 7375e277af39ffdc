#include "images/telemetry/core/order_statistics.h"

#include <algorithm>
#include <bit>

namespace clockwork::telemetry {
namespace {

// A divided cell should leave this many keys per new cell: more cells would stay empty.
constexpr std::uint64_t kKeysPerCell = 64;

}  // namespace

// One way through all cells in ascending order, handing out values to the ranks it passes.
struct OrderStatistics::Walk {
  const std::vector<std::uint64_t>& ranks;
  std::vector<std::uint64_t>* values;
  std::uint64_t seen = 0;  // keys in the cells behind
  std::vector<Cell*> unresolved = {};

  bool Wants(std::uint64_t end_rank) const {
    return values->size() < ranks.size() && ranks[values->size()] < end_rank;
  }
  std::uint64_t rank() const { return ranks[values->size()]; }
};

OrderStatistics::OrderStatistics(int first_pass_bits) : bits_(first_pass_bits) {}

// Keys below 2^bits have a cell each; from there on every doubling has 2^bits cells.
OrderStatistics::Cell* OrderStatistics::FirstCell(std::uint64_t key) {
  const int above = static_cast<int>(std::bit_width(key)) - 1 - bits_;
  const std::size_t group = above < 0 ? 0 : static_cast<std::size_t>(above) + 1;
  std::vector<Cell>& cells = groups_[group];
  if (cells.empty()) cells.resize(std::size_t{1} << bits_);
  const std::uint64_t leading = above < 0 ? key : key >> above;
  return &cells[leading & ((std::uint64_t{1} << bits_) - 1)];
}

void OrderStatistics::Add(std::uint64_t key) {
  const auto count = [key](Cell* cell) {
    ++cell->count;
    cell->min = std::min(cell->min, key);
    cell->max = std::max(cell->max, key);
  };
  Cell* cell = FirstCell(key);
  if (first_pass_) {
    ++count_;
    max_ = std::max(max_, key);
    return count(cell);
  }
  while (cell->part != kClosed) {
    Part& part = parts_[static_cast<std::size_t>(cell->part)];
    if (part.cells.empty()) {
      if (part.filling && part.keys.size() < kKeptKeys) part.keys.push_back(key);
      return;
    }
    const std::uint64_t index = (key - part.begin) >> part.shift;
    if (index >= part.cells.size()) return;  // was not there in the pass before
    cell = &part.cells[index];
    if (part.filling) return count(cell);
  }
}

bool OrderStatistics::Resolve(const std::vector<std::uint64_t>& ranks,
                              std::vector<std::uint64_t>* values) {
  first_pass_ = false;
  for (Part& part : parts_) {
    if (part.filling) std::sort(part.keys.begin(), part.keys.end());
    part.filling = false;
  }
  values->clear();
  Walk walk{ranks, values};
  for (std::vector<Cell>& cells : groups_) ResolveCells(&cells, &walk);
  values->resize(ranks.size(), max_);
  LookCloser(walk.unresolved);
  return walk.unresolved.empty();
}

void OrderStatistics::ResolveCells(std::vector<Cell>* cells, Walk* walk) {
  for (Cell& cell : *cells) {
    const std::uint64_t end_rank = walk->seen + cell.count;
    if (walk->Wants(end_rank)) ResolveCell(&cell, end_rank, walk);
    walk->seen = end_rank;
  }
}

void OrderStatistics::ResolveCell(Cell* cell, std::uint64_t end_rank, Walk* walk) {
  if (cell->part == kClosed) {
    bool resolved = true;
    while (walk->Wants(end_rank)) {
      const bool known = cell->min == cell->max || walk->rank() + 1 == end_rank;
      resolved = resolved && (known || walk->rank() == walk->seen);
      walk->values->push_back(known ? cell->max : cell->min);
    }
    if (!resolved) walk->unresolved.push_back(cell);
    return;
  }
  Part& part = parts_[static_cast<std::size_t>(cell->part)];
  const std::uint64_t begin_rank = walk->seen;
  if (!part.cells.empty()) ResolveCells(&part.cells, walk);
  while (walk->Wants(end_rank)) {
    const std::uint64_t index = walk->rank() - begin_rank;
    walk->values->push_back(index < part.keys.size() ? part.keys[index] : cell->max);
  }
}

// Divides the span of the keys that a cell does hold, which is often much narrower than the cell.
void OrderStatistics::LookCloser(const std::vector<Cell*>& cells) {
  const std::size_t budget = kCellBudget / std::max<std::size_t>(cells.size(), 1);
  const int budget_bits =
      std::clamp(static_cast<int>(std::bit_width(budget)) - 1, kMinDivisionBits, kMaxDivisionBits);
  for (Cell* cell : cells) {
    cell->part = static_cast<std::int32_t>(parts_.size());
    Part& part = parts_.emplace_back();
    part.begin = cell->min;
    if (cell->count <= kKeptKeys) {
      part.keys.reserve(cell->count);
      continue;
    }
    const int useful_bits = static_cast<int>(std::bit_width(cell->count / kKeysPerCell));
    const int bits = std::clamp(useful_bits, kMinDivisionBits, budget_bits);
    const std::uint64_t span = cell->max - cell->min;
    part.shift = std::max(static_cast<int>(std::bit_width(span)) - bits, 0);
    part.cells.resize((span >> part.shift) + 1);
  }
}

}  // namespace clockwork::telemetry
