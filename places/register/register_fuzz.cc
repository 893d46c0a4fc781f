// Fuzzes the reader of registers: what it accepts can be asked anything on any day.
#include <cstdint>
#include <cstdlib>

#include "places/register/query.h"
#include "places/register/register.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto reg = places::Register::Parse({reinterpret_cast<const char*>(data), size});
  if (!reg.ok()) return 0;
  for (const char* text : {"1900-01-01", "2020-07-02", "2199-12-31"}) {
    const places::Day day = *places::ParseDay(text);
    const places::Count all = places::CountOn(*reg, day, "");
    int64_t people = 0;
    for (const places::State& state : reg->states())
      people += places::CountOn(*reg, day, state.code).bans.people;
    if (people != all.bans.people || all.bans.people < 0) std::abort();
  }
  for (const places::Place& place : reg->places()) {
    if (reg->Find(place.id) != &place) std::abort();
    const places::Match match = places::FindByName(*reg, place.id);
    if (place.id.size() <= 100 && match.places.empty()) std::abort();
  }
  return 0;
}
