#include "efface/track/link.h"

#include <algorithm>
#include <cmath>

#include "efface/track/tuning.h"

namespace efface {
namespace {

// 0 where the boxes are the same, 1 and more where they can't be the same face.
double Distance(const Mover& face, const Detection& detection) {
  const Box box = Box::Of(detection);
  const double size = std::abs(std::log(box.height / face.box.height));
  const double gate = detection.score >= kStrong ? kGateSize : kGateSizeWeak;
  if (size > gate + std::min(face.size_drift, 0.2)) return 1;
  const double width = (box.width + face.box.width) / 2,
               height = (box.height + face.box.height) / 2;
  const double drift = 1.5 * face.drift;
  const double x = (box.x - face.box.x) / (kGate * width + drift);
  const double y = (box.y - face.box.y) / (kGate * height + drift);
  return std::hypot(x, y) * (1 + size / 2);
}

}  // namespace

std::vector<int> Link(std::span<const Mover> faces, std::span<const Detection> detections) {
  struct Pair {
    double distance;
    int face, detection;
  };
  std::vector<Pair> strong, weak;
  for (int d = 0; d < static_cast<int>(detections.size()); ++d) {
    for (int f = 0; f < static_cast<int>(faces.size()); ++f) {
      const double distance = Distance(faces[f], detections[d]);
      if (distance < 1)
        (detections[d].score >= kStrong ? strong : weak).push_back({distance, f, d});
    }
  }
  std::vector<int> linked(detections.size(), -1);
  std::vector<bool> taken(faces.size(), false);
  for (auto* pairs : {&strong, &weak}) {
    std::stable_sort(pairs->begin(), pairs->end(),
                     [](const Pair& a, const Pair& b) { return a.distance < b.distance; });
    for (const Pair& pair : *pairs) {
      if (taken[pair.face] || linked[pair.detection] >= 0) continue;
      taken[pair.face] = true;
      linked[pair.detection] = pair.face;
    }
  }
  return linked;
}

}  // namespace efface
