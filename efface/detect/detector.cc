// The search over scales. Each effort is a row of a table; the steps are
//   1. coarse levels, each half of the one before, down to one that a single canvas shows whole:
//   large faces;
//   2. the picture at the effort's base scale: in whole, or (fast) in windows where a coarse level
//   suspected a face;
//   3. twice its size: in windows around small faces that step 2 was unsure of, or (thorough) in
//   whole;
//   4. one box for each group of boxes that mean the same face.
#include "efface/detect/detector.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>

#include "base/status.h"
#include "efface/detect/boxes.h"
#include "efface/detect/clip_search.h"
#include "efface/detect/network.h"
#include "efface/detect/resample.h"
#include "efface/detect/tiles.h"

namespace efface {
namespace {

// Where a finer scale is worth its cost: around boxes of the scale before with these scores and
// heights.
struct Gate {
  double least_score = 0, most_score = 1;
  double most_height = 0;  // picture pixels
};

struct Plan {
  double threshold;             // least score
  double base;                  // the scale at which the picture is searched in whole or in windows
  std::optional<Gate> windows;  // the base scale in windows; none: in whole
  bool twice;                   // scale 2 at all
  std::optional<Gate> double_;  // scale 2 in windows; none: in whole
  double least_face;            // picture pixels, height
};

// Chosen on labelled photos by scripts/bench photos; docs/detection.md has what each step gave.
Plan PlanOf(Effort effort) {
  switch (effort) {
    case Effort::kFast:
      return {0.17, 1, Gate{0.07, 1, 40}, false, std::nullopt, 8};
    case Effort::kBalanced:
      return {0.155, 0.75, std::nullopt, true, Gate{0.06, 0.40, 32}, 6};
    case Effort::kThorough:
      return {0.13, 1, std::nullopt, true, std::nullopt, 4};
  }
  return {};
}

constexpr double kCandidateScore = 0.05;  // boxes below are never looked at again
// Boxes that overlap by more mean the same face; so does a part that lies by more than half within
// a whole face.
constexpr double kSameFaceIoU = 0.3;
constexpr double kPartShare = 0.5;
// Between a suspected face's centre and its window's edge: room for the face and something around
// it.
constexpr double kWindowInset = 32;  // canvas pixels
// A box that ends this near to an edge of its tile is a face cut in two: the network shows no more
// than it was shown.
constexpr double kEdge = 8;  // canvas pixels
// Larger faces may be cut in each of several tiles; they are seen whole at a coarser level.
constexpr double kLargestWhole = 2 * kTileOverlap;  // canvas pixels
// A small box at a coarse level, where a finer level sees the same face better, and a huge one at a
// fine level, where a coarser does, are mostly wrong, and wrong ones of this kind hide much: they
// need a higher score.
constexpr double kCoarseSmall = 32, kCoarseFactor = 1.75;  // canvas pixels; times the threshold
constexpr double kBaseSmall = 24,
                 kBaseFactor = 1.3;  // at the base scale, where scale 2 looks again
constexpr double kFineHuge = 192, kFineFactor = 2;
// Of a face that its tile cut. Picture pixels; times the threshold.
constexpr double kCutLarge = 64, kCutLargeFactor = 1.5, kCutFactor = 1.3;
// The network sees faces from about this height on; a scale where the least face wanted is this
// high is fine enough.
constexpr double kLeastSeen = 16;  // canvas pixels

double Factor(const Detection& box, double scale, const Plan& plan) {
  const double height = box.height * scale;
  if (scale < plan.base) return height < kCoarseSmall ? kCoarseFactor : 1;
  if (scale == plan.base && plan.twice && height < kBaseSmall) return kBaseFactor;
  return height >= kFineHuge ? kFineFactor : 1;
}

// A picture at its own size, at half of it, a quarter ..., each made when it is first asked for.
class Pyramid {
 public:
  explicit Pyramid(const RgbPicture& picture) : picture_(picture) {}

  // The smallest level that is at least `scale` times the picture, and its own scale.
  std::pair<const RgbPicture*, double> At(double scale) {
    size_t index = 0;
    double level_scale = 1;
    for (; level_scale / 2 >= scale; level_scale /= 2, ++index) {
      if (index == halves_.size()) halves_.push_back(Halve(index == 0 ? picture_ : halves_.back()));
    }
    return {index == 0 ? &picture_ : &halves_[index - 1], level_scale};
  }

 private:
  const RgbPicture& picture_;
  std::deque<RgbPicture> halves_;
};

// Boxes of one scale, in picture pixels.
struct Found {
  std::vector<Detection> whole;
  std::vector<Detection> cut;  // at an edge of a tile that is not the picture's: better seen
                               // elsewhere, or better than nothing
};

class CenterFaceDetector : public Detector {
 public:
  explicit CenterFaceDetector(std::unique_ptr<Network> network) : network_(std::move(network)) {}

  absl::StatusOr<std::vector<Detection>> Detect(const RgbPicture& picture, Orientation orientation,
                                                const SearchOptions& options) override {
    if (orientation > 1) return DetectUpright(Upright(picture, orientation), options);
    return DetectUpright(picture, options);
  }

  absl::StatusOr<std::vector<Detection>> Look(int width, int height, const FramePixels& pixels,
                                              std::span<const LookPass> passes,
                                              double threshold) override {
    return SearchFrame(*network_, width, height, pixels, passes, threshold);
  }

  std::string precision() const override { return network_->precision(); }

 private:
  absl::StatusOr<std::vector<Detection>> DetectUpright(const RgbPicture& picture,
                                                       const SearchOptions& options);

  // Searches tiles of one scale.
  absl::Status SearchTiles(Pyramid& pyramid, int width, int height, const std::vector<Tile>& tiles,
                           double threshold, Found& found);

  std::unique_ptr<Network> network_;
};

absl::Status CenterFaceDetector::SearchTiles(Pyramid& pyramid, int picture_width,
                                             int picture_height, const std::vector<Tile>& tiles,
                                             double threshold, Found& found) {
  for (const Tile& tile : tiles) {
    const auto [width, height] = kCanvases[tile.canvas];
    const double right = tile.x + width / tile.scale, bottom = tile.y + height / tile.scale;
    const auto fill = [&](uint8_t* canvas) {
      const auto [level, level_scale] = pyramid.At(tile.scale);
      FillCanvas(*level, tile.x * level_scale, tile.y * level_scale, tile.scale / level_scale,
                 width, height, canvas);
    };
    const auto read = [&](const Maps& maps) {
      for (Detection box : Suppress(BoxesOf(maps, threshold), kSameFaceIoU)) {
        box.x = box.x / tile.scale + tile.x;
        box.y = box.y / tile.scale + tile.y;
        box.width /= tile.scale;
        box.height /= tile.scale;
        const double edge = kEdge / tile.scale;
        const bool large = std::max(box.width, box.height) * tile.scale > kLargestWhole;
        const bool cut = (tiles.size() > 1 && large) || (tile.x > 0 && box.x < tile.x + edge) ||
                         (tile.y > 0 && box.y < tile.y + edge) ||
                         (right < picture_width && box.x + box.width > right - edge) ||
                         (bottom < picture_height && box.y + box.height > bottom - edge);
        (cut ? found.cut : found.whole).push_back(box);
      }
    };
    RETURN_IF_ERROR(network_->Run(tile.canvas, fill, read));
  }
  return absl::OkStatus();
}

// The centres of the boxes that a gate lets through.
std::vector<Point> Suspects(const Found& found, const Gate& gate, const RgbPicture& picture) {
  std::vector<Point> points;
  for (const auto* boxes : {&found.whole, &found.cut}) {
    for (const Detection& box : *boxes) {
      if (box.score < gate.least_score || box.score >= gate.most_score ||
          box.height > gate.most_height)
        continue;
      points.push_back({std::clamp<double>(box.x + box.width / 2, 0, picture.width),
                        std::clamp<double>(box.y + box.height / 2, 0, picture.height)});
    }
  }
  return points;
}

absl::StatusOr<std::vector<Detection>> CenterFaceDetector::DetectUpright(
    const RgbPicture& picture, const SearchOptions& options) {
  const Plan plan = PlanOf(options.effort);
  const double threshold = ThresholdOf(options);
  const double candidate = std::min(kCandidateScore, threshold);
  const double least_face = LeastFaceOf(options);

  const int width = picture.width, height = picture.height;
  Pyramid pyramid(picture);
  std::vector<Detection> boxes, cut;
  const auto search = [&](const std::vector<Tile>& tiles, double scale) -> absl::StatusOr<Found> {
    Found found;
    RETURN_IF_ERROR(SearchTiles(pyramid, width, height, tiles, candidate, found));
    for (const Detection& box : found.whole) {
      if (box.score >= threshold * Factor(box, scale, plan)) boxes.push_back(box);
    }
    for (const Detection& box : found.cut) {
      const double factor =
          Factor(box, scale, plan) * (box.height > kCutLarge ? kCutLargeFactor : kCutFactor);
      if (box.score >= threshold * factor) cut.push_back(box);
    }
    return found;
  };

  // Coarse levels, down to the first that shows the picture in one piece.
  std::optional<Found> coarse;  // the finest of them
  bool whole = CoverWhole(width, height, plan.base).has_value();
  for (double scale = plan.base / 2; !whole; scale /= 2) {
    const std::optional<Tile> one = CoverWhole(width, height, scale);
    whole = one.has_value();
    ASSIGN_OR_RETURN(
        Found found,
        search(one ? std::vector<Tile>{*one} : CoverPicture(width, height, scale), scale));
    if (!coarse) coarse = std::move(found);
  }

  if (!coarse || least_face * plan.base / 2 < kLeastSeen) {
    ASSIGN_OR_RETURN(
        const Found found,
        search(plan.windows && coarse ? CoverPoints(Suspects(*coarse, *plan.windows, picture),
                                                    width, height, plan.base, kWindowInset)
                                      : CoverPicture(width, height, plan.base),
               plan.base));
    if (plan.twice && least_face < kLeastSeen) {
      RETURN_IF_ERROR(search(plan.double_ ? CoverPoints(Suspects(found, *plan.double_, picture),
                                                        width, height, 2, kWindowInset)
                                          : CoverPicture(width, height, 2),
                             2)
                          .status());
    }
  }

  std::vector<Detection> faces = Fuse(std::move(boxes), kSameFaceIoU);
  // A face that no tile saw whole is hidden as far as it was seen.
  for (const Detection& part : Suppress(std::move(cut), kSameFaceIoU)) {
    const bool known = std::any_of(faces.begin(), faces.end(), [&](const Detection& face) {
      return IoU(face, part) > kSameFaceIoU || ShareWithin(part, face) > kPartShare;
    });
    if (!known) faces.push_back(part);
  }
  std::erase_if(faces, [&](const Detection& face) { return face.height < least_face; });
  std::stable_sort(faces.begin(), faces.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  return faces;
}

}  // namespace

double ThresholdOf(const SearchOptions& options) {
  return options.threshold > 0 ? options.threshold : PlanOf(options.effort).threshold;
}

double LeastFaceOf(const SearchOptions& options) {
  return options.min_face > 0 ? options.min_face : PlanOf(options.effort).least_face;
}

absl::StatusOr<std::unique_ptr<Detector>> Detector::Create(const DetectorOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Network> network, Network::Load(options));
  return std::make_unique<CenterFaceDetector>(std::move(network));
}

}  // namespace efface
