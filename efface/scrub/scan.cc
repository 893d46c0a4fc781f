#include "efface/scrub/scan.h"

#include "efface/scrub/walk.h"

namespace efface {

void Findings::Add(std::string_view what, uint64_t bytes) {
  if (bytes == 0) return;
  for (Removed& each : list_) {
    if (each.what == what) {
      each.bytes += static_cast<int64_t>(bytes);
      return;
    }
  }
  list_.push_back({std::string(what), static_cast<int64_t>(bytes)});
}

std::vector<Removed> ScanStill(ByteView file, Format format, const ScanOptions& options) {
  Findings findings(options);
  switch (format) {
    case Format::kJpeg:
      ScanJpeg(file, findings);
      break;
    case Format::kPng:
      ScanPng(file, findings);
      break;
    case Format::kTiff:
      ScanTiff(file, findings);
      break;
    case Format::kBmp:
      ScanBmp(file, findings);
      break;
    case Format::kGif:
      ScanGif(file, findings);
      break;
    case Format::kWebp:
      ScanRiff(file, findings);
      break;
    case Format::kHeic:
    case Format::kAvif:
      ScanHeif(file, findings);
      break;
    default:
      break;
  }
  return findings.Take();
}

}  // namespace efface
