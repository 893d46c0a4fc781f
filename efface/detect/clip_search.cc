#include "efface/detect/clip_search.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/status.h"
#include "efface/detect/boxes.h"
#include "efface/detect/tiles.h"

namespace efface {
namespace {

constexpr double kSameFaceIoU = 0.3;
constexpr double kPartShare = 0.5;
// A box that ends this near to an inner edge of its tile is a face cut in two.
constexpr double kEdge = 8;  // canvas pixels
// A face that a tile cut needs a higher score: a part is less sure than a whole.
constexpr double kCutFactor = 1.3;
// What a gate lets through: boxes that may be small faces.
constexpr double kGate = 0.04, kGateHeight = 32;  // score, canvas pixels
// Between a suspect's centre and its window's edge.
constexpr double kWindowInset = 32;  // canvas pixels

int64_t CostOf(const std::vector<Tile>& tiles) {
  int64_t pixels = 0;
  for (const Tile& tile : tiles)
    pixels += int64_t{kCanvases[tile.canvas].width} * kCanvases[tile.canvas].height;
  return pixels;
}

// Writes what the tile shows to its canvas; black beyond the frame.
void FillTile(const Tile& tile, int width, int height, const FramePixels& pixels, uint8_t* canvas) {
  const auto [canvas_width, canvas_height] = kCanvases[tile.canvas];
  const auto shown = [&](double from, int length, int most) {
    return std::clamp(static_cast<int>(std::lround((length - from) * tile.scale)), 1, most);
  };
  const int shown_width = shown(tile.x, width, canvas_width);
  const int shown_height = shown(tile.y, height, canvas_height);
  const RgbPicture part =
      pixels(tile.x, tile.y, std::min(shown_width / tile.scale, width - tile.x),
             std::min(shown_height / tile.scale, height - tile.y), shown_width, shown_height);
  const size_t row = static_cast<size_t>(canvas_width) * 3;
  const size_t part_row = static_cast<size_t>(shown_width) * 3;
  for (int y = 0; y < canvas_height; ++y) {
    uint8_t* out = canvas + y * row;
    const size_t filled = y < shown_height ? part_row : 0;
    if (filled > 0) std::memcpy(out, part.samples.data() + y * part_row, filled);
    std::memset(out + filled, 0, row - filled);
  }
}

}  // namespace

absl::StatusOr<std::vector<Detection>> SearchFrame(Network& network, int width, int height,
                                                   const FramePixels& pixels,
                                                   std::span<const LookPass> passes,
                                                   double threshold) {
  std::vector<Detection> whole, cut;
  std::vector<Point> suspects;
  const auto search = [&](const Tile& tile) {
    const double right = tile.x + kCanvases[tile.canvas].width / tile.scale;
    const double bottom = tile.y + kCanvases[tile.canvas].height / tile.scale;
    const double edge = kEdge / tile.scale;
    const auto fill = [&](uint8_t* canvas) { FillTile(tile, width, height, pixels, canvas); };
    const auto read = [&](const Maps& maps) {
      for (Detection box : Suppress(BoxesOf(maps, std::min(threshold, kGate)), kSameFaceIoU)) {
        const double canvas_height = box.height;
        box.x = box.x / tile.scale + tile.x;
        box.y = box.y / tile.scale + tile.y;
        box.width /= tile.scale;
        box.height /= tile.scale;
        if (box.score >= kGate && canvas_height <= kGateHeight) {
          suspects.push_back({std::clamp<double>(box.x + box.width / 2, 0, width),
                              std::clamp<double>(box.y + box.height / 2, 0, height)});
        }
        if (box.score < threshold) continue;
        const bool is_cut = (tile.x > 0 && box.x < tile.x + edge) ||
                            (tile.y > 0 && box.y < tile.y + edge) ||
                            (right < width && box.x + box.width > right - edge) ||
                            (bottom < height && box.y + box.height > bottom - edge);
        if (!is_cut) {
          whole.push_back(box);
        } else if (box.score >= threshold * kCutFactor) {
          cut.push_back(box);
        }
      }
    };
    return network.Run(tile.canvas, fill, read);
  };
  for (const LookPass& pass : passes) {
    std::vector<Tile> tiles = CoverFrame(width, height, pass.scale);
    if (pass.gate_scale > 0) {
      suspects.clear();
      for (const Tile& tile : CoverFrame(width, height, pass.gate_scale))
        RETURN_IF_ERROR(search(tile));
      std::vector<Tile> windows = CoverPoints(suspects, width, height, pass.scale, kWindowInset);
      if (CostOf(windows) < CostOf(tiles)) tiles = std::move(windows);
    }
    for (const Tile& tile : tiles) RETURN_IF_ERROR(search(tile));
  }

  std::vector<Detection> faces = Fuse(std::move(whole), kSameFaceIoU);
  for (const Detection& part : Suppress(std::move(cut), kSameFaceIoU)) {
    const bool known = std::any_of(faces.begin(), faces.end(), [&](const Detection& face) {
      return IoU(face, part) > kSameFaceIoU || ShareWithin(part, face) > kPartShare;
    });
    if (!known) faces.push_back(part);
  }
  std::stable_sort(faces.begin(), faces.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  return faces;
}

}  // namespace efface
