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
  // `file`: what places are counted from, where it is in memory; it must outlive this.
  explicit Findings(const ScanOptions& options, ByteView file = {})
      : options_(options), file_(file) {}

  const ScanOptions& options() const { return options_; }
  // Nothing where there are no bytes.
  void Add(std::string_view what, uint64_t bytes);  // of a place that is not known
  void Add(std::string_view what, ByteView part);   // its place is noted where it is in the file
  void AddAt(std::string_view what, ByteRange place);
  // Notes the place of bytes that were added before.
  void Place(std::string_view what, ByteView part);
  std::vector<HiddenThing> Take() { return std::move(list_); }

 private:
  HiddenThing& Of(std::string_view what);
  void NotePlace(HiddenThing& thing, ByteRange place);

  ScanOptions options_;
  ByteView file_;
  std::vector<HiddenThing> list_;
};

// One walker a container. Each takes the whole file.
void ScanJpeg(ByteView file, Findings& findings);
void ScanTiff(ByteView file, Findings& findings);
void ScanHeif(ByteView file, Findings& findings);  // HEIC, AVIF

void ScanBmp(ByteView file, Findings& findings);
// `animated`: further frames belong to the picture, and are not listed.
void ScanPng(ByteView file, Findings& findings, bool animated);
void ScanRiff(ByteView file, Findings& findings, bool animated);  // WebP
void ScanGif(ByteView file, Findings& findings, bool animated);

// EXIF: the block, which takes `whole` in the file, then the thumbnail, the position and the
// maker's note in it. Nothing where all that it says is kept.
void ScanExif(ByteView tiff, ByteView whole, Findings& findings);

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
  ByteView whole;      // with marker and length
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

  // The runs of [begin, end) that nothing refers to, in order; the last one is after all covered
  // bytes where it reaches `end`. Nothing where there were too many parts to keep.
  std::vector<ByteRange> Gaps(uint64_t begin, uint64_t end) const;

  // Lists those gaps: after the last covered byte as `tail`, before it as `gap`. A few zero bytes
  // between two parts align them, and are passed over.
  void Report(ByteView file, uint64_t begin, uint64_t end, std::string_view gap,
              std::string_view tail, Findings& findings) const;

  bool too_many() const { return too_many_; }

 private:
  struct Range {
    uint64_t begin, end;
  };
  std::vector<Range> ranges_;
  bool too_many_ = false;
};

}  // namespace efface

#endif  // EFFACE_SCRUB_WALK_H_
