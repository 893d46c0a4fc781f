// The plain type of an area to hide, before it becomes samples.
#ifndef EFFACE_MASK_SHAPE_H_
#define EFFACE_MASK_SHAPE_H_

namespace efface {

// An ellipse inscribed in a box, or the box itself. Pixels, continuous: pixel (i, j) covers [i,
// i+1) x [j, j+1). May pass the picture's border.
struct Shape {
  double x = 0, y = 0, width = 0, height = 0;
  bool rectangle = false;
};

}  // namespace efface

#endif  // EFFACE_MASK_SHAPE_H_
