// Follows a Python pickle without executing anything: keeps what its opcodes would put together
// (names, numbers, tuples, and tensors by the calls that make them), so that names and shapes of
// weights can be told. Bounded: what passes a limit is passed over. Opcodes are those of Python's
// pickletools, protocols 0 to 5.
#ifndef EFFACE_SWEEP_MODELS_PICKLE_H_
#define EFFACE_SWEEP_MODELS_PICKLE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace sweep {

struct PickleVisitor {
  // A function or class that the pickle names: "torch._utils", "_rebuild_tensor_v2". Each mention.
  std::function<void(std::string_view module, std::string_view name)> global;
  // A tensor that stands in a dictionary under a text.
  std::function<void(std::string_view key, const std::vector<int64_t>& shape)> tensor;
  // A whole number under a text.
  std::function<void(std::string_view key, int64_t value)> number;
};

// Follows one pickle from the start of `bytes`; the bytes it takes, or nullopt where it is no
// pickle or is cut off. Views are valid during the calls.
std::optional<size_t> WalkPickle(efface::ByteView bytes, const PickleVisitor& visitor);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_PICKLE_H_
