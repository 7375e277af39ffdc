#include "images/common/telemetry/parse_columns.h"

#include <bit>
#include <cstdint>

#include "images/common/telemetry/digits.h"

namespace clockwork::telemetry {
namespace {

// No number of so many digits is too large for its column.
constexpr std::size_t kSafeDigits32 = 9;
constexpr std::size_t kSafeDigits64 = 18;
constexpr std::size_t kHighDigits = TimeDigits::kDigits - kWordDigits;
constexpr std::uint64_t kWordUnit = 100'000'000;

// Goes from field to field without a branch that depends on a field's length; what is wrong is
// gathered, and asked for once per line. All is inlined, so that its state stays in registers. A
// field never reaches more than kMaskBytes ahead, so that a damaged line, too, is left within
// kColumnsSlackBytes.
class Fields {
 public:
  // Begins behind t and its separator.
  [[gnu::always_inline]] explicit Fields(const char* begin)
      : base_(begin), at_(begin), ends_(NonDigits(begin)) {
    bad_ = begin[-1] != '\t';
  }

  // A number that only has to be one, of at most this many digits.
  [[gnu::always_inline]] void Skip(std::size_t most_digits) { Next(most_digits, '\t'); }
  [[gnu::always_inline]] std::int32_t Number() {
    Next(kWordDigits, '\t');
    return static_cast<std::int32_t>(JoinDigits(end_, length_));
  }
  [[gnu::always_inline]] Nanos Span() {
    Next(2 * kWordDigits, '\t');
    if (length_ <= kWordDigits) return static_cast<Nanos>(JoinDigits(end_, length_));
    return static_cast<Nanos>(JoinDigits(end_, kWordDigits) +
                              kWordUnit * JoinDigits(end_ - kWordDigits, length_ - kWordDigits));
  }
  [[gnu::always_inline]] bool Flag(char separator = '\t') {
    Next(1, separator);
    bad_ |= end_[-1] > '1';
    return end_[-1] == '1';
  }
  [[gnu::always_inline]] void Last(std::size_t most_digits) { Next(most_digits, '\n'); }

  // Behind the last field and its separator; null when anything was wrong.
  const char* End() const { return bad_ ? nullptr : at_; }

 private:
  [[gnu::always_inline]] void Next(std::size_t most_digits, char separator) {
    if (ends_ == 0) {
      base_ = at_;
      ends_ = NonDigits(base_);
    }
    end_ = base_ + std::countr_zero(ends_);
    ends_ &= ends_ - 1;
    length_ = static_cast<std::size_t>(end_ - at_);
    at_ = end_ + 1;
    bad_ |= (length_ - 1 >= most_digits) | (*end_ != separator);
  }

  const char* base_;           // of ends_
  const char* at_;             // begin of the next field
  std::uint64_t ends_;         // bits of what is no digit, from base_ on, and not yet passed
  const char* end_ = nullptr;  // of the last field
  std::size_t length_ = 0;
  bool bad_ = false;
};

const char* ParseRest(const char* begin, RequestRow* row) {
  Fields fields(begin);
  fields.Skip(kSafeDigits32);  // request_id
  row->result = fields.Number();
  fields.Skip(kSafeDigits32);  // user_id
  row->model_id = fields.Number();
  fields.Skip(kSafeDigits32);  // slo_factor
  row->latency = fields.Span();
  fields.Skip(kSafeDigits64);  // deadline
  row->deadline_met = fields.Flag();
  row->arrival_count = fields.Number();
  fields.Skip(kSafeDigits32);  // departure_count
  row->is_coldstart = fields.Flag('\n');
  return fields.End();
}

const char* ParseRest(const char* begin, ActionRow* row) {
  Fields fields(begin);
  fields.Skip(kSafeDigits32);  // action_id
  row->action_type = fields.Number();
  for (int i = 0; i < 4; ++i) fields.Skip(kSafeDigits32);  // status to model_id
  row->batch_size = fields.Number();
  row->expected_exec_duration = fields.Span();
  row->worker_exec_duration = fields.Span();
  row->expected_exec_complete = fields.Span();
  row->worker_exec_complete = fields.Span();
  for (int i = 0; i < 3; ++i) fields.Skip(kSafeDigits32);  // clocks
  for (int i = 0; i < 6; ++i) fields.Skip(kSafeDigits64);  // copy output to goodput
  fields.Skip(kSafeDigits32);                              // requests_queued
  fields.Last(kSafeDigits32);                              // copies_loaded
  return fields.End();
}

}  // namespace

[[gnu::always_inline]] inline bool TimeDigits::ReadHigh(const char* begin, std::uint64_t* value) {
  const std::uint64_t first = LoadWord(begin);
  const std::uint64_t second = LoadWord(begin + kHighDigits - kWordDigits);
  if (first != first_ || second != second_) {
    if ((NonDigitsOfWord(first) | NonDigitsOfWord(second)) != 0) return false;
    first_ = first;
    second_ = second;
    high_ = kWordUnit * (LeadingDigits(begin, kWordDigits) * 1'000 +
                         LeadingDigits(begin + kWordDigits, kHighDigits - kWordDigits));
  }
  *value = high_;
  return true;
}

[[gnu::always_inline]] inline bool TimeDigits::Read(const char* begin, std::uint64_t* value) {
  if (!ReadHigh(begin, value)) return false;
  const char* const low = begin + kHighDigits;
  if (NonDigitsOfWord(LoadWord(low)) != 0) return false;
  *value += LeadingDigits(low, kWordDigits);
  // 19 digits may be too large.
  return *value <= static_cast<std::uint64_t>(INT64_MAX);
}

const char* ColumnParser::ParseUnusual(const char* begin, RequestRow* row) {
  std::uint64_t t = 0;
  if (!time_.Read(begin, &t)) return nullptr;
  row->t = static_cast<Nanos>(t);
  return ParseRest(begin + TimeDigits::kDigits + 1, row);
}

// Inlined, so that what is the same for all lines is made once for many.
[[gnu::always_inline]] inline const char* ColumnParser::ParseUsual(const char* begin,
                                                                   RequestRow* row) {
  const char* const tab = begin + TimeDigits::kDigits;
  const std::uint64_t separators = NonDigits(tab);
  // The first separator that is no tab has to be the line's end. It is not found by counting
  // fields: where the next line begins must not wait for that.
  const std::uint64_t strange = separators ^ Tabs(tab);
  const std::uint64_t last = strange & (0 - strange);
  const char* const line_end = tab + (std::countr_zero(strange) & 63);
  const RequestShape* const shape = shapes_.Find(separators & (last | (last - 1)));
  if (shape == nullptr || *line_end != '\n') return ParseUnusual(begin, row);
  const char* const low = begin + kHighDigits;
  const char met = tab[shape->deadline_met];
  const char cold = tab[shape->is_coldstart];
  std::uint64_t high = 0;
  // '0' and '1' differ from all other digits in one of these bits.
  if (!time_.ReadHigh(begin, &high) || NonDigitsOfWord(LoadWord(low)) != 0 ||
      ((met | cold) & 0x0E) != 0) {
    return nullptr;
  }
  const auto [latency_high, latency_low, t_low, model_id] =
      JoinFour(tab + shape->latency_end - 2 * kWordDigits, low,
               tab + shape->model_id_end - kWordDigits, shape->digits);
  const std::uint64_t t = high + t_low;
  if (t > static_cast<std::uint64_t>(INT64_MAX)) return nullptr;  // 19 digits may be too large
  const std::uint64_t few = JoinTwo(
      (LoadHalf(tab + shape->result_end - 4) | LoadHalf(tab + shape->arrival_count_end - 4) << 32) &
      shape->few_digits);
  row->t = static_cast<Nanos>(t);
  row->result = static_cast<std::int32_t>(few);
  row->model_id = static_cast<std::int32_t>(model_id);
  row->latency = static_cast<Nanos>(latency_high * kWordUnit + latency_low);
  row->deadline_met = met == '1';
  row->arrival_count = static_cast<std::int32_t>(few >> 32);
  row->is_coldstart = cold == '1';
  return line_end + 1;
}

const char* ColumnParser::Parse(const char* begin, RequestRow* row) {
  return ParseUsual(begin, row);
}

const char* ColumnParser::Parse(const char* begin, ActionRow* row) {
  std::uint64_t t = 0;
  if (!time_.Read(begin, &t)) return nullptr;
  row->t = static_cast<Nanos>(t);
  return ParseRest(begin + TimeDigits::kDigits + 1, row);
}

template <typename Row, typename ParseOne>
[[gnu::always_inline]] inline const char* ColumnParser::ParseLines(
    const char* begin, const char* end, std::span<Row> rows, std::size_t* count, ParseOne parse) {
  std::size_t parsed = 0;
  while (begin < end && parsed < rows.size()) {
    const char* const next = parse(begin, &rows[parsed]);
    if (next == nullptr) break;
    begin = next;
    ++parsed;
  }
  *count = parsed;
  return begin;
}

const char* ColumnParser::ParseSome(const char* begin, const char* end, std::span<RequestRow> rows,
                                    std::size_t* count) {
  return ParseLines(
      begin, end, rows,
      count, [this](const char* line, RequestRow* row) __attribute__((always_inline)) {
        return ParseUsual(line, row);
      });
}

const char* ColumnParser::ParseSome(const char* begin, const char* end, std::span<ActionRow> rows,
                                    std::size_t* count) {
  return ParseLines(begin, end, rows, count,
                    [this](const char* line, ActionRow* row) { return Parse(line, row); });
}

}  // namespace clockwork::telemetry
