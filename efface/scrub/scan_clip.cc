// Tells the containers of clips apart.
#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "base/status.h"
#include "efface/scrub/scan.h"
#include "efface/scrub/walk_clip.h"

namespace efface {
namespace {

constexpr uint64_t kMaxAnimation = uint64_t{2} << 30;  // bytes: these are read whole

bool IsMp4(ByteView head) {
  constexpr std::array<std::string_view, 7> kFirst = {"ftyp", "moov", "mdat", "wide",
                                                      "free", "skip", "styp"};
  return std::any_of(kFirst.begin(), kFirst.end(),
                     [&](std::string_view type) { return HasText(head, 4, type); });
}

// A sync byte every 188 bytes, or every 192 after four bytes of time; a recording may begin within
// a packet, and then more of them are asked for.
bool IsTransportStream(ByteView head) {
  for (const auto& [start, step] : {std::pair<size_t, size_t>{0, 188}, {4, 192}}) {
    for (size_t from = 0; from < step; ++from) {
      const size_t wanted = from == start ? 4 : 8;
      size_t found = 0;
      while (found < wanted && HasText(head, from + found * step, "G")) ++found;
      const bool ended = from + found * step >= head.size();
      if (found == wanted || (from == start && found > 0 && ended)) return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<HiddenThing>> FindInClip(int fd, const ScanOptions& options) {
  ASSIGN_OR_RETURN(ClipFile file, ClipFile::Open(fd));
  const Bytes head = file.Read(0, 2048);
  RETURN_IF_ERROR(file.status());
  const bool png = HasText(head, 0, "\x89PNG"), gif = HasText(head, 0, "GIF8");
  const bool webp = HasText(head, 0, "RIFF") && HasText(head, 8, "WEBP");
  if (png || gif || webp) {
    if (file.size() > kMaxAnimation) {
      return absl::ResourceExhaustedError("the animation is larger than Efface looks through");
    }
    const Bytes all = file.Read(0, file.size());
    RETURN_IF_ERROR(file.status());
    Findings findings(options, all);
    if (png) ScanPng(all, findings, /*animated=*/true);
    if (gif) ScanGif(all, findings, /*animated=*/true);
    if (webp) ScanRiff(all, findings, /*animated=*/true);
    return findings.Take();
  }
  Findings findings(options);
  if (IsMp4(head)) {
    RETURN_IF_ERROR(ScanMp4(file, findings));
  } else if (HasText(head, 0, "\x1A\x45\xDF\xA3")) {
    RETURN_IF_ERROR(ScanMatroska(file, findings));
  } else if (HasText(head, 0, "RIFF") && HasText(head, 8, "AVI")) {
    RETURN_IF_ERROR(ScanAvi(file, findings));
  } else if (IsTransportStream(head)) {
    RETURN_IF_ERROR(ScanTs(file, findings));
  } else {
    return absl::UnimplementedError("hidden copies can't be looked for in clips of this kind");
  }
  RETURN_IF_ERROR(file.status());
  return findings.Take();
}

}  // namespace efface
