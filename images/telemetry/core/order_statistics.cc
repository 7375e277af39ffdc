#include "images/telemetry/core/order_statistics.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace clockwork::telemetry {
namespace {

// A divided cell should leave this many keys per new cell: more cells would stay empty.
constexpr std::uint64_t kKeysPerCell = 64;
// So many wanted ranks among kept keys are found faster one by one than by sorting the keys.
constexpr std::uint64_t kFewRanks = 4;

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

void OrderStatistics::AddLater(std::uint64_t first_cell, std::uint64_t key) {
  if (first_cell == 0) return;
  const Cell* at = &wanted_[first_cell - 1].cell;
  while (at->part != kClosed) {
    Part& part = parts_[static_cast<std::size_t>(at->part)];
    if (part.cells.empty()) {
      if (part.filling && part.keys.size() < part.most_keys) part.keys.push_back(key);
      return;
    }
    const std::uint64_t index = (key - part.begin) >> part.shift;
    if (index >= part.cells.size()) return;  // was not there in the pass before
    if (part.filling) return part.cells[index].Count(key);
    at = &part.cells[index];
  }
}

void OrderStatistics::Tally() {
  count_ = 0;
  for (const std::vector<std::uint64_t>& cells : groups_) {
    count_ = std::accumulate(cells.begin(), cells.end(), count_);
  }
}

void OrderStatistics::Merge(const OrderStatistics& other) {
  max_ = std::max(max_, other.max_);
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    const std::vector<std::uint64_t>& from = other.groups_[group];
    std::vector<std::uint64_t>& to = groups_[group];
    if (to.empty()) to.resize(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
  }
}

// Finds the cells that hold ranks.
void OrderStatistics::EndFirstPass(const std::vector<std::uint64_t>& ranks) {
  Tally();
  std::uint64_t seen = 0;
  auto rank = ranks.begin();
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    // Two groups of cells for one key each; then they get wider.
    const std::size_t above = std::max<std::size_t>(group, 1) - 1;
    const std::uint64_t first = group == 0 ? 0 : std::uint64_t{1} << bits_;
    for (std::size_t i = 0; i < groups_[group].size(); ++i) {
      std::uint64_t& cell = groups_[group][i];
      const std::uint64_t count = std::exchange(cell, 0);
      const auto end = std::find_if(rank, ranks.end(),
                                    [&](std::uint64_t other) { return other >= seen + count; });
      if (end != rank) {
        const std::uint64_t min = (first + i) << above;
        const std::uint64_t max = min + ((std::uint64_t{1} << above) - 1);
        wanted_.push_back({(group << bits_) + i, seen, {count, min, max}});
        cell = wanted_.size();
      }
      rank = end;
      seen += count;
    }
  }
}

bool OrderStatistics::Resolve(const std::vector<std::uint64_t>& ranks,
                              std::vector<std::uint64_t>* values, std::size_t kept_keys) {
  if (first_pass_) EndFirstPass(ranks);
  for (Part& part : parts_) {
    part.filling = false;
  }
  values->clear();
  Walk walk{ranks, values};
  for (WantedCell& wanted : wanted_) {
    const std::size_t unresolved = walk.unresolved.size();
    walk.seen = wanted.begin_rank;
    if (first_pass_ && wanted.cell.min != wanted.cell.max) {
      const std::uint64_t end_rank = wanted.begin_rank + wanted.cell.count;
      while (walk.Wants(end_rank)) values->push_back(wanted.cell.min);
      walk.unresolved.push_back(&wanted.cell);
    } else {
      ResolveCell(&wanted.cell, &walk);
    }
    wanted.open = walk.unresolved.size() > unresolved;
  }
  first_pass_ = false;
  values->resize(ranks.size(), max_);
  LookCloser(walk.unresolved, kept_keys);
  return walk.unresolved.empty();
}

// Leaves the walk behind the cell.
void OrderStatistics::ResolveCell(Cell* cell, Walk* walk) {
  const std::uint64_t end_rank = walk->seen + cell->count;
  if (walk->Wants(end_rank)) ResolveWithin(cell, end_rank, walk);
  walk->seen = end_rank;
}

void OrderStatistics::ResolveWithin(Cell* cell, std::uint64_t end_rank, Walk* walk) {
  const std::uint64_t begin_rank = walk->seen;
  if (cell->part == kClosed) {
    bool resolved = true;
    while (walk->Wants(end_rank)) {
      const bool known = cell->min == cell->max || walk->rank() + 1 == end_rank;
      resolved = resolved && (known || walk->rank() == begin_rank);
      walk->values->push_back(known ? cell->max : cell->min);
    }
    if (!resolved) walk->unresolved.push_back(cell);
    return;
  }
  Part& part = parts_[static_cast<std::size_t>(cell->part)];
  for (Cell& inner : part.cells) ResolveCell(&inner, walk);
  ResolveKept(&part.keys, end_rank, cell->max, walk);
}

// The values of the ranks up to `end_rank` among the keys of a cell, which come in any order.
void OrderStatistics::ResolveKept(std::vector<std::uint64_t>* keys, std::uint64_t end_rank,
                                  std::uint64_t max, Walk* walk) {
  const std::size_t first = walk->values->size();
  const bool few =
      first + kFewRanks >= walk->ranks.size() || walk->ranks[first + kFewRanks] >= end_rank;
  auto sorted = keys->begin();  // all before are in their places
  if (!few) {
    std::sort(keys->begin(), keys->end());
    sorted = keys->end();
  }
  while (walk->Wants(end_rank)) {
    const std::uint64_t index = walk->rank() - walk->seen;
    if (index >= keys->size()) {
      walk->values->push_back(max);
      continue;
    }
    const auto wanted = keys->begin() + static_cast<std::ptrdiff_t>(index);
    if (wanted >= sorted) {
      std::nth_element(sorted, wanted, keys->end());
      sorted = wanted + 1;
    }
    walk->values->push_back(*wanted);
  }
}

void OrderStatistics::MarkWanted(std::uint8_t flag, WantedCells* cells) const {
  for (const WantedCell& wanted : wanted_) {
    if (wanted.open) cells->Mark(wanted.index, flag);
  }
}

void OrderStatistics::LookCloser(const std::vector<Cell*>& cells, std::size_t kept_keys) {
  if (cells.empty()) return;
  const std::size_t most_keys = std::max(kKeptKeys, kept_keys / cells.size());
  const std::size_t budget = kCellBudget / cells.size();
  const int budget_bits =
      std::clamp(static_cast<int>(std::bit_width(budget)) - 1, kMinDivisionBits, kMaxDivisionBits);
  for (Cell* cell : cells) {
    cell->part = static_cast<std::int32_t>(parts_.size());
    Part& part = parts_.emplace_back();
    part.begin = cell->min;
    if (cell->count <= most_keys) {
      part.most_keys = cell->count;
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
