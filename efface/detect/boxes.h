// Boxes out of the network's maps, and one box out of several that mean the same face.
#ifndef EFFACE_DETECT_BOXES_H_
#define EFFACE_DETECT_BOXES_H_

#include <vector>

#include "efface/detect/detector.h"

namespace efface {

// The network's answer for one canvas, at a quarter of its size. Borrowed.
struct Maps {
  const float* heat = nullptr;  // height x width: probability that a face's centre is here
  const float* size = nullptr;  // 2 x height x width: natural logarithm of height / 4, of width / 4
  const float* offset = nullptr;  // 2 x height x width: of the centre, down and across, in cells
  int width = 0, height = 0;      // cells
};

// A box for each cell over `threshold`, in canvas pixels (CenterFace, Xu et al. 2019, section 3).
std::vector<Detection> BoxesOf(const Maps& maps, double threshold);

// Intersection over union.
double IoU(const Detection& a, const Detection& b);

// The share of `part`'s area that lies within `whole`.
double ShareWithin(const Detection& part, const Detection& whole);

// Non-maximum suppression within one canvas: the best of each group that overlaps by more than
// `iou`, by falling score.
std::vector<Detection> Suppress(std::vector<Detection> boxes, double iou);

// One box for each group of boxes, from several scales, that overlap the best of the group by more
// than `iou`: the mean of the group weighted by score (weighted boxes fusion, Solovyev et al.
// 2019), with the best score. By falling score.
std::vector<Detection> Fuse(std::vector<Detection> boxes, double iou);

}  // namespace efface

#endif  // EFFACE_DETECT_BOXES_H_
