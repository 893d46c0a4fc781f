// The words that the register's file has for each value.
#ifndef PLACES_REGISTER_NAMES_H_
#define PLACES_REGISTER_NAMES_H_

#include <array>
#include <string_view>
#include <utility>

#include "places/register/register.h"

namespace places {

template <typename Value, size_t kCount>
using Names = std::array<std::pair<Value, std::string_view>, kCount>;

inline constexpr Names<Kind, 4> kKinds = {{{Kind::kCity, "city"},
                                           {Kind::kTown, "town"},
                                           {Kind::kCounty, "county"},
                                           {Kind::kState, "state"}}};
inline constexpr Names<Scope, 5> kScopes = {{{Scope::kBan, "ban"},
                                             {Scope::kMoratorium, "moratorium"},
                                             {Scope::kPoliceOnly, "police-only"},
                                             {Scope::kLimits, "limits"},
                                             {Scope::kPrivateToo, "private-too"}}};
inline constexpr Names<Bound, 4> kBounds = {{{Bound::kGovernment, "government"},
                                             {Bound::kPolice, "police"},
                                             {Bound::kSchools, "schools"},
                                             {Bound::kPrivate, "private"}}};
inline constexpr Names<Event, 10> kEvents = {{{Event::kVote, "vote"},
                                              {Event::kFirstVote, "first-vote"},
                                              {Event::kPassage, "passage"},
                                              {Event::kElection, "election"},
                                              {Event::kSigning, "signing"},
                                              {Event::kEnactment, "enactment"},
                                              {Event::kReenactment, "reenactment"},
                                              {Event::kRepeal, "repeal"},
                                              {Event::kReplacement, "replacement"},
                                              {Event::kLapse, "lapse"}}};
inline constexpr Names<Exempt, 3> kExempts = {
    {{Exempt::kYes, "yes"}, {Exempt::kNo, "no"}, {Exempt::kUnknown, "unknown"}}};
inline constexpr Names<Read, 4> kReads = {
    {{Read::kText, "text"}, {Read::kPart, "part"}, {Read::kReport, "report"}, {Read::kNo, "no"}}};

// The facts that may stand in a place's list `unconfirmed`.
inline constexpr std::array<std::string_view, 8> kFacts = {
    "adoption", "adopted", "final_vote", "effective", "ended", "instrument", "fips", "population"};

}  // namespace places

#endif  // PLACES_REGISTER_NAMES_H_
