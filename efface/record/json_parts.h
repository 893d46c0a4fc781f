// The JSON text of a record as it is read: what may be long (masks, faces, doubtful moments) is
// handed over entry by entry, the rest is kept as one tree.
#ifndef EFFACE_RECORD_JSON_PARTS_H_
#define EFFACE_RECORD_JSON_PARTS_H_

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "efface/record/json_source.h"
#include "efface/record/record.h"

namespace efface {

using Json = nlohmann::ordered_json;  // keeps the order of the settings

// Gets the entries in the order of the text; places count from 0. The first error ends the reading.
class PartHandler {
 public:
  virtual ~PartHandler() = default;
  // The list "faces" begins; `before`: the record's fields that stand in front of it.
  virtual absl::Status OnFaces(const Json& before) = 0;
  // An entry of a face's list "masks"; the face itself follows behind its masks.
  virtual absl::Status OnMask(size_t face, size_t place, const Json& mask) = 0;
  virtual absl::Status OnFace(size_t place, const Json& face) = 0;  // its list "masks" is empty
  virtual absl::Status OnDoubt(size_t place, const Json& doubt) = 0;
};

// The record without its entries: "faces" and "doubtful" are empty where they are lists.
// InvalidArgument where it is not JSON, holds something twice or passes a limit; or the error of
// `read` or of `handler`.
absl::StatusOr<Json> ParseParts(JsonSource::Read read, const RecordLimits& limits,
                                PartHandler& handler);

}  // namespace efface

#endif  // EFFACE_RECORD_JSON_PARTS_H_
