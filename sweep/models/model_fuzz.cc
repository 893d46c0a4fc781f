// Reads any bytes as a model, and as a file that holds some, and judges what it finds.
#include <cstdlib>

#include "sweep/models/embedded.h"
#include "sweep/models/model.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sweep;
  const efface::ByteView content(data, size);
  std::vector<int64_t> marks;
  FindModelMarks(content, 0, 16, marks);
  for (const int64_t mark : marks) {
    const efface::ByteView model = ModelAt(content, static_cast<size_t>(mark));
    if (model.size() > size - static_cast<size_t>(mark)) std::abort();
    (void)ReadModel("", model);
  }
  const auto facts = ReadModel("model.bin", {data, size});
  if (!facts.ok()) {
    if (facts.status().message().empty()) std::abort();
    return 0;
  }
  if (!*facts) return 0;
  if ((*facts)->evidence.size() > kMaxEvidence || (*facts)->weights.size() > kMaxWeights)
    std::abort();
  for (const std::string& text : (*facts)->evidence) {
    if (text.size() > kMaxEvidenceLength) std::abort();
  }
  for (const ModelOutput& output : (*facts)->outputs) {
    if (output.tail.size() > kMaxTail + 1) std::abort();
  }
  return Judge(**facts).reason.empty() ? -1 : 0;
}
