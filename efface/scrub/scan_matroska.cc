// Matroska and WebM (RFC 9559, on EBML, RFC 8794): every element that is not the clip's own
// structure, names in those that are, tracks of neither pictures nor sound.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>

#include "efface/scrub/coded.h"
#include "efface/scrub/walk_clip.h"

namespace efface {
namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kMaxTracks = 1'000;
constexpr uint64_t kMaxSample = uint64_t{64} << 20;  // bytes of a block that is looked into
constexpr uint64_t kMaxText = 64 << 10;              // of an element that is read for its text
constexpr uint64_t kUnknown = UINT64_MAX;            // a size that is not stated

enum Id : uint64_t {
  kEbml = 0x1A45DFA3,
  kSegment = 0x18538067,
  kSeekHead = 0x114D9B74,
  kInfo = 0x1549A966,
  kTracks = 0x1654AE6B,
  kCluster = 0x1F43B675,
  kCues = 0x1C53BB6B,
  kTags = 0x1254C367,
  kAttachments = 0x1941A469,
  kChapters = 0x1043A770,
  kVoid = 0xEC,
  kCrc = 0xBF,
  kMuxingApp = 0x4D80,
  kWritingApp = 0x5741,
  kDate = 0x4461,
  kTrackEntry = 0xAE,
  kTrackNumber = 0xD7,
  kTrackType = 0x83,
  kCodec = 0x86,
  kCodecPrivate = 0x63A2,
  kEncodings = 0x6D80,
  kVideo = 0xE0,
  kAudio = 0xE1,
  kColour = 0x55B0,
  kMastering = 0x55D0,
  kProjection = 0x7670,
  kBlockGroup = 0xA0,
  kBlock = 0xA1,
  kSimpleBlock = 0xA3,
  kBlockAdditions = 0x75A1,
  kTag = 0x7373,
  kTargets = 0x63C0,
  kSimpleTag = 0x67C8,
  kTagName = 0x45A3,
  kTagString = 0x4487,
};

bool IsIn(uint64_t id, std::initializer_list<uint64_t> ids) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

struct Element {
  uint64_t id = 0;
  ByteRange whole, payload;
};

struct Track {
  uint64_t number = 0, type = 0;
  std::string codec;
  ByteRange configuration;
  bool encoded = false;  // compressed or enciphered
  std::unique_ptr<CodedWalk> coded;
};

Coding CodingOf(std::string_view codec) {
  if (codec == "V_MPEG4/ISO/AVC") return Coding::kH264;
  if (codec == "V_MPEGH/ISO/HEVC") return Coding::kHevc;
  if (codec.starts_with("V_MPEG4/") || codec == "V_MPEG2" || codec == "V_MPEG1") {
    return Coding::kMpegVideo;
  }
  if (codec == "V_MJPEG") return Coding::kMotionJpeg;
  return codec == "V_AV1" ? Coding::kAv1 : Coding::kOther;
}

class MatroskaWalk {
 public:
  MatroskaWalk(ClipFile& file, Findings& findings) : file_(file), findings_(findings) {}

  absl::Status Run() {
    uint64_t at = 0;
    bool segment = false;
    while (at < file_.size()) {
      const auto element = Read(at, file_.size());
      if (!element || (element->id != kEbml && element->id != kSegment)) {
        if (!element || !IsIn(element->id, {kVoid, kCrc})) break;
      }
      if (element->id == kEbml) {
        Plain(element->payload, {0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4282, 0x4287, 0x4285});
      } else if (element->id == kSegment) {
        if (segment) break;  // another clip follows
        segment = true;
        Segment(element->payload);
      } else {
        Common(*element);
      }
      at = element->whole.offset + element->whole.size;
    }
    if (at < file_.size()) findings_.AddAt("trailing-bytes", {at, file_.size() - at});
    return file_.status();
  }

 private:
  // The number of 1 to 8 bytes at `at`, with or without the bit that says its length.
  std::optional<uint64_t> Vint(uint64_t& at, bool keep_marker) {
    const auto first = file_.Uint(at, 1, Endian::kBig);
    if (!first || *first == 0) return std::nullopt;
    int length = 1;
    while ((*first << (length - 1) & 0x80) == 0) ++length;
    const auto value = file_.Uint(at, length, Endian::kBig);
    if (!value) return std::nullopt;
    at += static_cast<uint64_t>(length);
    const uint64_t marker = uint64_t{1} << (7 * length);
    if (keep_marker) return *value;
    return *value - marker == marker - 1 ? kUnknown : *value - marker;
  }

  // The element at `at`; nullopt where it passes `end`. One of no stated size goes to `end`.
  std::optional<Element> Read(uint64_t at, uint64_t end) {
    Element element;
    element.whole.offset = at;
    const auto id = Vint(at, true);
    const auto size = id ? Vint(at, false) : std::nullopt;
    if (!size || at > end) return std::nullopt;
    const bool open = *size == kUnknown;
    if (!open && *size > end - at) {
      // Pictures that are cut off are still pictures.
      if (*id != kCluster && *id != kSegment) return std::nullopt;
    }
    element.id = *id;
    element.payload = {at, open ? end - at : std::min(*size, end - at)};
    element.whole.size = at + element.payload.size - element.whole.offset;
    open_ = open;
    return element;
  }

  // Calls `child` for each; what is broken, and what follows it, is listed.
  void Children(ByteRange parent, const std::function<void(const Element&)>& child) {
    const uint64_t end = parent.offset + parent.size;
    uint64_t at = parent.offset;
    ++depth_;
    while (at < end && depth_ <= kMaxDepth && file_.status().ok()) {
      const auto element = Read(at, end);
      if (!element) break;
      if (!Common(*element)) child(*element);
      at = element->whole.offset + element->whole.size;
    }
    --depth_;
    if (at < end && !file_.IsZero(at, end - at)) findings_.AddAt("stray-bytes", {at, end - at});
  }

  // Elements that may stand anywhere.
  bool Common(const Element& element) {
    if (element.id == kVoid && !file_.IsZero(element.payload.offset, element.payload.size)) {
      findings_.AddAt("gap-bytes", element.payload);
    }
    if (element.id == kCrc && element.payload.size != 4) {
      findings_.AddAt("gap-bytes", element.payload);
    }
    return element.id == kVoid || element.id == kCrc;
  }

  // An element of which only these children are known.
  void Plain(ByteRange parent, std::initializer_list<uint64_t> known) {
    Children(parent, [&](const Element& element) {
      if (!IsIn(element.id, known)) findings_.AddAt("unknown-element", element.whole);
    });
  }

  std::string TextOf(ByteRange place) {
    const Bytes bytes = file_.Read(place.offset, std::min(place.size, kMaxText));
    std::string text(bytes.begin(), bytes.end());
    while (!text.empty() && text.back() == 0) text.pop_back();
    return text;
  }

  uint64_t NumberOf(ByteRange place) {
    if (place.size == 0 || place.size > 8) return 0;
    return file_.Uint(place.offset, static_cast<int>(place.size), Endian::kBig).value_or(0);
  }

  void Segment(ByteRange payload) {
    const uint64_t end = payload.offset + payload.size;
    uint64_t at = payload.offset;
    while (at < end && file_.status().ok()) {
      const auto element = Read(at, end);
      if (!element) break;
      uint64_t next = element->whole.offset + element->whole.size;
      if (Common(*element)) {
        at = next;
        continue;
      }
      switch (element->id) {
        case kSeekHead:
        case kCues:
          break;  // where things are
        case kInfo:
          Info(element->payload);
          break;
        case kTracks:
          Children(element->payload, [&](const Element& entry) {
            if (entry.id == kTrackEntry && tracks_.size() < kMaxTracks) {
              Entry(entry.payload);
            } else {
              findings_.AddAt("unknown-element", entry.whole);
            }
          });
          break;
        case kCluster:
          next = Cluster(element->payload, open_);
          break;
        case kTags:
          Tags(*element);
          break;
        case kAttachments:
          findings_.AddAt("attachment", element->whole);
          break;
        case kChapters:
          findings_.AddAt("chapters", element->whole);
          break;
        default:
          findings_.AddAt("unknown-element", element->whole);
          break;
      }
      at = next;
    }
    if (at < end) findings_.AddAt("trailing-bytes", {at, end - at});
  }

  void Info(ByteRange payload) {
    Children(payload, [&](const Element& element) {
      if (IsIn(element.id, {0x2AD7B1, 0x4489})) return;  // clock, duration
      // The muxer that Efface writes with, without its version.
      if (IsIn(element.id, {kMuxingApp, kWritingApp}) && TextOf(element.payload) == "Lavf") return;
      if (element.id == kDate && findings_.options().keep.date) return;
      findings_.AddAt(element.id == kDate ? "date" : "metadata", element.whole);
    });
  }

  void Entry(ByteRange payload) {
    Track track;
    Children(payload, [&](const Element& element) {
      switch (element.id) {
        case kTrackNumber:
          track.number = NumberOf(element.payload);
          break;
        case kTrackType:
          track.type = NumberOf(element.payload);
          break;
        case kCodec:
          track.codec = TextOf(element.payload);
          break;
        case kCodecPrivate:
          track.configuration = element.payload;
          break;
        case kEncodings:
          track.encoded = true;
          break;
        case kVideo:
          Video(element.payload);
          break;
        case kAudio:
          Plain(element.payload, {0xB5, 0x78B5, 0x9F, 0x6264, 0x52F1});
          break;
        case 0x73C5:  // number, flags, durations, language, delays
        case 0xB9:
        case 0x88:
        case 0x55AA:
        case 0x9C:
        case 0x6DE7:
        case 0x6DF8:
        case 0x23E383:
        case 0x234E7A:
        case 0x23314F:
        case 0x22B59C:
        case 0x22B59D:
        case 0x55EE:
        case 0x56AA:
        case 0x56BB:
        case 0xAA:
          break;
        case 0x41E4:
          findings_.AddAt("dolby-vision", element.whole);
          break;
        case 0x536E:  // names of the track and the codec
        case 0x258688:
          findings_.AddAt("metadata", element.whole);
          break;
        default:
          findings_.AddAt("unknown-element", element.whole);
          break;
      }
    });
    if (track.type == 1 && !track.encoded) {
      track.coded = std::make_unique<CodedWalk>(CodingOf(track.codec), findings_);
      const ByteRange& at = track.configuration;
      const Bytes bytes = file_.Read(at.offset, std::min(at.size, kMaxText));
      if (track.coded->coding() == Coding::kMpegVideo) {
        track.coded->Frame(bytes, at.offset);
      } else {
        track.coded->Configure(bytes, at.offset);
      }
    }
    tracks_[track.number] = std::move(track);
  }

  void Video(ByteRange payload) {
    Children(payload, [&](const Element& element) {
      if (IsIn(element.id, {0x9A, 0x9D, 0xB0, 0xBA, 0x54B0, 0x54BA, 0x54B2, 0x54B3, 0x53C0,
                            0x2EB524, 0x2FB523, 0x2383E3})) {
        return;  // size, fields, alpha, rate
      }
      if (element.id == kColour) {
        Children(element.payload, [&](const Element& colour) {
          if (colour.id == kMastering) {
            Plain(colour.payload,
                  {0x55D1, 0x55D2, 0x55D3, 0x55D4, 0x55D5, 0x55D6, 0x55D7, 0x55D8, 0x55D9, 0x55DA});
          } else if (colour.id < 0x55B1 || colour.id > 0x55BD) {
            findings_.AddAt("unknown-element", colour.whole);
          }
        });
      } else if (IsIn(element.id, {0x54AA, 0x54BB, 0x54CC, 0x54DD})) {
        if (NumberOf(element.payload) != 0) findings_.AddAt("clean-aperture", element.whole);
      } else if (element.id == kProjection) {
        Projection(element);
      } else if (element.id == 0x53B8) {
        if (NumberOf(element.payload) != 0) findings_.AddAt("projection", element.whole);
      } else {
        findings_.AddAt("unknown-element", element.whole);
      }
    });
  }

  // A flat one that is turned (its third angle) is how Matroska says rotation.
  void Projection(const Element& projection) {
    bool plain = true;
    Children(projection.payload, [&](const Element& element) {
      const bool zero = file_.IsZero(element.payload.offset, element.payload.size);
      plain =
          plain && (element.id == 0x7675 || (IsIn(element.id, {0x7671, 0x7673, 0x7674}) && zero));
    });
    if (!plain) findings_.AddAt("projection", projection.whole);
  }

  // Returns where it ends: a cluster of no stated size at the first element that stands in none.
  uint64_t Cluster(ByteRange payload, bool open) {
    const uint64_t end = payload.offset + payload.size;
    uint64_t at = payload.offset;
    while (at < end && file_.status().ok()) {
      const auto element = Read(at, end);
      if (!element) break;
      if (open && IsIn(element->id, {kCluster, kCues, kTags, kAttachments, kChapters, kInfo,
                                     kTracks, kSeekHead})) {
        return at;
      }
      if (Common(*element)) {
      } else if (element->id == kSimpleBlock) {
        Block(element->payload);
      } else if (element->id == kBlockGroup) {
        Group(element->payload);
      } else if (!IsIn(element->id, {0xE7, 0xA7, 0xAB})) {  // time, place
        findings_.AddAt("unknown-element", element->whole);
      }
      at = element->whole.offset + element->whole.size;
    }
    if (at < end && !cut_off_) {
      // The file's end, or damage.
      cut_off_ = true;
      findings_.AddAt("stray-bytes", {at, end - at});
    }
    return end;
  }

  void Group(ByteRange payload) {
    Children(payload, [&](const Element& element) {
      if (element.id == kBlock) {
        Block(element.payload);
      } else if (element.id == kBlockAdditions) {
        findings_.AddAt("user-data", element.whole);
      } else if (!IsIn(element.id, {0x9B, 0xFB, 0x75A2, 0xFA})) {  // duration, references, cut
        findings_.AddAt("unknown-element", element.whole);
      }
    });
  }

  void Block(ByteRange payload) {
    uint64_t at = payload.offset;
    const auto number = Vint(at, false);
    const uint64_t end = payload.offset + payload.size;
    if (!number || at + 3 > end) {
      findings_.AddAt("stray-bytes", payload);
      return;
    }
    const uint64_t flags = file_.Uint(at + 2, 1, Endian::kBig).value_or(0);
    const ByteRange data{at + 3, end - at - 3};
    const auto track = tracks_.find(*number);
    if (track == tracks_.end()) {
      findings_.AddAt("data-track", data);
    } else if (track->second.type == 0x11) {
      findings_.AddAt("subtitles", data);
    } else if (track->second.type != 1 && track->second.type != 2) {
      findings_.AddAt("data-track", data);
    } else if (track->second.coded != nullptr && (flags & 6) == 0 && data.size <= kMaxSample &&
               track->second.coded->coding() != Coding::kOther) {
      track->second.coded->Frame(file_.Read(data.offset, data.size), data.offset);
    }
  }

  // Muxers write each track's duration as a tag; that alone is passed over.
  void Tags(const Element& tags) {
    bool plain = true, place = false;
    Children(tags.payload, [&](const Element& tag) {
      plain = plain && tag.id == kTag;
      if (tag.id != kTag) return;
      Children(tag.payload, [&](const Element& part) {
        if (part.id == kTargets) return;
        std::string name, value;
        if (part.id == kSimpleTag) {
          Children(part.payload, [&](const Element& field) {
            if (field.id == kTagName) name = TextOf(field.payload);
            if (field.id == kTagString) value = TextOf(field.payload);
          });
        }
        const bool digits = value.find_first_not_of("0123456789:.") == value.npos;
        plain = plain && name == "DURATION" && digits && value.size() < 24;
        for (char& letter : name) letter = static_cast<char>(letter & ~0x20);  // upper case
        if (name.find("LOCATION") != name.npos || name.find("GPS") != name.npos) {
          place = true;
          findings_.AddAt("location", part.whole);
        }
      });
    });
    if (!plain || place) findings_.AddAt("metadata", tags.whole);
  }

  ClipFile& file_;
  Findings& findings_;
  std::map<uint64_t, Track> tracks_;
  int depth_ = 0;
  bool open_ = false;     // the element read last states no size
  bool cut_off_ = false;  // a cluster that ends early was listed
};

}  // namespace

absl::Status ScanMatroska(ClipFile& file, Findings& findings) {
  return MatroskaWalk(file, findings).Run();
}

}  // namespace efface
