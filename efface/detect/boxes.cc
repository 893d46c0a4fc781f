#include "efface/detect/boxes.h"

#include <algorithm>
#include <cmath>

namespace efface {
namespace {

constexpr double kStride = 4;  // canvas pixels a cell
constexpr double kMaxLog =
    7.5;  // size at most 4 * e^7.5 = 7,232 pixels: no overflow from a wild answer

double SharedArea(const Detection& a, const Detection& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return width <= 0 || height <= 0 ? 0 : width * height;
}

void SortByScore(std::vector<Detection>& boxes) {
  std::stable_sort(boxes.begin(), boxes.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
}

// Calls `keep(best, group)` for each group of boxes that overlap their best by more than `iou`; the
// group holds the best.
template <typename Keep>
void ForEachGroup(std::vector<Detection> boxes, double iou, Keep keep) {
  SortByScore(boxes);
  std::vector<bool> taken(boxes.size(), false);
  std::vector<Detection> group;
  for (size_t i = 0; i < boxes.size(); ++i) {
    if (taken[i]) continue;
    group.assign(1, boxes[i]);
    for (size_t j = i + 1; j < boxes.size(); ++j) {
      if (taken[j] || IoU(boxes[i], boxes[j]) <= iou) continue;
      taken[j] = true;
      group.push_back(boxes[j]);
    }
    keep(boxes[i], group);
  }
}

}  // namespace

std::vector<Detection> BoxesOf(const Maps& maps, double threshold) {
  std::vector<Detection> boxes;
  const size_t cells = static_cast<size_t>(maps.width) * maps.height;
  for (size_t i = 0; i < cells; ++i) {
    if (!(maps.heat[i] > threshold)) continue;
    const double height = kStride * std::exp(std::min<double>(maps.size[i], kMaxLog));
    const double width = kStride * std::exp(std::min<double>(maps.size[cells + i], kMaxLog));
    const double y = kStride * (static_cast<double>(i / maps.width) + maps.offset[i] + 0.5);
    const double x = kStride * (static_cast<double>(i % maps.width) + maps.offset[cells + i] + 0.5);
    if (!std::isfinite(x + y + width + height)) continue;
    boxes.push_back({x - width / 2, y - height / 2, width, height, maps.heat[i]});
  }
  return boxes;
}

double IoU(const Detection& a, const Detection& b) {
  const double shared = SharedArea(a, b);
  return shared > 0 ? shared / (a.width * a.height + b.width * b.height - shared) : 0;
}

double ShareWithin(const Detection& part, const Detection& whole) {
  const double shared = SharedArea(part, whole);
  return shared > 0 ? shared / (part.width * part.height) : 0;
}

std::vector<Detection> Suppress(std::vector<Detection> boxes, double iou) {
  std::vector<Detection> kept;
  ForEachGroup(std::move(boxes), iou,
               [&](const Detection& best, const auto&) { kept.push_back(best); });
  return kept;
}

std::vector<Detection> Fuse(std::vector<Detection> boxes, double iou) {
  std::vector<Detection> fused;
  ForEachGroup(std::move(boxes), iou,
               [&](const Detection& best, const std::vector<Detection>& group) {
                 Detection mean{0, 0, 0, 0, best.score};
                 double weight = 0;
                 for (const Detection& box : group) {
                   mean.x += box.score * box.x;
                   mean.y += box.score * box.y;
                   mean.width += box.score * box.width;
                   mean.height += box.score * box.height;
                   weight += box.score;
                 }
                 mean.x /= weight;
                 mean.y /= weight;
                 mean.width /= weight;
                 mean.height /= weight;
                 fused.push_back(mean);
               });
  return fused;
}

}  // namespace efface
