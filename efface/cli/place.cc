#include "efface/cli/place.h"

#include "base/status.h"
#include "efface/record/names.h"
#include "places/register/query.h"
#include "places/register/register.h"

namespace efface {

absl::StatusOr<Record::Place> PlaceForRecord(std::string_view id) {
  ASSIGN_OR_RETURN(const places::Register reg, places::Register::Builtin());
  const places::Place* place = reg.Find(id);
  if (place == nullptr) {
    const places::Match match = places::FindByName(reg, id);
    return absl::NotFoundError(
        places::NotFoundSentence(reg, id, match.places.empty() ? match.suggestions : match.places));
  }
  const places::Place::Redaction& redaction = place->redaction;
  return Record::Place{.id = place->id,
                       .name = reg.FullName(*place),
                       .law = place->instrument,
                       .scope = std::string(NameOf(place->scope)),
                       .standing = std::string(NameOf(places::StandingOn(*place, reg.as_of()))),
                       .as_of = places::DayText(reg.as_of()),
                       .redaction_software = redaction.exempt == places::Exempt::kYes ? "allowed"
                                             : redaction.exempt == places::Exempt::kNo
                                                 ? "not-mentioned"
                                                 : "unknown",
                       .basis = redaction.basis,
                       .source = redaction.url.empty() ? place->sources.front().url : redaction.url,
                       .confirmed = redaction.confirmed() && place->confirmed};
}

}  // namespace efface
