// Tells the containers of clips apart.
#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "base/status.h"
#include "efface/scrub/scan.h"
#include "efface/scrub/walk_clip.h"

namespace efface {
namespace {

bool IsMp4(ByteView head) {
  constexpr std::array<std::string_view, 7> kFirst = {"ftyp", "moov", "mdat", "wide",
                                                      "free", "skip", "styp"};
  return std::any_of(kFirst.begin(), kFirst.end(),
                     [&](std::string_view type) { return HasText(head, 4, type); });
}

}  // namespace

absl::StatusOr<std::vector<HiddenThing>> FindInClip(int fd, const ScanOptions& options) {
  ASSIGN_OR_RETURN(ClipFile file, ClipFile::Open(fd));
  const Bytes head = file.Read(0, 2048);
  RETURN_IF_ERROR(file.status());
  Findings findings(options);
  if (IsMp4(head)) {
    RETURN_IF_ERROR(ScanMp4(file, findings));
  } else {
    return absl::UnimplementedError("hidden copies can't be looked for in clips of this kind");
  }
  RETURN_IF_ERROR(file.status());
  return findings.Take();
}

}  // namespace efface
