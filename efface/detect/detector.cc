// The search over scales. Each effort is a row of a table; the steps are
//   1. coarse levels, each half of the one before, down to a picture of about 512 pixels: large
//   faces;
//   2. the picture at its own size: in whole, or (fast) in windows where a coarse level suspected a
//   face;
//   3. twice its size: in windows around small faces that step 2 was unsure of, or (thorough) in
//   whole;
//   4. one box for each group of boxes that mean the same face.
#include "efface/detect/detector.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/status.h"
#include "efface/detect/boxes.h"
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
  std::optional<Gate> own;      // scale 1 in windows; none: in whole
  bool twice;                   // scale 2 at all
  std::optional<Gate> double_;  // scale 2 in windows; none: in whole
  double least_face;            // picture pixels, height
};

// Chosen on labelled photos by scripts/bench photos; docs/detection.md has what each step gave.
Plan PlanOf(Effort effort) {
  switch (effort) {
    case Effort::kFast:
      return {0.17, Gate{0.05, 1, 64}, false, std::nullopt, 8};
    case Effort::kBalanced:
      return {0.17, std::nullopt, true, Gate{0.08, 0.40, 40}, 6};
    case Effort::kThorough:
      return {0.14, std::nullopt, true, std::nullopt, 4};
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
constexpr double kCoarseSmall = 24, kCoarseFactor = 1.75;  // canvas pixels; times the threshold
constexpr double kFineHuge = 192, kFineFactor = 2;
constexpr double kCutLarge = 64, kCutFactor = 1.5;  // picture pixels; of a face that its tile cut
// The network sees faces from about this height on; a scale where the least face wanted is this
// high is fine enough.
constexpr double kLeastSeen = 16;  // canvas pixels

double Factor(const Detection& box, double scale) {
  const double height = box.height * scale;
  if (scale < 1) return height < kCoarseSmall ? kCoarseFactor : 1;
  return height >= kFineHuge ? kFineFactor : 1;
}

// Boxes of one scale, in picture pixels.
struct Found {
  std::vector<Detection> whole;
  std::vector<Detection> cut;  // at an edge of a tile that is not the picture's: better seen
                               // elsewhere, or better than nothing
};

// The share of `part` that lies within `whole`.
double ShareWithin(const Detection& part, const Detection& whole) {
  const double width =
      std::min(part.x + part.width, whole.x + whole.width) - std::max(part.x, whole.x);
  const double height =
      std::min(part.y + part.height, whole.y + whole.height) - std::max(part.y, whole.y);
  return width <= 0 || height <= 0 ? 0 : width * height / (part.width * part.height);
}

class CenterFaceDetector : public Detector {
 public:
  explicit CenterFaceDetector(std::unique_ptr<Network> network) : network_(std::move(network)) {}

  absl::StatusOr<std::vector<Detection>> Detect(const RgbPicture& picture, Orientation orientation,
                                                const SearchOptions& options) override {
    if (orientation > 1) return DetectUpright(Upright(picture, orientation), options);
    return DetectUpright(picture, options);
  }

  std::string precision() const override { return network_->precision(); }

 private:
  absl::StatusOr<std::vector<Detection>> DetectUpright(const RgbPicture& picture,
                                                       const SearchOptions& options);

  // Searches tiles of one scale. `level` is the picture shrunk to the width level_scale * its own.
  absl::Status SearchTiles(const RgbPicture& picture, const RgbPicture& level, double level_scale,
                           const std::vector<Tile>& tiles, double threshold, Found& found);

  std::unique_ptr<Network> network_;
};

absl::Status CenterFaceDetector::SearchTiles(const RgbPicture& picture, const RgbPicture& level,
                                             double level_scale, const std::vector<Tile>& tiles,
                                             double threshold, Found& found) {
  for (const Tile& tile : tiles) {
    const auto [width, height] = kCanvases[tile.canvas];
    const double right = tile.x + width / tile.scale, bottom = tile.y + height / tile.scale;
    const auto fill = [&](uint8_t* canvas) {
      FillCanvas(level, tile.x * level_scale, tile.y * level_scale, tile.scale / level_scale, width,
                 height, canvas);
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
                         (right < picture.width && box.x + box.width > right - edge) ||
                         (bottom < picture.height && box.y + box.height > bottom - edge);
        (cut ? found.cut : found.whole).push_back(box);
      }
    };
    RETURN_IF_ERROR(network_->Run(tile.canvas, fill, read));
  }
  return absl::OkStatus();
}

// The centres of the boxes that a gate lets through.
std::vector<Point> Suspects(const std::vector<Found>& levels, const Gate& gate,
                            const RgbPicture& picture) {
  std::vector<Point> points;
  for (const Found& found : levels) {
    for (const auto* boxes : {&found.whole, &found.cut}) {
      for (const Detection& box : *boxes) {
        if (box.score < gate.least_score || box.score >= gate.most_score ||
            box.height > gate.most_height)
          continue;
        points.push_back({std::clamp<double>(box.x + box.width / 2, 0, picture.width),
                          std::clamp<double>(box.y + box.height / 2, 0, picture.height)});
      }
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

  std::vector<Detection> boxes, cut;
  const auto take = [&](const Found& found, double scale) {
    for (const Detection& box : found.whole) {
      if (box.score >= threshold * Factor(box, scale)) boxes.push_back(box);
    }
    for (const Detection& box : found.cut) {
      const double factor = Factor(box, scale) * (box.height > kCutLarge ? kCutFactor : 1);
      if (box.score >= threshold * factor) cut.push_back(box);
    }
  };

  // Coarse levels, down to the first that shows the picture in one piece.
  std::vector<Found> coarse;
  {
    RgbPicture level;
    bool whole = CoverWhole(picture.width, picture.height, 1).has_value();
    for (double scale = 0.5; !whole; scale /= 2) {
      level = Halve(level.samples.empty() ? picture : level);
      const std::optional<Tile> one = CoverWhole(picture.width, picture.height, scale);
      whole = one.has_value();
      const std::vector<Tile> tiles =
          one ? std::vector<Tile>{*one} : CoverPicture(picture.width, picture.height, scale);
      Found& found = coarse.emplace_back();
      RETURN_IF_ERROR(SearchTiles(picture, level, scale, tiles, candidate, found));
      take(found, scale);
    }
  }

  std::vector<Found> own(1);
  const bool small_wanted = coarse.empty() || least_face * 0.5 < kLeastSeen;
  if (small_wanted) {
    const bool windows = plan.own && !coarse.empty();
    const std::vector<Tile> tiles =
        windows ? CoverPoints(Suspects({coarse.front()}, *plan.own, picture), picture.width,
                              picture.height, 1, kWindowInset)
                : CoverPicture(picture.width, picture.height, 1);
    RETURN_IF_ERROR(SearchTiles(picture, picture, 1, tiles, candidate, own[0]));
    take(own[0], 1);
  }

  if (plan.twice && small_wanted && least_face < kLeastSeen) {
    const std::vector<Tile> tiles =
        plan.double_ ? CoverPoints(Suspects(own, *plan.double_, picture), picture.width,
                                   picture.height, 2, kWindowInset)
                     : CoverPicture(picture.width, picture.height, 2);
    Found found;
    RETURN_IF_ERROR(SearchTiles(picture, picture, 1, tiles, candidate, found));
    take(found, 2);
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
