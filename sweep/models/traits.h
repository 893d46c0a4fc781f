// What counts of a model's facts for judging it, in the same terms for all formats.
#ifndef EFFACE_SWEEP_MODELS_TRAITS_H_
#define EFFACE_SWEEP_MODELS_TRAITS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/models/model.h"

namespace sweep {

// What an operator does, by its name in any of the formats.
enum class Family {
  kConvolution,
  kDense,
  kNormalisation,  // batch or length: scales, keeps the shape
  kShape,          // reshape, flatten, squeeze, transpose, identity: keeps the numbers
  kArithmetic,     // add, multiply, ...: in a tail mostly a part of a normalisation
  kPooling,
  kPRelu,
  kActivation,  // other than these
  kSoftmax,
  kSigmoid,
  kRecurrent,
  kBoxes,    // non-maximum suppression, prior boxes
  kEnlarge,  // upsampling, transposed convolution
  kOther,
};
Family FamilyOf(std::string_view op);

struct Picture {
  int64_t channels = -1, height = -1, width = -1;
};
// The size of a picture that has that shape: (batch,) channels 1 or 3, height, width, or the
// channels last.
std::optional<Picture> PictureOf(const std::vector<int64_t>& shape);

// The layer that a vector comes from, in a graph or as the last dense weights of a file without a
// graph.
struct Vector {
  int64_t length = -1;
  int64_t fan_in = -1;      // of the dense layer
  bool dense = false;       // or by a convolution
  bool normalised = false;  // afterwards, by batch or length
  bool activated = false;   // afterwards, by a softmax or sigmoid: a classifier
  bool pooled = false;      // comes straight out of a pooling, without a layer of weights
  bool rectified = false;   // afterwards, by another activation
  bool changed = false;     // afterwards, in a way that isn't known
};

struct Traits {
  bool graph = false;  // the file has layers; else only weights, if those

  // Of a graph.
  std::optional<Picture> picture;  // the only input with two dimensions or more that is one
  bool other_inputs =
      false;  // there are inputs with two dimensions or more that are none, or several pictures
  std::vector<Vector> vectors;  // outputs that are vectors of more than two numbers
  bool maps = false;            // there are outputs that are none: maps, boxes, pictures

  // Of either.
  int64_t convolutions = 0, dense = 0, prelus = 0, recurrent = 0, boxes = 0, enlarging = 0,
          softmaxes = 0;
  int64_t seven = 0;  // depthwise convolutions of 7x7: few stand for a global one over a 7x7 map
  int64_t first_channels = -1;  // that the first convolution takes; -1 unknown
  // Dense weights (outputs, inputs) in the order of the file; of a TensorFlow layout turned.
  struct Dense {
    std::string name;
    int64_t outputs = -1, inputs = -1;
  };
  std::vector<Dense> dense_weights;
};

Traits TraitsOf(const ModelFacts& facts);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_TRAITS_H_
