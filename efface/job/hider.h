// Joins masks and fills for a writer: hides shapes on one stored picture or frame.
#ifndef EFFACE_JOB_HIDER_H_
#define EFFACE_JOB_HIDER_H_

#include <utility>
#include <vector>

#include "efface/fill/fill.h"
#include "efface/mask/mask.h"
#include "efface/mask/shape.h"
#include "efface/media/plane.h"

namespace efface {

class ShapesHider : public Hider {
 public:
  // `shapes` on the stored picture.
  ShapesHider(std::vector<Shape> shapes, FillKind fill, Color color,
              Accuracy accuracy = Accuracy::kExact)
      : shapes_(std::move(shapes)), fill_(fill), color_(color), accuracy_(accuracy) {}

  std::vector<Patch> Patches(const PlaneGrid& grid) const override {
    return Rasterise(shapes_, grid);
  }
  void Fill(const Patch& patch, const PlaneView& plane) const override {
    efface::Fill(fill_, color_, patch, plane, accuracy_);
  }

 private:
  std::vector<Shape> shapes_;
  FillKind fill_;
  Color color_;
  Accuracy accuracy_;
};

}  // namespace efface

#endif  // EFFACE_JOB_HIDER_H_
