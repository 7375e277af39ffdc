#include "images/common/telemetry/parse_columns.h"

#include <bit>
#include <cstdint>

#include "images/common/telemetry/digits.h"

namespace clockwork::telemetry {
namespace {

constexpr std::size_t kTimeDigits = 19;
// No number of so many digits is too large for its column.
constexpr std::size_t kSafeDigits32 = 9;
constexpr std::size_t kSafeDigits64 = 18;
constexpr std::uint64_t kWordDigits = 8;
constexpr std::uint64_t kWordUnit = 100'000'000;

// Goes from field to field without a branch that depends on a field's length; what is wrong is
// gathered, and asked for once per line. All is inlined, so that its state stays in registers. A
// field never reaches more than kMaskBytes ahead, so that a damaged line, too, is left within
// kColumnsSlackBytes.
class Fields {
 public:
  // Begins with the field t.
  [[gnu::always_inline]] explicit Fields(const char* begin)
      : base_(begin + kTimeDigits + 1), at_(base_) {
    const std::uint64_t wrong = NonDigitsOfWord(LoadWord(begin)) |
                                NonDigitsOfWord(LoadWord(begin + kWordDigits)) |
                                NonDigitsOfWord(LoadWord(begin + kTimeDigits - kWordDigits));
    bad_ = wrong != 0 || begin[kTimeDigits] != '\t';
    ends_ = NonDigits(base_);
    t_ = JoinDigits(begin + kWordDigits, kWordDigits) * (kWordUnit * 1'000) +
         JoinDigits(begin + 2 * kWordDigits, kWordDigits) * 1'000 +
         JoinDigits(begin + kTimeDigits, kTimeDigits - 2 * kWordDigits);
  }

  // Fails for what does not fit: 19 digits may be too large for it.
  [[gnu::always_inline]] Nanos Time() {
    bad_ = bad_ || t_ > static_cast<std::uint64_t>(INT64_MAX);
    return static_cast<Nanos>(t_);
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

  const char* base_;    // of ends_
  const char* at_;      // begin of the next field
  std::uint64_t ends_;  // bits of what is no digit, from base_ on, and not yet passed
  std::uint64_t t_ = 0;
  const char* end_ = nullptr;  // of the last field
  std::size_t length_ = 0;
  bool bad_ = false;
};

}  // namespace

const char* ParseColumns(const char* begin, RequestRow* row) {
  Fields fields(begin);
  row->t = fields.Time();
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

const char* ParseColumns(const char* begin, ActionRow* row) {
  Fields fields(begin);
  row->t = fields.Time();
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

}  // namespace clockwork::telemetry
