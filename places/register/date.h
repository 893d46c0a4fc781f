// Dates as laws' sources give them: a day, or only a month or a year of it.
#ifndef PLACES_REGISTER_DATE_H_
#define PLACES_REGISTER_DATE_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace places {

using Day = std::chrono::year_month_day;

// A day that is known to lie in [first, last].
struct PartialDate {
  Day first, last;
  std::string text;  // as in the register: "2020-06-24", "2025-02", "2020"

  bool IsDay() const { return first == last; }
};

// "YYYY-MM-DD", "YYYY-MM" or "YYYY", of the years 1900 to 2199; none where it is no such date.
std::optional<PartialDate> ParseDate(std::string_view text);

// "YYYY-MM-DD" alone.
std::optional<Day> ParseDay(std::string_view text);

std::string DayText(Day day);  // "2020-06-24"

// "24 June 2020", "February 2025", "2020".
std::string InWords(const PartialDate& date);

}  // namespace places

#endif  // PLACES_REGISTER_DATE_H_
