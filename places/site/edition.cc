#include "places/site/edition.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "places/site/words.h"

namespace places::site {
namespace {

using Days = std::chrono::sys_days;

std::string Lower(const std::string& code) { return absl::AsciiStrToLower(code); }

bool Holds(const std::vector<const Place*>& places, const Place* place) {
  return std::find(places.begin(), places.end(), place) != places.end();
}

std::vector<const Place*> PlacesOf(const Tally& tally) {
  std::vector<const Place*> places;
  for (const Counted& counted : tally.places) places.push_back(counted.place);
  return places;
}

}  // namespace

Edition::Edition(const Register& reg_in, Day as_of_in)
    : reg(reg_in), as_of(as_of_in), count(CountOn(reg, as_of, "")) {
  for (const Place& place : reg.places())
    if (!place.adopted || place.adopted->date.first <= as_of) places.push_back(&place);
  for (const State& state : reg.states()) {
    StateEdition of{&state};
    for (const Place* place : places) {
      if (place->state != state.code) continue;
      if (place->kind == Kind::kState)
        of.law = place;
      else
        of.places.push_back(place);
    }
    if (of.law == nullptr && of.places.empty()) continue;
    std::stable_sort(of.places.begin(), of.places.end(),
                     [](const Place* a, const Place* b) { return a->population > b->population; });
    of.count = CountOn(reg, as_of, state.code);
    of.page = absl::StrCat("us-", Lower(state.code), ".html");
    states.push_back(std::move(of));
  }
}

const StateEdition* Edition::Find(std::string_view code) const {
  for (const StateEdition& state : states)
    if (state.state->code == code) return &state;
  return nullptr;
}

const StateEdition& Edition::Of(const Place& place) const { return *Find(place.state); }

std::vector<Step> Steps(const Edition& edition) {
  std::set<Days> days;  // on which a standing may change
  for (const Place* place : edition.places)
    for (const auto& fact : {place->adopted, place->final_vote, place->effective, place->ended})
      if (fact)
        for (const Day day : {fact->date.first, fact->date.last})
          if (day <= edition.as_of) days.insert(Days(day));
  std::vector<Step> steps;
  std::vector<const Place*> before;
  int64_t people = 0;
  for (const Days& at : days) {
    const Tally bans = CountOn(edition.reg, Day(at), "").bans;
    const std::vector<const Place*> now = PlacesOf(bans);
    Step step{Day(at), bans.people, bans.people - people, {}, {}};
    for (const Place* place : now)
      if (!Holds(before, place)) step.began.push_back(place);
    for (const Place* place : before)
      if (!Holds(now, place)) step.ended.push_back(place);
    if (step.began.empty() && step.ended.empty()) continue;
    before = now;
    people = bans.people;
    steps.push_back(std::move(step));
  }
  return steps;
}

const Step& LatestBan(const std::vector<Step>& steps) {
  const Step* last = &steps.front();
  for (const Step& step : steps)
    if (!step.began.empty()) last = &step;
  return *last;
}

bool StillSince(const Edition& edition, const std::vector<Step>& steps) {
  constexpr std::chrono::days kLong(500);
  return Days(edition.as_of) - Days(LatestBan(steps).day) >= kLong;
}

}  // namespace places::site
