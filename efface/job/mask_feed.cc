#include "efface/job/mask_feed.h"

#include "base/status.h"

namespace efface {

Shape ShapeOf(const MaskRow& row) {
  return {row.x, row.y, row.width, row.height, row.source == MaskSource::kDrawn};
}

absl::StatusOr<PageMasks> MaskFeed::Of(int64_t frame) {
  PageMasks masks;
  for (;;) {
    if (!row_ && !ended_) RETURN_IF_ERROR(Advance());
    if (!row_ || row_->frame > frame) return masks;
    (record_.faces[row_->face].redact ? masks.hidden : masks.visible).push_back(*row_);
    row_.reset();
  }
}

absl::StatusOr<std::optional<int64_t>> MaskFeed::Rest() {
  if (!row_ && !ended_) RETURN_IF_ERROR(Advance());
  return row_ ? std::optional(row_->frame) : std::nullopt;
}

absl::Status MaskFeed::Advance() {
  for (;;) {
    ASSIGN_OR_RETURN(const MaskRow* row, cursor_.Next());
    if (row == nullptr) {
      ended_ = true;
      return absl::OkStatus();
    }
    if (record_.faces[row->face].track != track_) continue;
    row_ = *row;
    return absl::OkStatus();
  }
}

}  // namespace efface
