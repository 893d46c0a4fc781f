#include "lineup/run/onnx_model.h"

#include <exception>
#include <openvino/openvino.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/status.h"

namespace lineup {
namespace {

using absl::InvalidArgumentError;
using absl::StrCat;

// The last line of OpenVINO's message that says something.
std::string Gist(const std::string& message) {
  std::string gist;
  for (const auto line : absl::StrSplit(message, '\n')) {
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (!text.empty() && !absl::StrContains(text, ".cpp:") && !absl::StartsWith(text, "Exception"))
      gist = std::string(text.substr(0, 200));
  }
  return gist.empty() ? "OpenVINO gives no reason" : gist;
}

// OpenVINO reports by exceptions; here they end.
template <typename Call>
absl::Status Try(const std::string& what, Call call) {
  try {
    return call();
  } catch (const std::exception& error) {
    return InvalidArgumentError(StrCat(what, ": ", Gist(error.what())));
  }
}

std::string ShapeText(const ov::PartialShape& shape) {
  std::string text;
  if (shape.rank().is_dynamic()) return "open";
  for (const ov::Dimension& size : shape)
    absl::StrAppend(&text, text.empty() ? "" : " x ",
                    size.is_static() ? StrCat(size.get_length()) : "?");
  return text;
}

}  // namespace

struct OnnxModel::Impl {
  ModelDescription description;
  ov::CompiledModel compiled;
  ov::Shape shape;
  size_t dimensions = 0;
};

OnnxModel::OnnxModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OnnxModel::~OnnxModel() = default;
size_t OnnxModel::dimensions() const { return impl_->dimensions; }

absl::StatusOr<std::unique_ptr<OnnxModel>> OnnxModel::Load(const ModelDescription& description,
                                                           int threads) {
  const std::string name = efface::DisplayName(description.model);
  std::error_code error;
  if (!std::filesystem::is_regular_file(description.model, error))
    return absl::NotFoundError(StrCat(name, ": the model is missing"));
  auto impl = std::make_unique<Impl>();
  impl->description = description;
  const auto height = static_cast<size_t>(description.height),
             width = static_cast<size_t>(description.width);
  impl->shape =
      description.channels_first ? ov::Shape{1, 3, height, width} : ov::Shape{1, height, width, 3};
  RETURN_IF_ERROR(Try(StrCat(name, ": can't be used as an ONNX model"), [&]() -> absl::Status {
    ov::Core core;
    const std::shared_ptr<ov::Model> model = core.read_model(description.model.string());
    if (model->inputs().size() != 1)
      return InvalidArgumentError(StrCat(name, ": has ", model->inputs().size(),
                                         " inputs; an embedding model has one, a picture"));
    if (model->outputs().size() != 1)
      return InvalidArgumentError(StrCat(name, ": has ", model->outputs().size(),
                                         " outputs; an embedding model has one, a row of numbers"));
    const ov::PartialShape given = model->input().get_partial_shape();
    if (!given.compatible(ov::PartialShape(impl->shape)))
      return InvalidArgumentError(StrCat(name, ": takes an input of ", ShapeText(given),
                                         ", and the description says ",
                                         ShapeText(ov::PartialShape(impl->shape))));
    if (model->input().get_element_type() != ov::element::f32)
      return InvalidArgumentError(StrCat(name, ": takes numbers of type ",
                                         model->input().get_element_type().get_type_name(),
                                         "; only 32-bit floats are fed"));
    model->reshape(ov::PartialShape(impl->shape));
    const ov::PartialShape out = model->output().get_partial_shape();
    size_t numbers = 1, longest = 0;
    if (out.is_static()) {
      for (const size_t size : out.to_shape()) {
        numbers *= size;
        longest = std::max(longest, size);
      }
    }
    if (longest < 2 || longest != numbers || longest > 1 << 16)
      return InvalidArgumentError(StrCat(name, ": gives ", ShapeText(out),
                                         " numbers a picture; an embedding is one row of them"));
    if (model->output().get_element_type() != ov::element::f32)
      return InvalidArgumentError(StrCat(name, ": gives other numbers than 32-bit floats"));
    impl->dimensions = numbers;
    impl->compiled = core.compile_model(
        model, "CPU",
        {ov::hint::inference_precision(ov::element::f32), ov::num_streams(threads),
         ov::inference_num_threads(threads), ov::hint::enable_cpu_pinning(false)});
    return absl::OkStatus();
  }));
  return std::unique_ptr<OnnxModel>(new OnnxModel(std::move(impl)));
}

absl::StatusOr<std::vector<float>> OnnxModel::Embed(const Picture& picture,
                                                    const Place& place) const {
  const ModelDescription& how = impl_->description;
  ASSIGN_OR_RETURN(const Picture chip,
                   how.points ? AlignedChip(picture, place, *how.points, how.width, how.height)
                              : BoxChip(picture, place.box, how.box_scale, how.width, how.height));
  std::vector<float> result;
  RETURN_IF_ERROR(Try("the model failed", [&]() -> absl::Status {
    ov::InferRequest request = impl_->compiled.create_infer_request();
    ov::Tensor input(ov::element::f32, impl_->shape);
    float* out = input.data<float>();
    const size_t pixels = chip.rgb.size() / 3;
    for (size_t i = 0; i < pixels; ++i) {
      for (size_t c = 0; c < 3; ++c) {
        const float sample = chip.rgb[3 * i + (how.rgb ? c : 2 - c)];
        out[how.channels_first ? c * pixels + i : 3 * i + c] =
            (sample - how.mean[c]) * how.scale[c];
      }
    }
    request.set_input_tensor(input);
    request.infer();
    const float* numbers = request.get_output_tensor().data<const float>();
    result.assign(numbers, numbers + impl_->dimensions);
    return absl::OkStatus();
  }));
  if (how.normalise) {
    double square = 0;
    for (const float number : result) square += double{number} * number;
    for (float& number : result)
      if (square > 0) number = static_cast<float>(number / std::sqrt(square));
  }
  return result;
}

}  // namespace lineup
