// The checks that photos and clips have in common.
#include "efface/job/verify_parts.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status.h"
#include "efface/job/settings.h"
#include "efface/mask/mask.h"

namespace efface {
namespace {

// Measured: docs/verify.md.
constexpr double kMostBare = 0.2;       // most share of a mask's textured cells that may be bare
constexpr double kMostBareWeak = 0.5;   // where the fill keeps traces
constexpr double kSureFace = 0.7;       // least score of a face that can't be a fill's doing
constexpr double kSureFaceWeak = 0.85;  // where the fill keeps traces
constexpr double kUnderMask = 0.6;      // least share of its box that lies under masks

bool IsWeak(FillKind fill) { return !Weakness(fill).empty(); }

// The share of a box that lies within the masks.
double Covered(const Detection& face, std::span<const MaskRow> all) {
  std::vector<MaskRow> masks;  // that may reach it
  std::copy_if(all.begin(), all.end(), std::back_inserter(masks), [&](const MaskRow& mask) {
    return mask.x < face.x + face.width && mask.x + mask.width > face.x &&
           mask.y < face.y + face.height && mask.y + mask.height > face.y;
  });
  constexpr int kSteps = 16;
  int within = 0;
  for (int j = 0; j < kSteps; ++j) {
    for (int i = 0; i < kSteps; ++i) {
      const double x = face.x + (i + 0.5) / kSteps * face.width;
      const double y = face.y + (j + 0.5) / kSteps * face.height;
      within += std::any_of(masks.begin(), masks.end(), [&](const MaskRow& mask) {
        const double across = 2 * (x - mask.x) / mask.width - 1;
        const double down = 2 * (y - mask.y) / mask.height - 1;
        if (mask.source == MaskSource::kDrawn) return std::abs(across) <= 1 && std::abs(down) <= 1;
        return across * across + down * down <= 1;
      });
    }
  }
  return static_cast<double>(within) / (kSteps * kSteps);
}

Place PlaceOf(Place where, double x, double y, double width, double height) {
  where.x = x, where.y = y, where.width = width, where.height = height;
  return where;
}

}  // namespace

void AddUnread(const absl::Status& status, std::initializer_list<const char*> skipped,
               std::vector<Check>& checks) {
  checks.push_back(Failed(
      "picture", absl::StrCat("the output can't be read: ", absl::string_view(status.message()))));
  for (const char* name : skipped) checks.push_back(Skipped(name, "the output can't be read"));
}

Check PictureCheck(const VerifyJob& job, const std::string& unlike, const std::string& size) {
  if (!job.input) return Passed("picture", absl::StrCat("it can be read whole: ", size));
  if (!unlike.empty()) return Failed("picture", unlike);
  return Passed("picture", absl::StrCat("as the original: ", size));
}

absl::Status Named(const std::filesystem::path& path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(DisplayName(path), ": ", absl::string_view(status.message())));
}

FramePart ToUpright(const FramePart& stored, Orientation orientation, int stored_width,
                    int stored_height) {
  // The way back: quarter turns the other way, all others are their own.
  const Orientation back = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
  const bool turns = orientation >= 5;
  const Shape upright =
      ToStored({stored.x, stored.y, stored.width, stored.height, true}, back,
               turns ? stored_height : stored_width, turns ? stored_width : stored_height);
  return {upright.x, upright.y, upright.width, upright.height};
}

void PictureChecks::Add(const RgbPicture& before, const RgbPicture& after, Orientation orientation,
                        const PageMasks& masks, const Place& where,
                        const std::vector<uint8_t>& unseen_before,
                        const std::vector<uint8_t>& unseen_after) {
  if (before.samples.size() != after.samples.size() ||
      before.samples.size() != 3 * static_cast<size_t>(before.width) * before.height) {
    differs_ = true, psnr_ = cell_ = 0;  // their pixels can't be had
    outside_.Add(where);
    return;
  }
  std::vector<Shape> shapes;
  for (const MaskRow& row : masks.hidden) {
    shapes.push_back(ToStored(ShapeOf(row), orientation, before.width, before.height));
  }
  if (!shapes.empty()) {
    const GreyPicture luma_before = LumaOf(before), luma_after = LumaOf(after);
    for (size_t i = 0; i < shapes.size(); ++i) {
      const Bareness found = MeasureBareness(luma_before, luma_after, shapes[i], limits_.rim);
      ++(found.textured == 0 ? plain_ : masks_);
      const MaskRow& row = masks.hidden[i];
      if (found.shows(IsWeak(fill_) ? kMostBareWeak : kMostBare))
        bare_.Add(PlaceOf(where, row.x, row.y, row.width, row.height));
    }
  }

  Allowed allowed = AllowedBy(shapes, before.width, before.height, limits_.reach);
  allowed.Add(unseen_before, unseen_after, limits_.exact ? 0 : limits_.reach.more);
  const Difference difference = MeasureDifference(before, after, allowed);
  if (difference.differing == 0) return;
  differs_ = true;
  psnr_ = std::min(psnr_, difference.psnr());
  cell_ = std::min(cell_, difference.worst_psnr());
  const auto add = [&](const FramePart& part) {
    const FramePart at = ToUpright(part, orientation, before.width, before.height);
    outside_.Add(PlaceOf(where, at.x, at.y, at.width, at.height));
  };
  if (limits_.exact) {
    add(difference.bounds);
  } else if (difference.worst_psnr() < limits_.least_cell) {
    add(difference.worst_cell);
  } else if (difference.psnr() < limits_.least_psnr) {
    outside_.Add(where);
  }
}

Check PictureChecks::Masks(bool clip) const {
  if (bad_row_) {
    return Failed("masks", absl::StrCat("the record has a mask on ", clip ? "frame " : "page ",
                                        *bad_row_ + (clip ? 0 : 1), ", which is not there"));
  }
  const int64_t all = masks_ + plain_;
  if (bare_.count > 0) {
    return Failed(
        "masks",
        absl::StrFormat(
            "%s of %d the original's detail is still there, so what should "
            "be hidden may be seen",
            bare_.count == 1 ? "under 1 mask" : absl::StrCat("under ", bare_.count, " masks"), all),
        bare_);
  }
  if (all == 0) return Passed("masks", "nothing is to be hidden");
  std::string sentence =
      absl::StrCat("under ", all == 1 ? "the one mask" : absl::StrCat("all ", all, " masks"),
                   clip ? " of all frames" : "", " the original's detail is gone",
                   IsWeak(fill_) ? ", but for the traces that the fill keeps" : "");
  if (plain_ > 0) {
    absl::StrAppend(&sentence, "; under ", plain_, " of them it has no detail to be seen");
  }
  return Passed("masks", std::move(sentence));
}

Check PictureChecks::Outside(bool clip) const {
  if (outside_.count > 0) {
    const std::string where =
        CountOf(outside_.count, clip ? "frame" : "page", clip ? "frames" : "pages");
    if (limits_.exact) {
      return Failed(
          "outside",
          absl::StrCat("on ", where, " the picture outside the masks is not the original's"),
          outside_);
    }
    return Failed("outside",
                  absl::StrFormat("on %s the picture outside the masks is farther from the "
                                  "original's than loss explains: %.1f dB, %.1f at the worst place "
                                  "(limits %.0f and %.0f)",
                                  where, psnr_, cell_, limits_.least_psnr, limits_.least_cell),
                  outside_);
  }
  if (!differs_) {
    return Passed("outside", "the picture outside the masks is the original's, pixel for pixel");
  }
  return Passed("outside",
                absl::StrFormat("the picture outside the masks is the original's within loss: %.1f "
                                "dB or better, %.1f at the worst place (limits %.0f and %.0f)",
                                psnr_, cell_, limits_.least_psnr, limits_.least_cell));
}

void FaceCheck::Add(std::span<const Detection> found, const PageMasks& masks, const Place& where) {
  for (const Detection& face : found) {
    Place place = PlaceOf(where, face.x, face.y, face.width, face.height);
    place.score = face.score;
    if (Covered(face, masks.visible) >= kUnderMask) {
      ++visible_;
      continue;
    }
    const bool under = Covered(face, masks.hidden) >= kUnderMask;
    if (under && face.score >= (IsWeak(fill_) ? kSureFaceWeak : kSureFace)) under_.Add(place);
    residual_.Add(place);
  }
}

Check FaceCheck::Finish(bool record, Verification& result) const {
  result.faces = residual_.list;
  result.all_faces = residual_.count;
  if (under_.count > 0) {
    return Failed("faces",
                  absl::StrCat("the detector still finds ", CountOf(under_.count, "face", "faces"),
                               " where a mask should hide ", under_.count == 1 ? "it" : "them"),
                  under_);
  }
  std::string sentence =
      residual_.count == 0
          ? "the detector finds no face any more"
          : absl::StrCat("the detector finds ", CountOf(residual_.count, "place", "places"),
                         " that may be a face: a person should look");
  if (visible_ > 0) absl::StrAppend(&sentence, "; ", visible_, " left visible on purpose");
  if (record) absl::StrAppend(&sentence, "; none under a mask");
  return Passed("faces", std::move(sentence));
}

}  // namespace efface
