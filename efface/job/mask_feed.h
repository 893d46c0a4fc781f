// The masks of a record as a pass over the frames of one video track needs them.
#ifndef EFFACE_JOB_MASK_FEED_H_
#define EFFACE_JOB_MASK_FEED_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/mask/shape.h"
#include "efface/record/record.h"
#include "efface/record/spool.h"

namespace efface {

// The masks of one page or frame, on the upright picture.
struct PageMasks {
  std::vector<MaskRow> hidden;   // of faces that are to be hidden
  std::vector<MaskRow> visible;  // of those left visible on purpose
};
Shape ShapeOf(const MaskRow& row);

// The masks of one track, frame by frame.
class MaskFeed {
 public:
  MaskFeed(RowCursor cursor, int track, const Record& record)
      : cursor_(std::move(cursor)), track_(track), record_(record) {}

  // Call it with frames in order, none left out.
  absl::StatusOr<PageMasks> Of(int64_t frame);
  // The frame of a mask that no frame asked for; nothing where there is none.
  absl::StatusOr<std::optional<int64_t>> Rest();

 private:
  absl::Status Advance();
  RowCursor cursor_;
  int track_;
  const Record& record_;
  std::optional<MaskRow> row_;  // read, and not used yet
  bool ended_ = false;
};

}  // namespace efface

#endif  // EFFACE_JOB_MASK_FEED_H_
