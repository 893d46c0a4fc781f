// What the register says, in words for people: names, numbers, dates, and the answer to "is it
// banned here?". Never legal advice.
#ifndef PLACES_WORDS_H_
#define PLACES_WORDS_H_

#include <cstdint>
#include <string>

#include "places/register/register.h"

namespace places {

std::string Grouped(int64_t number);          // "1,139,997"
std::string Share(int64_t part, int64_t of);  // "16.2 %"; "under 0.1 %" where it is more than none
std::string Phrase(Event event);              // "vote", "first of two votes"

// "2020-06-24", "2025-02, unconfirmed"
std::string DateWords(const DateFact& fact);

// Who is bound: "its city government and private parties".
std::string BoundWords(const Place& place);

// Whether `place` keeps face recognition out of its own government. kPartly: a law is in force that
// binds less, or allows use under conditions.
enum class Verdict { kYes, kPartly, kNo, kUnconfirmed };

struct Answer {
  Verdict verdict;
  std::string sentence;  // "Yes: Boston, Massachusetts has banned face recognition by ..."
};
Answer AnswerOn(const Register& reg, const Place& place, Day day);

// "Unknown: the code was read up to exception (B)(2)(a) ...", without the source.
std::string RedactionWords(const Place& place);

}  // namespace places

#endif  // PLACES_WORDS_H_
