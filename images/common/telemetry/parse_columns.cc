#include "images/common/telemetry/parse_columns.h"

#include <bit>
#include <cstdint>

#include "images/common/telemetry/digits.h"
#include "images/common/telemetry/masked_line.h"

namespace clockwork::telemetry {
namespace {

// No number of so many digits is too large for its column.
constexpr std::size_t kSafeDigits32 = 9;
constexpr std::size_t kSafeDigits64 = 18;
constexpr std::size_t kWordDigits = 8;
constexpr std::size_t kFewDigits = 4;
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

// A number of at most kWordDigits.
[[gnu::always_inline]] inline std::int32_t Number(const char* at, std::size_t length) {
  return static_cast<std::int32_t>(length <= kFewDigits ? FewLeadingDigits(at, length)
                                                        : LeadingDigits(at, length));
}

// The usual form of a request, in one go.
[[gnu::always_inline]] inline const char* ParseUsual(const char* begin, RequestRow* row) {
  enum : std::size_t {
    kRequestId,
    kResult,
    kUserId,
    kModelId,
    kSloFactor,
    kLatency,
    kDeadline,
    kDeadlineMet,
    kArrivalCount,
    kDepartureCount,
    kIsColdstart,
    kFields
  };
  const MaskedLine<kFields> line(begin);
  if (!line.good()) return nullptr;
  constexpr int kNumber = kWordDigits;
  constexpr int kSafe32 = kSafeDigits32;
  const int room = line.Room(kRequestId, kSafe32) | line.Room(kResult, kNumber) |
                   line.Room(kUserId, kSafe32) | line.Room(kModelId, kNumber) |
                   line.Room(kSloFactor, kSafe32) | line.Room(kLatency, 2 * kNumber) |
                   line.Room(kDeadline, kSafeDigits64) | line.Room(kDeadlineMet, 1) |
                   line.Room(kArrivalCount, kNumber) | line.Room(kDepartureCount, kSafe32) |
                   line.Room(kIsColdstart, 1);
  const char met = *line.at(kDeadlineMet);
  const char cold = *line.at(kIsColdstart);
  // '0' and '1' differ from all other digits in one of these bits.
  if (room < 0 || ((met | cold) & 0x0E) != 0) return nullptr;
  row->result = Number(line.at(kResult), line.length(kResult));
  row->model_id = Number(line.at(kModelId), line.length(kModelId));
  const char* const latency = line.at(kLatency);
  const std::size_t length = line.length(kLatency);
  if (length <= kWordDigits) {
    row->latency = static_cast<Nanos>(LeadingDigits(latency, length));
  } else {
    row->latency = static_cast<Nanos>(LeadingDigits(latency, length - kWordDigits) * kWordUnit +
                                      LeadingDigits(latency + length - kWordDigits, kWordDigits));
  }
  row->deadline_met = met == '1';
  row->arrival_count = Number(line.at(kArrivalCount), line.length(kArrivalCount));
  row->is_coldstart = cold == '1';
  return line.end();
}

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

[[gnu::always_inline]] inline bool TimeDigits::Read(const char* begin, std::uint64_t* value) {
  constexpr std::size_t kHighDigits = kDigits - kWordDigits;
  const std::uint64_t first = LoadWord(begin);
  const std::uint64_t second = LoadWord(begin + kHighDigits - kWordDigits);
  if (first != first_ || second != second_) {
    if ((NonDigitsOfWord(first) | NonDigitsOfWord(second)) != 0) return false;
    first_ = first;
    second_ = second;
    high_ = kWordUnit * (LeadingDigits(begin, kWordDigits) * 1'000 +
                         LeadingDigits(begin + kWordDigits, kHighDigits - kWordDigits));
  }
  const char* const low = begin + kHighDigits;
  if (NonDigitsOfWord(LoadWord(low)) != 0) return false;
  *value = high_ + LeadingDigits(low, kWordDigits);
  // 19 digits may be too large.
  return *value <= static_cast<std::uint64_t>(INT64_MAX);
}

const char* ColumnParser::Parse(const char* begin, RequestRow* row) {
  std::uint64_t t = 0;
  if (!time_.Read(begin, &t)) return nullptr;
  row->t = static_cast<Nanos>(t);
  const char* const tab = begin + TimeDigits::kDigits;
  if (const char* const end = ParseUsual(tab, row)) return end;
  return ParseRest(tab + 1, row);
}

const char* ColumnParser::Parse(const char* begin, ActionRow* row) {
  std::uint64_t t = 0;
  if (!time_.Read(begin, &t)) return nullptr;
  row->t = static_cast<Nanos>(t);
  return ParseRest(begin + TimeDigits::kDigits + 1, row);
}

}  // namespace clockwork::telemetry
