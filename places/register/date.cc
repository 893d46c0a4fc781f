#include "places/register/date.h"

#include <array>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace places {
namespace {

using std::chrono::year_month_day_last;

constexpr std::array<const char*, 12> kMonths = {"January",   "February", "March",    "April",
                                                 "May",       "June",     "July",     "August",
                                                 "September", "October",  "November", "December"};

// Of digits alone; none where there is anything else.
std::optional<int> Digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return value;
}

}  // namespace

std::optional<PartialDate> ParseDate(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return std::nullopt;
  const auto y = Digits(text.substr(0, 4));
  if (!y || *y < 1900 || *y > 2199) return std::nullopt;
  const year in{*y};
  if (text.size() == 4) return PartialDate{in / January / 1, in / December / 31, std::string(text)};
  const auto m = Digits(text.substr(5, 2));
  if (text[4] != '-' || !m || *m < 1 || *m > 12) return std::nullopt;
  const month of{static_cast<unsigned>(*m)};
  if (text.size() == 7)
    return PartialDate{in / of / 1, year_month_day(in / of / last), std::string(text)};
  const auto d = Digits(text.substr(8, 2));
  if (text[7] != '-' || !d) return std::nullopt;
  const Day day = in / of / *d;
  if (!day.ok()) return std::nullopt;
  return PartialDate{day, day, std::string(text)};
}

std::optional<Day> ParseDay(std::string_view text) {
  const auto date = ParseDate(text);
  return date && date->IsDay() ? std::optional(date->first) : std::nullopt;
}

std::string DayText(Day day) {
  return absl::StrFormat("%04d-%02u-%02u", static_cast<int>(day.year()),
                         static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::string InWords(const PartialDate& date) {
  const int year = static_cast<int>(date.first.year());
  const char* month = kMonths[static_cast<unsigned>(date.first.month()) - 1];
  if (date.IsDay())
    return absl::StrCat(static_cast<unsigned>(date.first.day()), " ", month, " ", year);
  return date.text.size() == 7 ? absl::StrCat(month, " ", year) : absl::StrCat(year);
}

}  // namespace places
