// What the register of bans says of a place, for the record.
#ifndef EFFACE_CLI_PLACE_H_
#define EFFACE_CLI_PLACE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "efface/record/record.h"

namespace efface {

// Of the register that is compiled in. NotFound, with a sentence that suggests others, where no
// place has this id.
absl::StatusOr<Record::Place> PlaceForRecord(std::string_view id);

}  // namespace efface

#endif  // EFFACE_CLI_PLACE_H_
