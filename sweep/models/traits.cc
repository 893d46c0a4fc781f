#include "sweep/models/traits.h"

#include <algorithm>
#include <span>

namespace sweep {
namespace {

std::string Plain(std::string_view op) {
  std::string plain;
  for (const char c : op) {
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
  }
  return plain;
}

// The first of these that the plain name contains decides.
struct Rule {
  std::string_view part;
  Family family;
};
constexpr Rule kRules[] = {
    {"softmax", Family::kSoftmax},
    {"hardsigmoid", Family::kActivation},
    {"sigmoid", Family::kSigmoid},
    {"logistic", Family::kSigmoid},
    {"lossmulticlass", Family::kSoftmax},
    {"lossmmod", Family::kBoxes},
    {"lossmetric", Family::kShape},
    {"nonmaxsuppression", Family::kBoxes},
    {"nonmaximumsuppression", Family::kBoxes},
    {"detectionoutput", Family::kBoxes},
    {"detectionpostprocess", Family::kBoxes},
    {"priorbox", Family::kBoxes},
    {"proposal", Family::kBoxes},
    {"roialign", Family::kBoxes},
    {"convert", Family::kShape},
    {"convolutionbackpropdata", Family::kEnlarge},
    {"convtranspose", Family::kEnlarge},
    {"transposeconv", Family::kEnlarge},
    {"convbackpropinput", Family::kEnlarge},
    {"conv2dtranspose", Family::kEnlarge},
    {"deconv", Family::kEnlarge},
    {"upsampl", Family::kEnlarge},
    {"interpolate", Family::kEnlarge},
    {"resize", Family::kEnlarge},
    {"depthtospace", Family::kEnlarge},
    {"conv", Family::kConvolution},
    {"lstm", Family::kRecurrent},
    {"gru", Family::kRecurrent},
    {"rnn", Family::kRecurrent},
    {"matmul", Family::kDense},
    {"gemm", Family::kDense},
    {"fullyconnected", Family::kDense},
    {"innerproduct", Family::kDense},
    {"dense", Family::kDense},
    {"leakyrelu", Family::kActivation},
    {"prelu", Family::kPRelu},
    {"relu", Family::kActivation},
    {"tanh", Family::kActivation},
    {"swish", Family::kActivation},
    {"gelu", Family::kActivation},
    {"elu", Family::kActivation},
    {"mish", Family::kActivation},
    {"activation", Family::kActivation},
    {"lpnorm", Family::kNormalisation},
    {"l2norm", Family::kNormalisation},
    {"reducel2", Family::kNormalisation},
    {"norm", Family::kNormalisation},
    {"affine", Family::kNormalisation},
    {"bncon", Family::kNormalisation},
    {"bnfc", Family::kNormalisation},
    {"rsqrt", Family::kNormalisation},
    {"scale", Family::kNormalisation},
    {"bias", Family::kArithmetic},
    {"pool", Family::kPooling},
    {"reducemean", Family::kPooling},
    {"reduce", Family::kArithmetic},
    {"mean", Family::kPooling},
    {"reshape", Family::kShape},
    {"flatten", Family::kShape},
    {"squeeze", Family::kShape},
    {"expanddims", Family::kShape},
    {"transpose", Family::kShape},
    {"permute", Family::kShape},
    {"identity", Family::kShape},
    {"dropout", Family::kShape},
    {"quantize", Family::kShape},
    {"fakequant", Family::kShape},
    {"cast", Family::kShape},
    {"result", Family::kShape},
    {"split", Family::kShape},
    {"linear", Family::kDense},
};
constexpr std::string_view kArithmetic[] = {
    "add",     "addv2", "sub",    "mul",  "multiply",    "div",      "realdiv",
    "divide",  "pow",   "power",  "sqrt", "square",      "maximum",  "max",
    "minimum", "sum",   "abs",    "clip", "clipbyvalue", "subtract", "eltwise",
    "biasadd", "neg",   "lambda", "add2", "expand",      "binaryop", "unaryop"};

Vector VectorOf(const ModelOutput& output, int64_t length) {
  Vector vector;
  vector.length = length;
  vector.fan_in = output.fan_in;
  for (const std::string& op : output.tail) {
    switch (FamilyOf(op)) {
      case Family::kDense:
        vector.dense = true;
        return vector;
      case Family::kConvolution:
        return vector;
      case Family::kPooling:
        vector.pooled = true;
        return vector;
      case Family::kSoftmax:
      case Family::kSigmoid:
        vector.activated = true;
        break;
      case Family::kNormalisation:
        vector.normalised = true;
        break;
      case Family::kActivation:
      case Family::kPRelu:
        vector.rectified = true;
        break;
      case Family::kArithmetic:
        // A scale: of a normalisation that was folded, or a division by length. A bias only adds.
        if (const std::string plain = Plain(op);
            plain.starts_with("mul") || plain.find("div") != std::string::npos)
          vector.normalised = true;
        break;
      case Family::kShape:
        break;
      default:
        vector.changed = true;
        break;
    }
  }
  return vector;
}

// Whether an output without a shape is flat for sure: it comes from a dense layer, or was flattened
// or pooled.
bool Flattened(const ModelOutput& output) {
  for (const std::string& op : output.tail) {
    const Family family = FamilyOf(op);
    if (family == Family::kDense || family == Family::kPooling) return true;
    if (family == Family::kConvolution || family == Family::kEnlarge || family == Family::kBoxes)
      return false;
    const std::string plain = Plain(op);
    if (plain == "squeeze" || plain.find("flatten") != std::string::npos) return true;
  }
  return false;
}

// The one dimension that isn't 1 or open; 1 where there is none; -1 where there are several.
int64_t VectorLength(std::span<const int64_t> shape) {
  int64_t length = 1;
  for (const int64_t size : shape) {
    if (size <= 1) continue;
    if (length > 1) return -1;
    length = size;
  }
  return length;
}

void TakeOutput(const ModelOutput& output, int64_t batch, Traits& traits) {
  std::span<const int64_t> shape = output.shape;
  // Of several pictures at once, a vector each.
  if (shape.size() > 1 && (shape[0] < 0 || shape[0] == batch)) shape = shape.subspan(1);
  const bool known = !shape.empty() && std::count(shape.begin(), shape.end(), -1) == 0;
  int64_t length = known ? VectorLength(shape) : -1;
  if (!known && Flattened(output)) length = output.width;
  if (length > 2) {
    traits.vectors.push_back(VectorOf(output, length));
  } else if (length < 0) {
    traits.maps = true;
  }
}

void TakeInputs(const std::vector<ModelTensor>& inputs, Traits& traits) {
  for (const ModelTensor& input : inputs) {
    if (input.shape.size() < 2) continue;
    const auto picture = PictureOf(input.shape);
    if (picture && !traits.picture) {
      traits.picture = picture;
    } else {
      traits.other_inputs = true;
    }
  }
}

// Convolutions have four dimensions: (outputs, inputs, rows, columns), TensorFlow (rows, columns,
// inputs, outputs), and of TensorFlow Lite (outputs, rows, columns, inputs).
void TakeWeight(const ModelTensor& weight, ModelFormat format, Traits& traits) {
  const std::vector<int64_t>& s = weight.shape;
  const bool tensorflow =
      format == ModelFormat::kTensorFlow || format == ModelFormat::kTensorFlowJs;
  const bool lite = format == ModelFormat::kTfLite;
  const auto depthwise = [&](int64_t rows, int64_t columns, int64_t one) {
    return rows == 7 && columns == 7 && one == 1;
  };
  if (s.size() == 4) {
    const bool seven = tensorflow ? depthwise(s[0], s[1], s[3]) && s[2] > 3
                       : lite     ? depthwise(s[1], s[2], s[0]) && s[3] > 3
                                  : depthwise(s[2], s[3], s[1]) && s[0] > 3;
    if (seven) ++traits.seven;
    if (traits.first_channels < 0) traits.first_channels = tensorflow ? s[2] : lite ? s[3] : s[1];
    if (!traits.graph && (tensorflow ? s[0] <= 11 : s[2] <= 11)) ++traits.convolutions;
  }
  if (s.size() == 5 && !tensorflow && !lite && depthwise(s[3], s[4], s[2]) && s[1] == 1)
    ++traits.seven;
  if (s.size() == 2 && s[0] > 1 && s[1] > 1) {
    traits.dense_weights.push_back(
        {weight.name, tensorflow ? s[1] : s[0], tensorflow ? s[0] : s[1]});
    if (!traits.graph) ++traits.dense;
  }
  if (!traits.graph && s.size() <= 1 && Plain(weight.name).find("prelu") != std::string::npos)
    ++traits.prelus;
}

}  // namespace

Family FamilyOf(std::string_view op) {
  const std::string plain = Plain(op);
  for (const std::string_view name : kArithmetic) {
    if (plain == name) return Family::kArithmetic;
  }
  if (plain == "fc2" || plain == "fc") return Family::kDense;
  if (plain == "con" || (plain.size() == 4 && plain.starts_with("con") && plain[3] <= '9'))
    return Family::kConvolution;
  for (const Rule& rule : kRules) {
    if (plain.find(rule.part) != std::string::npos) return rule.family;
  }
  return Family::kOther;
}

std::optional<Picture> PictureOf(const std::vector<int64_t>& shape) {
  if (shape.size() != 3 && shape.size() != 4) return std::nullopt;
  const int64_t* s = shape.data() + (shape.size() - 3);
  if (s[0] == 1 || s[0] == 3) return Picture{s[0], s[1], s[2]};
  if (s[2] == 1 || s[2] == 3) return Picture{s[2], s[0], s[1]};
  return std::nullopt;
}

Traits TraitsOf(const ModelFacts& facts) {
  Traits traits;
  traits.graph = !facts.outputs.empty() && !facts.operators.empty();
  for (const auto& [op, count] : facts.operators) {
    switch (FamilyOf(op)) {
      case Family::kConvolution:
        traits.convolutions += count;
        break;
      case Family::kDense:
        traits.dense += count;
        break;
      case Family::kPRelu:
        traits.prelus += count;
        break;
      case Family::kRecurrent:
        traits.recurrent += count;
        break;
      case Family::kBoxes:
        traits.boxes += count;
        break;
      case Family::kEnlarge:
        traits.enlarging += count;
        break;
      case Family::kSoftmax:
        traits.softmaxes += count;
        break;
      default:
        break;
    }
  }
  TakeInputs(facts.inputs, traits);
  int64_t batch = -1;
  for (const ModelTensor& input : facts.inputs) {
    if (input.shape.size() == 4 && PictureOf(input.shape)) batch = input.shape[0];
  }
  for (const ModelOutput& output : facts.outputs) TakeOutput(output, batch, traits);
  for (const ModelTensor& weight : facts.weights) TakeWeight(weight, facts.format, traits);
  return traits;
}

}  // namespace sweep
