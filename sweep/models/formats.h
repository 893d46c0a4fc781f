// The readers, one a format, each in the file of its name. Each has two halves: LooksLikeX decides
// on the first kilobytes whether content is worth reading as X; ReadX reads it. ReadX answers
// nullopt where content turns out to be something else after all, and InvalidArgument, in a
// sentence, where it is an X that is broken.
#ifndef EFFACE_SWEEP_MODELS_FORMATS_H_
#define EFFACE_SWEEP_MODELS_FORMATS_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "sweep/models/model.h"

namespace sweep {

using MaybeModel = absl::StatusOr<std::optional<ModelFacts>>;

bool LooksLikeTfLite(efface::ByteView content);
MaybeModel ReadTfLite(std::string_view name, efface::ByteView content);
bool LooksLikeOpenVino(efface::ByteView content);
MaybeModel ReadOpenVino(std::string_view name, efface::ByteView content);
bool LooksLikeSafetensors(efface::ByteView content);
MaybeModel ReadSafetensors(std::string_view name, efface::ByteView content);
bool LooksLikeTensorFlowJs(efface::ByteView content);
MaybeModel ReadTensorFlowJs(std::string_view name, efface::ByteView content);
bool LooksLikeMxNet(efface::ByteView content);
MaybeModel ReadMxNet(std::string_view name, efface::ByteView content);
bool LooksLikeNcnn(efface::ByteView content);
MaybeModel ReadNcnn(std::string_view name, efface::ByteView content);
bool LooksLikePyTorch(efface::ByteView content);
MaybeModel ReadPyTorch(std::string_view name, efface::ByteView content);
bool LooksLikeKeras(efface::ByteView content);
MaybeModel ReadKeras(std::string_view name, efface::ByteView content);
bool LooksLikeDlib(efface::ByteView content);
MaybeModel ReadDlib(std::string_view name, efface::ByteView content);
bool LooksLikeOnnx(efface::ByteView content);
MaybeModel ReadOnnx(std::string_view name, efface::ByteView content);
bool LooksLikeCoreMl(efface::ByteView content);
MaybeModel ReadCoreMl(std::string_view name, efface::ByteView content);
bool LooksLikeTensorFlow(efface::ByteView content);
MaybeModel ReadTensorFlow(std::string_view name, efface::ByteView content);
bool LooksLikeCaffe(efface::ByteView content);
MaybeModel ReadCaffe(std::string_view name, efface::ByteView content);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_FORMATS_H_
