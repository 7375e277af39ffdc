#include <fmt/format.h>

#include <array>
#include <charconv>

#include "operator/plan/cluster/status.h"

namespace clockwork::plan::cluster {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
// The last second that still fits into Nanos.
constexpr std::int64_t kMaxSeconds = kNever / kSecond;

struct Date {
  std::int64_t year = 1970;
  std::int64_t month = 1;
  std::int64_t day = 1;
};

// Days since 1970-01-01 and back, of the Gregorian calendar with years that begin in March, so that
// the leap day is the last one.
std::int64_t DaysOf(Date date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

Date DateOf(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = shifted / 146'097;
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  Date date;
  date.day = day_of_year - (153 * month + 2) / 5 + 1;
  date.month = month < 10 ? month + 3 : month - 9;
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

// Takes `digits` digits off the front of *text.
bool TakeNumber(std::string_view* text, std::size_t digits, std::int64_t* out) {
  if (text->size() < digits) return false;
  const char* end = text->data() + digits;
  const auto result = std::from_chars(text->data(), end, *out);
  if (result.ec != std::errc() || result.ptr != end || (*text)[0] == '-') return false;
  text->remove_prefix(digits);
  return true;
}

bool Take(std::string_view* text, std::string_view any_of) {
  if (text->empty() || any_of.find((*text)[0]) == std::string_view::npos) return false;
  text->remove_prefix(1);
  return true;
}

// ".25" as nanoseconds; further digits are passed over.
bool TakeFraction(std::string_view* text, Nanos* out) {
  if (!Take(text, ".")) return true;
  Nanos unit = kSecond;
  std::size_t digits = 0;
  while (!text->empty() && (*text)[0] >= '0' && (*text)[0] <= '9') {
    unit /= 10;
    *out += unit * ((*text)[0] - '0');
    text->remove_prefix(1);
    ++digits;
  }
  return digits > 0;
}

// "Z" or "+01:30", as the seconds to subtract.
bool TakeOffset(std::string_view* text, std::int64_t* seconds) {
  if (Take(text, "Zz")) return true;
  const std::int64_t sign = !text->empty() && (*text)[0] == '-' ? -1 : 1;
  std::int64_t hours = 0;
  std::int64_t minutes = 0;
  if (!Take(text, "+-") || !TakeNumber(text, 2, &hours) || !Take(text, ":") ||
      !TakeNumber(text, 2, &minutes)) {
    return false;
  }
  *seconds = sign * (hours * 3'600 + minutes * 60);
  return true;
}

}  // namespace

std::string FormatTime(Nanos time_ns, bool milliseconds) {
  const Nanos at_ns = time_ns < 0 ? 0 : time_ns;
  const std::int64_t seconds = at_ns / kSecond;
  const Date date = DateOf(seconds / kSecondsPerDay);
  const std::int64_t of_day = seconds % kSecondsPerDay;
  const std::string fraction =
      milliseconds ? fmt::format(".{:03}", at_ns % kSecond / kMillisecond) : "";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", date.year, date.month, date.day,
                     of_day / 3'600, of_day / 60 % 60, of_day % 60, fraction);
}

std::optional<Nanos> ParseTime(std::string_view text) {
  Date date;
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t offset = 0;
  Nanos fraction_ns = 0;
  const bool read =
      TakeNumber(&text, 4, &date.year) && Take(&text, "-") && TakeNumber(&text, 2, &date.month) &&
      Take(&text, "-") && TakeNumber(&text, 2, &date.day) && Take(&text, "Tt ") &&
      TakeNumber(&text, 2, &hour) && Take(&text, ":") && TakeNumber(&text, 2, &minute) &&
      Take(&text, ":") && TakeNumber(&text, 2, &second) && TakeFraction(&text, &fraction_ns) &&
      TakeOffset(&text, &offset) && text.empty();
  const bool sensible = read && date.year >= 1970 && date.month >= 1 && date.month <= 12 &&
                        date.day >= 1 && date.day <= 31 && hour < 24 && minute < 60 && second <= 60;
  if (!sensible) return std::nullopt;
  const std::int64_t seconds =
      DaysOf(date) * kSecondsPerDay + hour * 3'600 + minute * 60 + second - offset;
  if (seconds < 0 || seconds >= kMaxSeconds) return std::nullopt;
  return seconds * kSecond + fraction_ns;
}

}  // namespace clockwork::plan::cluster
