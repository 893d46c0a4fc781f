// Models that lie inside of other files: programs, libraries, resources.
#ifndef EFFACE_SWEEP_MODELS_EMBEDDED_H_
#define EFFACE_SWEEP_MODELS_EMBEDDED_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace sweep {

// How far behind its beginning a model's mark may reach, in bytes.
constexpr size_t kMaxMark = 64;

// Appends the offsets at which a TensorFlow Lite, ONNX or OpenVINO model may begin in `part`, plus
// `offset`, until there are `limit` of them. ONNX has no signature: its version and a readable
// producer's name are taken for one.
void FindModelMarks(efface::ByteView part, int64_t offset, size_t limit,
                    std::vector<int64_t>& marks);

// The bytes of the model that begins at content[mark], as far as its format says where it ends;
// empty where none can begin there. ReadModel decides whether it is one.
efface::ByteView ModelAt(efface::ByteView content, size_t mark);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_EMBEDDED_H_
