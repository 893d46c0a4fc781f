// What the walkers of the containers share: the list they add to, and the structures that stand in
// several of them. One walker a container, independent of the decoders, so that what a decoder
// skips is seen here.
#ifndef EFFACE_SCRUB_WALK_H_
#define EFFACE_SCRUB_WALK_H_

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "efface/scrub/removed.h"
#include "efface/scrub/scan.h"

namespace efface {

// The kinds found so far, in order of first appearance, their bytes added up.
class Findings {
 public:
  explicit Findings(const ScanOptions& options) : options_(options) {}

  const ScanOptions& options() const { return options_; }
  void Add(std::string_view what, uint64_t bytes);  // nothing where bytes is 0
  std::vector<Removed> Take() { return std::move(list_); }

 private:
  ScanOptions options_;
  std::vector<Removed> list_;
};

// One walker a container. Each takes the whole file.
void ScanJpeg(ByteView file, Findings& findings);
void ScanPng(ByteView file, Findings& findings);
void ScanTiff(ByteView file, Findings& findings);
void ScanHeif(ByteView file, Findings& findings);  // HEIC, AVIF
void ScanRiff(ByteView file, Findings& findings);  // WebP
void ScanGif(ByteView file, Findings& findings);
void ScanBmp(ByteView file, Findings& findings);

// EXIF: the block, which takes `bytes` in the file, then the thumbnail, the position and the
// maker's note in it. Nothing where all that it says is kept.
void ScanExif(ByteView tiff, size_t bytes, Findings& findings);

// The notable parts of Photoshop's image resources (8BIM): IPTC, thumbnail, EXIF, XMP.
void ScanPhotoshop(ByteView resources, Findings& findings);

// What stands after the end of the picture: whole JPEG pictures, clips, and bytes that are neither.
// `gain_map_next`: the picture announces that a gain map follows.
void ScanTrailing(ByteView rest, bool gain_map_next, Findings& findings);

// True where XMP speaks of a gain map.
bool SaysGainMap(ByteView xmp);

struct JpegSegment {
  uint8_t marker = 0;  // second byte of the marker; 0: bytes between segments that belong to none
  ByteView payload;    // after the length field
  size_t bytes = 0;    // in the file, with marker and length
};

struct JpegEnd {
  size_t offset = 0;   // after EOI, or where the walk had to stop
  bool scans = false;  // coded picture data was met
};

// Calls `segment` for each segment from SOI to EOI, between the scans too; coded data is passed
// over. `bytes` begins with SOI.
JpegEnd WalkJpeg(ByteView bytes, const std::function<void(const JpegSegment&)>& segment);

// True where a segment says that its picture is a gain map, or that one follows.
bool SaysGainMap(const JpegSegment& segment);

// Sums up which bytes of a file something refers to.
class Coverage {
 public:
  // [offset, offset + size), which may pass the end.
  void Add(uint64_t offset, uint64_t size);

  // Lists the bytes of [begin, end) that nothing refers to: after the last covered byte as `tail`,
  // before it as `gap`. A few zero bytes between two parts align them, and are passed over. Says
  // nothing where there were too many parts to keep.
  void Report(ByteView file, uint64_t begin, uint64_t end, std::string_view gap,
              std::string_view tail, Findings& findings) const;

 private:
  struct Range {
    uint64_t begin, end;
  };
  std::vector<Range> ranges_;
  bool too_many_ = false;
};

}  // namespace efface

#endif  // EFFACE_SCRUB_WALK_H_
