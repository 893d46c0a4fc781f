#include "efface/detect/network.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <filesystem>
#include <mutex>
#include <openvino/openvino.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "efface/detect/tiles.h"

namespace efface {
namespace {

bool HasBf16(ov::Core& core) {
  const auto capabilities = core.get_property("CPU", ov::device::capabilities);
  return std::find(capabilities.begin(), capabilities.end(), ov::device::capability::BF16) !=
         capabilities.end();
}

// The last line of OpenVINO's message that says something, without the source lines and check texts
// around it.
std::string Gist(const std::string& message) {
  std::string gist;
  for (const auto line : absl::StrSplit(message, '\n')) {
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (!text.empty() && !absl::StrContains(text, ".cpp:") &&
        !absl::StartsWith(text, "Exception from"))
      gist = std::string(text);
  }
  return gist.empty() ? "OpenVINO gave no reason" : gist;
}

// OpenVINO reports by exceptions; here they end.
template <typename Call>
absl::Status Try(Call call) {
  try {
    call();
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("the detector failed: ", Gist(error.what())));
  }
}

}  // namespace

struct Network::Impl {
  // One shape of the network and the requests made for it; a request serves one thread at a time.
  struct Canvas {
    std::once_flag compiled_once;
    absl::Status status;
    ov::CompiledModel compiled;
    std::mutex mutex;
    std::vector<ov::InferRequest> idle;
  };

  ov::Core core;
  std::shared_ptr<ov::Model> model;
  ov::AnyMap config;
  std::string precision;
  std::array<Canvas, kCanvases.size()> canvases;
  std::array<std::atomic<bool>, kCanvases.size()> begun = {};
  std::mutex preparers_mutex;
  std::vector<std::jthread> preparers;  // last, so that they end before what they use goes

  // Compiles a canvas unless that was done.
  const absl::Status& Compiled(int index) {
    Canvas& canvas = canvases[index];
    std::call_once(canvas.compiled_once, [&] { canvas.status = Compile(index); });
    return canvas.status;
  }

  absl::Status Compile(int index) {
    return Try([&] {
      const auto [width, height] = kCanvases[index];
      const std::shared_ptr<ov::Model> shaped = model->clone();
      shaped->reshape(ov::PartialShape{1, height, width, 3});
      canvases[index].compiled = core.compile_model(shaped, "CPU", config);
    });
  }
};

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Network::~Network() = default;

absl::StatusOr<std::unique_ptr<Network>> Network::Load(const DetectorOptions& options) {
  std::error_code error;
  if (!std::filesystem::exists(options.model, error)) {
    return absl::NotFoundError(absl::StrCat("the detector's model is missing: ", options.model));
  }
  auto impl = std::make_unique<Impl>();
  RETURN_IF_ERROR(Try([&] {
    if (!options.cache_dir.empty()) {
      std::filesystem::create_directories(options.cache_dir, error);
      // A cache that can't be written costs time, not the run.
      if (!error) impl->core.set_property(ov::cache_dir(options.cache_dir));
    }
    const bool bf16 = options.precision == Precision::kBf16 ||
                      (options.precision == Precision::kAuto && HasBf16(impl->core));
    impl->precision = bf16 ? "bf16" : "f32";
    impl->config = {ov::hint::inference_precision(bf16 ? ov::element::bf16 : ov::element::f32),
                    ov::num_streams(options.streams), ov::hint::enable_cpu_pinning(false)};
    if (options.threads > 0) impl->config.insert(ov::inference_num_threads(options.threads));
    impl->model = impl->core.read_model(options.model);
  }));
  return std::unique_ptr<Network>(new Network(std::move(impl)));
}

void Network::Prepare(std::span<const int> canvases) {
  for (const int index : canvases) {
    if (impl_->begun[index].exchange(true)) continue;
    const std::lock_guard lock(impl_->preparers_mutex);
    impl_->preparers.emplace_back(
        [impl = impl_.get(), index] { impl->Compiled(index).IgnoreError(); });
  }
}

absl::Status Network::Run(int index, const std::function<void(uint8_t*)>& fill,
                          const std::function<void(const Maps&)>& read) {
  RETURN_IF_ERROR(impl_->Compiled(index));
  Impl::Canvas& canvas = impl_->canvases[index];

  return Try([&] {
    std::optional<ov::InferRequest> request;
    {
      const std::lock_guard lock(canvas.mutex);
      if (!canvas.idle.empty()) {
        request = std::move(canvas.idle.back());
        canvas.idle.pop_back();
      }
    }
    if (!request) request = canvas.compiled.create_infer_request();
    fill(request->get_input_tensor().data<uint8_t>());
    request->infer();
    const ov::Tensor heat = request->get_output_tensor(0);
    read({heat.data<const float>(), request->get_output_tensor(1).data<const float>(),
          request->get_output_tensor(2).data<const float>(), static_cast<int>(heat.get_shape()[3]),
          static_cast<int>(heat.get_shape()[2])});
    const std::lock_guard lock(canvas.mutex);
    canvas.idle.push_back(*std::move(request));
  });
}

std::string Network::precision() const { return impl_->precision; }

std::string RuntimeVersion() { return ov::get_openvino_version().buildNumber; }

}  // namespace efface
