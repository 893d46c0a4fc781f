// Numbers, dates and sentences as the site's pages say them.
#ifndef PLACES_SITE_WORDS_H_
#define PLACES_SITE_WORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "places/register/register.h"

namespace places::site {

std::string Commas(int64_t number);                 // "1,139,997"
std::string Millions(int64_t people);               // "7.03 million"; below a million as Commas
std::string OfMillions(int64_t part, int64_t all);  // "1.14 of 7.03 million"
std::string Percent(int64_t part, int64_t all);     // "16.2%"; never rounded to 0% or 100%
std::string NumberWord(int64_t number);             // "seven"; from ten on "10"
std::string NumberFirst(int64_t number);  // to begin a sentence: "Twenty-two"; from 100 on "100"
std::string Capital(std::string text);    // its first letter in upper case
std::string And(const std::vector<std::string>& parts);                // "a, b and c"
std::string Plural(int64_t count, const char* one, const char* many);  // "1 city", "2 cities"

std::string DayWords(Day day);                      // "24 June 2020"
std::string MonthWords(Day day);                    // "June 2020"
std::string MonthOf(const PartialDate& date);       // "June 2020"; "2020" where no more is known
std::string ShortMonthOf(const PartialDate& date);  // "Jun 2020"
std::string On(const PartialDate& date);            // "on 24 June 2020", "in February 2025"

// A ban, moratorium or private-too of a city, town or county: what is counted.
bool IsLocalBan(const Place& place);
// The first day on which it may have been in force: `effective`, else `adopted`; null: not known.
const DateFact* EarliestOf(const Place& place);
// "Boston, Massachusetts"; "Massachusetts (state law)".
std::string TitleOf(const Register& reg, const Place& place);
std::string ScopeWord(const Place& place);              // "Ban", "Limits"
std::string StandingWord(const Place& place, Day day);  // "In force", "Ended July 2022"
std::string StartWords(const Place& place);             // "since 24 June 2020"; "date not known"
// "Adopted on 24 June 2020", as the date's event is called.
std::string EventWords(const DateFact& fact);
std::string GovernmentOf(const Place& place);  // "city government", "county government"
// What a reader should take away, in a sentence or two.
std::string Lead(const Place& place, Day day);

}  // namespace places::site

#endif  // PLACES_SITE_WORDS_H_
