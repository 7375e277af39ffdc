#include "operator/kube/api_time.h"

#include <fmt/format.h>

#include <chrono>

namespace clockwork::kube {
namespace {

struct Fields {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::microseconds> time;
};

Fields Split(Nanos unix_ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> point{std::chrono::nanoseconds(unix_ns)};
  const auto micros = std::chrono::floor<std::chrono::microseconds>(point);
  const auto day = std::chrono::floor<std::chrono::days>(micros);
  return {std::chrono::year_month_day(day),
          std::chrono::hh_mm_ss<std::chrono::microseconds>(micros - day)};
}

std::string ToSeconds(const Fields& fields) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(fields.date.year()),
                     static_cast<unsigned>(fields.date.month()),
                     static_cast<unsigned>(fields.date.day()), fields.time.hours().count(),
                     fields.time.minutes().count(), fields.time.seconds().count());
}

// The digits at [begin, begin + count); -1 when there are others among them.
int Digits(std::string_view text, std::size_t begin, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(begin, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Of ".123456Z" or "Z"; -1 when it is neither.
Nanos FractionNs(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() < 3 || text.size() > 11 || text.front() != '.' || text.back() != 'Z') return -1;
  const std::string_view digits = text.substr(1, text.size() - 2);
  Nanos value = Digits(digits, 0, digits.size());
  if (value < 0) return -1;
  for (std::size_t i = digits.size(); i < 9; ++i) value *= 10;
  return value;
}

}  // namespace

std::string MicroTime(Nanos unix_ns) {
  const Fields fields = Split(unix_ns);
  return fmt::format("{}.{:06}Z", ToSeconds(fields), fields.time.subseconds().count());
}

std::string SecondTime(Nanos unix_ns) { return ToSeconds(Split(unix_ns)) + "Z"; }

Nanos ParseApiTime(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size()) return 0;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return 0;
  }
  const Nanos fraction_ns = FractionNs(text.substr(kForm.size()));
  const std::chrono::year_month_day date(
      std::chrono::year(Digits(text, 0, 4)),
      std::chrono::month(static_cast<unsigned>(Digits(text, 5, 2))),
      std::chrono::day(static_cast<unsigned>(Digits(text, 8, 2))));
  const int year = Digits(text, 0, 4);
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  // Beyond these years the count of nanoseconds does not fit.
  if (year < 1970 || year > 2261 || fraction_ns < 0 || !date.ok()) return 0;
  if (hour > 23 || minute > 59 || second > 60) return 0;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * kSecond + fraction_ns;
}

}  // namespace clockwork::kube
