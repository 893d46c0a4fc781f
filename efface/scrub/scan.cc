#include "efface/scrub/scan.h"

#include <functional>

#include "efface/scrub/walk.h"

namespace efface {

namespace {

constexpr size_t kMaxPlaces = 100'000;  // of a kind

}  // namespace

HiddenThing& Findings::Of(std::string_view what) {
  for (HiddenThing& each : list_) {
    if (each.what == what) return each;
  }
  list_.push_back({std::string(what), 0, {}});
  return list_.back();
}

void Findings::NotePlace(HiddenThing& thing, ByteRange place) {
  if (place.size == 0) return;
  if (!thing.places.empty()) {
    ByteRange& last = thing.places.back();
    if (last.offset + last.size == place.offset) {
      last.size += place.size;
      return;
    }
  }
  if (thing.places.size() < kMaxPlaces) thing.places.push_back(place);
}

void Findings::Add(std::string_view what, uint64_t bytes) {
  if (bytes > 0) Of(what).bytes += static_cast<int64_t>(bytes);
}

void Findings::Add(std::string_view what, ByteView part) {
  Add(what, part.size());
  Place(what, part);
}

void Findings::AddAt(std::string_view what, ByteRange place) {
  Add(what, place.size);
  if (place.size > 0) NotePlace(Of(what), place);
}

void Findings::Place(std::string_view what, ByteView part) {
  const std::less_equal<const uint8_t*> before;
  if (part.empty() || file_.empty() || !before(file_.data(), part.data()) ||
      !before(part.data() + part.size(), file_.data() + file_.size())) {
    return;
  }
  NotePlace(Of(what), {static_cast<uint64_t>(part.data() - file_.data()), part.size()});
}

std::vector<Removed> ScanStill(ByteView file, Format format, const ScanOptions& options) {
  std::vector<Removed> removed;
  for (const HiddenThing& thing : FindInStill(file, format, options)) {
    removed.push_back({thing.what, thing.bytes});
  }
  return removed;
}

std::vector<HiddenThing> FindInStill(ByteView file, Format format, const ScanOptions& options) {
  Findings findings(options, file);
  switch (format) {
    case Format::kJpeg:
      ScanJpeg(file, findings);
      break;
    case Format::kPng:
      ScanPng(file, findings, false);
      break;
    case Format::kTiff:
      ScanTiff(file, findings);
      break;
    case Format::kBmp:
      ScanBmp(file, findings);
      break;
    case Format::kGif:
      ScanGif(file, findings, false);
      break;
    case Format::kWebp:
      ScanRiff(file, findings, false);
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
