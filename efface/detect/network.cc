#include "efface/detect/network.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <mutex>
#include <openvino/openvino.hpp>
#include <optional>
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
  ov::Core core;
  ov::CompiledModel compiled;
  std::string precision;
  // A request serves one thread at a time.
  std::mutex mutex;
  std::vector<ov::InferRequest> idle;
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
    ov::AnyMap config = {ov::hint::inference_precision(bf16 ? ov::element::bf16 : ov::element::f32),
                         ov::num_streams(options.streams), ov::hint::enable_cpu_pinning(false)};
    if (options.threads > 0) config.insert(ov::inference_num_threads(options.threads));
    // Height and width stay open: one compiled model serves every canvas. By its path, so that with
    // a cache the model itself need not be read.
    impl->compiled = impl->core.compile_model(options.model, "CPU", config);
  }));
  return std::unique_ptr<Network>(new Network(std::move(impl)));
}

absl::Status Network::Run(int index, const std::function<void(uint8_t*)>& fill,
                          const std::function<void(const Maps&)>& read) {
  const auto [width, height] = kCanvases[index];
  return Try([&] {
    std::optional<ov::InferRequest> request;
    {
      const std::lock_guard lock(impl_->mutex);
      if (!impl_->idle.empty()) {
        request = std::move(impl_->idle.back());
        impl_->idle.pop_back();
      }
    }
    if (!request) request = impl_->compiled.create_infer_request();
    ov::Tensor input(ov::element::u8,
                     {1, static_cast<size_t>(height), static_cast<size_t>(width), 3});
    fill(input.data<uint8_t>());
    request->set_input_tensor(input);
    request->infer();
    const ov::Tensor heat = request->get_output_tensor(0);
    read({heat.data<const float>(), request->get_output_tensor(1).data<const float>(),
          request->get_output_tensor(2).data<const float>(), static_cast<int>(heat.get_shape()[3]),
          static_cast<int>(heat.get_shape()[2])});
    const std::lock_guard lock(impl_->mutex);
    impl_->idle.push_back(*std::move(request));
  });
}

std::string Network::precision() const { return impl_->precision; }

std::string RuntimeVersion() { return ov::get_openvino_version().buildNumber; }

}  // namespace efface
