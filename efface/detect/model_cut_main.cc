// efface-model-cut IN.onnx OUT.xml: makes the model that Efface runs out of CenterFace. Keeps the
// outputs that say where a face is (heat map, size, offset) and cuts off the landmarks, so that
// nothing can compute them; takes 8-bit RGB pixels as input; leaves height and width open. Refuses
// any file but the one that is pinned here.
#include <cstdio>
#include <exception>
#include <openvino/core/preprocess/pre_post_process.hpp>
#include <openvino/openvino.hpp>

#include "base/file.h"
#include "base/sha256.h"
#include "efface/detect/detector.h"

namespace {

int Cut(const char* in, const char* out) {
  const auto file = efface::ReadFile(in, 100 << 20);
  if (!file.ok()) {
    std::fprintf(stderr, "efface-model-cut: %s\n", std::string(file.status().message()).c_str());
    return 1;
  }
  if (efface::Sha256Hex(*file) != efface::kModelSha256) {
    std::fprintf(stderr, "efface-model-cut: %s is not the model that is pinned\n", in);
    return 1;
  }
  ov::Core core;
  const std::shared_ptr<ov::Model> whole = core.read_model(in);
  // Outputs in order: heat map, log(size / 4), offset, landmarks.
  auto model = std::make_shared<ov::Model>(
      ov::OutputVector{whole->output(0), whole->output(1), whole->output(2)},
      whole->get_parameters(), "centerface-without-landmarks");
  model->reshape({1, 3, ov::Dimension(32, -1), ov::Dimension(32, -1)});
  ov::preprocess::PrePostProcessor steps(model);
  steps.input().tensor().set_element_type(ov::element::u8).set_layout("NHWC");
  steps.input().model().set_layout("NCHW");
  model = steps.build();
  ov::save_model(model, out, /*compress_to_fp16=*/false);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: efface-model-cut IN.onnx OUT.xml\n");
    return 2;
  }
  try {
    return Cut(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "efface-model-cut: %s\n", error.what());
    return 1;
  }
}
