// MP4 and QuickTime (ISO/IEC 14496-12; QuickTime File Format): every box that is not the clip's own
// structure, names and times in those that are, tracks of neither pictures nor sound, and media
// data that no sample refers to.
#include <algorithm>
#include <functional>

#include "base/status.h"
#include "efface/scrub/mp4_track.h"
#include "efface/scrub/walk_clip.h"

namespace efface {
namespace {

constexpr uint64_t kMaxIndex = uint64_t{512} << 20;  // bytes of a moov or moof box
constexpr int kMaxDepth = 12;
constexpr size_t kMaxTracks = 1'000, kMaxFragments = 1'000'000;
constexpr size_t kMaxChapterTracks = 16;             // of a track
constexpr uint64_t kMaxBrands = 512;                 // bytes of an ftyp box
constexpr uint64_t kMaxSample = uint64_t{64} << 20;  // bytes of one that is looked into
constexpr uint64_t kMaxAlignment = 16;               // zero bytes fewer than this align
constexpr int64_t kMaxRunIn = 1;                     // seconds of sound

constexpr std::string_view kXmpUuid =
    "\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
constexpr std::string_view kSphericalUuid =
    "\xFF\xCC\x82\x63\xF8\x55\x4A\x93\x88\x14\x58\x7A\x02\x52\x1F\xDD";
constexpr std::string_view kC2paUuid =
    "\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81";

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

uint32_t Number(ByteView payload, size_t at) {
  return static_cast<uint32_t>(ReadUint(payload, at, 4, Endian::kBig).value_or(0));
}

ByteView Part(ByteView payload, size_t at, size_t size) {
  return Slice(payload, at, size).value_or(ByteView());
}

// What a box that is no part of the clip's structure holds.
std::string_view NameOf(std::string_view type, ByteView payload) {
  if (IsOneOf(type, {"udta", "meta", "keys", "ilst", "cprt", "kmat", "ctab", "prft"})) {
    return "metadata";
  }
  if (type == "uuid") {
    if (HasText(payload, 0, kXmpUuid)) return "xmp";
    if (HasText(payload, 0, kSphericalUuid)) return "projection";
    if (HasText(payload, 0, kC2paUuid)) return "jumbf";
  }
  if (type == "jumb") return "jumbf";
  if (type == "emsg") return "data-track";
  return "unknown-box";
}

Coding CodingOf(std::string_view type) {
  if (IsOneOf(type, {"avc1", "avc2", "avc3", "avc4"})) return Coding::kH264;
  if (IsOneOf(type, {"hvc1", "hev1", "dvh1", "dvhe"})) return Coding::kHevc;
  if (IsOneOf(type, {"mp4v", "mpg1", "mpg2", "m2v1", "mp2v"})) return Coding::kMpegVideo;
  if (IsOneOf(type, {"jpeg", "mjpg", "mjpa", "mjpb"})) return Coding::kMotionJpeg;
  return type == "av01" ? Coding::kAv1 : Coding::kOther;
}

// A place without a name (3GPP TS 26.244, 8.10; QuickTime's text of ISO 6709).
bool IsPlace(std::string_view type, ByteView payload) {
  constexpr size_t kMostLoci = 40, kMostText = 48;
  if (type == "loci") {
    return payload.size() <= kMostLoci && payload.size() > 6 && payload[6] == 0;
  }
  return type == "\xA9xyz" && payload.size() > 4 && payload.size() <= kMostText &&
         std::all_of(payload.begin() + 4, payload.end(), [](uint8_t c) {
           return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == '/';
         });
}

// User data that holds an empty list of tags, as Efface's muxer writes it, and, where that is kept,
// the place.
bool SaysNothing(ByteView user_data, const Keep& keep) {
  constexpr std::string_view kEmpty(
      "\0\0\0\x35meta\0\0\0\0\0\0\0\x21hdlr\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0\0\0\0\x08ils"
      "t",
      53);
  if (HasText(user_data, 0, kEmpty)) user_data = user_data.subspan(kEmpty.size());
  if (user_data.empty()) return true;
  const uint64_t size = ReadUint(user_data, 0, 4, Endian::kBig).value_or(0);
  if (!keep.gps || size != user_data.size() || size < 8) return false;
  return IsPlace({reinterpret_cast<const char*>(user_data.data() + 4), 4}, user_data.subspan(8));
}

// What a track of neither pictures nor sound holds; empty for those.
std::string_view NameOfTrack(const Mp4Track& track) {
  if (track.is_chapters) return "chapters";
  if (track.handler == "vide" || track.handler == "soun") return "";
  if (IsOneOf(track.handler, {"clcp"}) || IsOneOf(track.coding, {"c608", "c708"})) {
    return "closed-captions";
  }
  if (IsOneOf(track.handler, {"text", "sbtl", "subt", "subp"})) return "subtitles";
  if (track.handler == "tmcd" || track.coding == "tmcd") return "timecode";
  if (track.handler == "pict") return "cover-picture";
  return "data-track";
}

class Mp4Walk {
 public:
  Mp4Walk(ClipFile& file, Findings& findings) : file_(file), findings_(findings) {}

  absl::Status Run();

 private:
  // One box within an index.
  struct Inner {
    std::string_view type;
    ByteView whole, payload;
  };

  absl::Status ReadIndex(uint64_t at, uint64_t size, Bytes& index);
  void Fragment(const Bytes& index, uint64_t at);

  void Boxes(ByteView bytes, int depth, const std::function<void(const Inner&)>& other);
  bool Common(const Inner& box);
  void Movie(ByteView bytes);
  void Track(ByteView bytes, int depth, Mp4Track& track);
  void Apertures(const Inner& box);
  void Description(const Inner& box, Mp4Track& track);
  void SampleEntry(const Inner& entry, Mp4Track& track);
  void UserData(ByteView bytes, int depth);
  void Handler(ByteView payload, Mp4Track* track);
  void Runs(ByteView fragment, uint64_t at);

  absl::Status Tracks();
  absl::Status Pictures(const Mp4Track& track);
  void HiddenByEdits(const Mp4Track& track);

  ByteRange PlaceOf(ByteView part) const {
    return {index_at_ + static_cast<uint64_t>(part.data() - index_.data()), part.size()};
  }
  void Add(std::string_view what, ByteView part) {
    if (!part.empty()) findings_.AddAt(what, PlaceOf(part));
  }
  void Date(ByteView date) {
    if (!findings_.options().keep.date) AddUnlessZero("date", date);
  }
  void AddUnlessZero(std::string_view what, ByteView part) {
    if (HasOther(part, 0)) Add(what, part);
  }

  ClipFile& file_;
  Findings& findings_;
  Bytes movie_;            // the moov box, which the tracks' views are of
  ByteView index_;         // the box at hand: moov or moof
  uint64_t index_at_ = 0;  // where it begins
  uint32_t clock_ = 0;     // the movie's, ticks a second
  std::vector<Mp4Track> tracks_;
  std::vector<ByteRange> media_;  // payloads of mdat boxes
};

absl::Status Mp4Walk::Run() {
  uint64_t at = 0;
  std::vector<ByteRange> fragments;
  while (at < file_.size()) {
    const auto small = file_.Uint(at, 4, Endian::kBig);
    const ByteView name = file_.Peek(at + 4, 4);
    if (!small || name.size() < 4) break;
    const std::string type(name.begin(), name.end());
    uint64_t header = 8, size = *small;
    if (size == 1) {
      size = file_.Uint(at + 8, 8, Endian::kBig).value_or(0);
      header = 16;
    }
    if (size == 0) size = file_.size() - at;
    const uint64_t left = file_.size() - at;
    // Media that is cut off is still the media.
    if (size > left && type == "mdat") size = left;
    if (size < header || size > left) break;
    const ByteRange payload{at + header, size - header};
    if (type == "moov" && movie_.empty()) {
      RETURN_IF_ERROR(ReadIndex(at, size, movie_));
      index_ = movie_;
      index_at_ = at;
      if (movie_.size() > header) Movie(ByteView(movie_).subspan(header));
    } else if (type == "moof") {
      fragments.push_back({at, size});
    } else if (type == "mdat") {
      media_.push_back(payload);
    } else if (IsOneOf(type, {"free", "skip", "wide"})) {
      if (!file_.IsZero(payload.offset, payload.size)) findings_.AddAt("gap-bytes", payload);
    } else if (!IsOneOf(type, {"ftyp", "styp", "sidx", "mfra"}) ||
               (IsOneOf(type, {"ftyp", "styp"}) && size > kMaxBrands)) {
      const Bytes start = file_.Read(payload.offset, std::min<uint64_t>(16, payload.size));
      findings_.AddAt(NameOf(type, start), {at, size});
    }
    at += size;
    if (fragments.size() > kMaxFragments) {
      return absl::ResourceExhaustedError("the clip has more fragments than Efface looks through");
    }
  }
  if (at < file_.size()) findings_.AddAt("trailing-bytes", {at, file_.size() - at});
  for (const ByteRange& each : fragments) {
    Bytes fragment;
    RETURN_IF_ERROR(ReadIndex(each.offset, each.size, fragment));
    if (!fragment.empty()) Fragment(fragment, each.offset);
  }
  RETURN_IF_ERROR(Tracks());
  return file_.status();
}

absl::Status Mp4Walk::ReadIndex(uint64_t at, uint64_t size, Bytes& index) {
  if (size > kMaxIndex) {
    return absl::ResourceExhaustedError("the clip's index is larger than Efface looks through");
  }
  index = file_.Read(at, size);
  return file_.status();
}

// The boxes in `bytes`, one by one, so that those before a broken one are seen; it, and what
// follows it, is listed.
void Mp4Walk::Boxes(ByteView bytes, int depth, const std::function<void(const Inner&)>& other) {
  size_t at = 0;
  while (depth < kMaxDepth && bytes.size() - at >= 8) {
    uint64_t size = *ReadUint(bytes, at, 4, Endian::kBig);
    size_t header = 8;
    if (size == 1) {
      size = ReadUint(bytes, at + 8, 8, Endian::kBig).value_or(0);
      header = 16;
    }
    if (size == 0) size = bytes.size() - at;
    if (size < header || size > bytes.size() - at) break;
    const ByteView whole = bytes.subspan(at, size);
    const Inner box{
        {reinterpret_cast<const char*>(whole.data() + 4), 4}, whole, whole.subspan(header)};
    if (!Common(box)) other(box);
    at += size;
  }
  AddUnlessZero("stray-bytes", bytes.subspan(at));
}

// Boxes that may stand anywhere; false for others.
bool Mp4Walk::Common(const Inner& box) {
  if (IsOneOf(box.type, {"free", "skip", "wide"})) {
    AddUnlessZero("gap-bytes", box.payload);
    return true;
  }
  if (box.type == "udta" && SaysNothing(box.payload, findings_.options().keep)) return true;
  if (IsOneOf(box.type, {"udta", "meta"})) {
    Add("metadata", box.whole);
    UserData(box.payload, 0);
    return true;
  }
  return false;
}

void Mp4Walk::Movie(ByteView bytes) {
  Boxes(bytes, 0, [&](const Inner& box) {
    if (box.type == "mvhd") {
      const bool wide = !box.payload.empty() && box.payload[0] == 1;
      Date(Part(box.payload, 4, wide ? 16 : 8));
      clock_ = Number(box.payload, wide ? 20 : 12);
    } else if (box.type == "trak") {
      if (tracks_.size() < kMaxTracks) Track(box.payload, 1, tracks_.emplace_back());
    } else if (box.type == "mvex") {
      Boxes(box.payload, 1, [&](const Inner& extends) {
        if (extends.type == "trex") {
          for (Mp4Track& track : tracks_) {
            if (track.id != Number(extends.payload, 4)) continue;
            track.default_duration = Number(extends.payload, 12);
            track.default_size = Number(extends.payload, 16);
          }
        } else if (extends.type != "mehd") {
          Add(NameOf(extends.type, extends.payload), extends.whole);
        }
      });
    } else if (box.type != "iods") {
      Add(NameOf(box.type, box.payload), box.whole);
    }
  });
}

void Mp4Walk::Track(ByteView bytes, int depth, Mp4Track& track) {
  Boxes(bytes, depth, [&](const Inner& box) {
    const bool wide = !box.payload.empty() && box.payload[0] == 1;
    if (IsOneOf(box.type, {"mdia", "minf", "stbl", "edts", "dinf", "gmhd"})) {
      Track(box.payload, depth + 1, track);
    } else if (box.type == "tkhd") {
      Date(Part(box.payload, 4, wide ? 16 : 8));
      track.id = Number(box.payload, wide ? 20 : 12);
    } else if (box.type == "mdhd") {
      Date(Part(box.payload, 4, wide ? 16 : 8));
      track.clock = Number(box.payload, wide ? 20 : 12);
    } else if (box.type == "hdlr") {
      Handler(box.payload, &track);
    } else if (box.type == "tref") {
      Boxes(box.payload, depth + 1, [&](const Inner& reference) {
        const size_t end = std::min(reference.payload.size(), 4 * kMaxChapterTracks);
        for (size_t at = 0; reference.type == "chap" && at + 4 <= end; at += 4) {
          track.chapters.push_back(Number(reference.payload, at));
        }
      });
    } else if (box.type == "stsd") {
      Description(box, track);
    } else if (box.type == "elst") {
      track.edits = box.payload;
    } else if (box.type == "stts") {
      track.times = box.payload;
    } else if (box.type == "ctts") {
      track.offsets = box.payload;
    } else if (box.type == "stss") {
      track.keys = box.payload;
    } else if (box.type == "stsc") {
      track.chunks = box.payload;
    } else if (IsOneOf(box.type, {"stsz", "stz2"})) {
      track.sizes = box.payload;
      track.short_sizes = box.type == "stz2";
    } else if (IsOneOf(box.type, {"stco", "co64"})) {
      track.places = box.payload;
      track.wide_places = box.type == "co64";
    } else if (box.type == "dref") {
      // A reference with a name is to another file.
      if (box.payload.size() > 20 && HasOther(box.payload.subspan(20), 0)) {
        Add("metadata", box.whole);
      }
    } else if (box.type == "tapt") {
      Apertures(box);
    } else if (!IsOneOf(box.type, {"vmhd", "smhd", "nmhd", "sthd", "hmhd", "gmin", "cslg", "sdtp",
                                   "sbgp", "sgpd", "stps", "subs"})) {
      Add(NameOf(box.type, box.payload), box.whole);
    }
  });
}

// QuickTime's sizes of the picture: as it should be shown (clef) and as it is coded (enof).
void Mp4Walk::Apertures(const Inner& box) {
  ByteView clean, coded;
  Boxes(box.payload, 3, [&](const Inner& size) {
    if (size.type == "clef") clean = Part(size.payload, 4, 8);
    if (size.type == "enof") coded = Part(size.payload, 4, 8);
  });
  const bool smaller = Number(clean, 0) < Number(coded, 0) || Number(clean, 4) < Number(coded, 4);
  if (smaller && !clean.empty()) Add("clean-aperture", box.whole);
}

// The handler's type and, after 12 more bytes, its name: a C string, or in QuickTime one with its
// length before it.
void Mp4Walk::Handler(ByteView payload, Mp4Track* track) {
  const ByteView type = Part(payload, 8, 4);
  // QuickTime's other handler says where the data is.
  const bool media = !HasText(payload, 4, "dhlr");
  if (media && track != nullptr) track->handler = std::string(type.begin(), type.end());
  ByteView name = payload.size() > 24 ? payload.subspan(24) : ByteView();
  while (!name.empty() && name.back() == 0) name = name.first(name.size() - 1);
  std::string text(name.begin(), name.end());
  if (!text.empty() && static_cast<unsigned char>(text[0]) == text.size() - 1) text.erase(0, 1);
  if (!text.empty() && !IsOneOf(text, {"VideoHandler", "SoundHandler", "DataHandler"})) {
    Add("metadata", name);
  }
}

void Mp4Walk::Description(const Inner& box, Mp4Track& track) {
  if (box.payload.size() < 8) return;
  bool first = true;
  Boxes(box.payload.subspan(8), kMaxDepth - 4, [&](const Inner& entry) {
    if (first) SampleEntry(entry, track);
    first = false;
  });
}

void Mp4Walk::SampleEntry(const Inner& entry, Mp4Track& track) {
  track.coding = std::string(entry.type);
  const ByteView payload = entry.payload;
  size_t fixed = 8;
  if (track.handler == "vide") {
    fixed = 78;  // 8.5.2: size at 24, the compressor's name at 42
    track.picture = CodingOf(entry.type);
    const ByteView name = Part(payload, 42, 32);
    AddUnlessZero("metadata", name);
  } else if (track.handler == "soun") {
    fixed = 28;
    const uint64_t version = ReadUint(payload, 8, 2, Endian::kBig).value_or(0);
    const uint64_t channels = ReadUint(payload, 16, 2, Endian::kBig).value_or(0);
    const uint64_t bits = ReadUint(payload, 18, 2, Endian::kBig).value_or(0);
    track.frame_bytes = channels * bits / 8;
    if (version == 1) {
      fixed = 44;
      const uint64_t samples = Number(payload, 28), bytes = Number(payload, 36);
      if (samples > 0 && bytes > 0) track.frame_bytes = bytes / samples;
    } else if (version == 2) {
      fixed = 64;
      if (const uint64_t bytes = Number(payload, 56); bytes > 0) track.frame_bytes = bytes;
    }
  } else {
    return;  // the whole track is listed
  }
  if (payload.size() <= fixed) return;
  Boxes(payload.subspan(fixed), kMaxDepth - 3, [&](const Inner& box) {
    if (IsOneOf(box.type, {"avcC", "hvcC"})) {
      track.configuration = box.payload;
    } else if (box.type == "clap") {
      // Width and height as fractions (12.1.4): part of the picture is not shown.
      const uint64_t width = ReadUint(payload, 24, 2, Endian::kBig).value_or(0);
      const uint64_t height = ReadUint(payload, 26, 2, Endian::kBig).value_or(0);
      const bool whole = Number(box.payload, 0) == width * Number(box.payload, 4) &&
                         Number(box.payload, 8) == height * Number(box.payload, 12);
      if (!whole) Add("clean-aperture", box.whole);
    } else if (IsOneOf(box.type, {"dvcC", "dvvC", "dvwC", "hvcE", "avcE"})) {
      Add("dolby-vision", box.whole);
    } else if (IsOneOf(box.type, {"st3d", "sv3d", "vexu", "hfov"})) {
      Add("projection", box.whole);
    } else if (box.type == "uuid" || box.type == "name") {
      Add("metadata", box.whole);
    }
  });
}

// What user data says beside "metadata", which counts all of it.
void Mp4Walk::UserData(ByteView bytes, int depth) {
  if (depth > 4) return;
  // A meta box has four bytes before its boxes; QuickTime's has none.
  const auto looks_right = [&](size_t at) {
    const auto size = ReadUint(bytes, at, 4, Endian::kBig);
    return size && *size >= 8 && *size <= bytes.size() - at;
  };
  size_t at = !looks_right(0) && looks_right(4) ? 4 : 0;
  while (bytes.size() - std::min(at, bytes.size()) >= 8) {
    const uint64_t size = *ReadUint(bytes, at, 4, Endian::kBig);
    if (size < 8 || size > bytes.size() - at) return;
    const ByteView whole = bytes.subspan(at, size), payload = whole.subspan(8);
    const std::string_view type(reinterpret_cast<const char*>(whole.data() + 4), 4);
    const auto holds = [&](std::string_view word) {
      return std::search(payload.begin(), payload.end(), word.begin(), word.end()) != payload.end();
    };
    if (IsOneOf(type, {"\xA9xyz", "loci", "GPS ", "gps "}) ||
        (type == "keys" && holds("location"))) {
      Add("location", whole);
    } else if (type == "covr" || type == "snal" || type == "tnal" || type == "thmb") {
      Add("cover-picture", whole);
    } else if (type == "chpl") {
      Add("chapters", whole);
    } else if (IsOneOf(type, {"meta", "ilst", "udta"})) {
      UserData(payload, depth + 1);
    }
    at += size;
  }
}

// A fragment (8.8.4 to 8.8.8): where its samples lie.
void Mp4Walk::Fragment(const Bytes& index, uint64_t at) {
  index_ = index;
  index_at_ = at;
  const size_t header = ReadUint(index, 0, 4, Endian::kBig) == 1 ? 16 : 8;
  if (index.size() < header) return;
  Boxes(index_.subspan(header), 0, [&](const Inner& box) {
    if (box.type == "traf") {
      Runs(box.payload, at);
    } else if (box.type != "mfhd") {
      Add(NameOf(box.type, box.payload), box.whole);
    }
  });
  index_ = movie_;
}

void Mp4Walk::Runs(ByteView fragment, uint64_t at) {
  Mp4Track* track = nullptr;
  uint64_t base = at, size = 0, next = at;
  Boxes(fragment, 1, [&](const Inner& box) {
    const uint64_t flags = Number(box.payload, 0) & 0xFFFFFF;
    size_t field = 8;
    const auto take = [&](uint64_t flag, int bytes) {
      const bool there = (flags & flag) != 0;
      const uint64_t value =
          there ? ReadUint(box.payload, field, bytes, Endian::kBig).value_or(0) : 0;
      if (there) field += static_cast<size_t>(bytes);
      return value;
    };
    if (box.type == "tfhd") {
      for (Mp4Track& each : tracks_) {
        if (each.id == Number(box.payload, 4)) track = &each;
      }
      if (track == nullptr) return;
      const uint64_t stated = take(1, 8);
      if ((flags & 1) != 0) base = stated;
      next = base;
      take(2, 4);
      take(8, 4);
      const uint64_t each = take(0x10, 4);
      size = (flags & 0x10) != 0 ? each : track->default_size;
    } else if (box.type == "trun" && track != nullptr) {
      const uint64_t count = Number(box.payload, 4);
      const auto shift = static_cast<int32_t>(take(1, 4));
      if ((flags & 1) != 0) next = base + static_cast<uint64_t>(int64_t{shift});
      take(4, 4);
      const uint64_t fields =
          (flags >> 8 & 1) + (flags >> 9 & 1) + (flags >> 10 & 1) + (flags >> 11 & 1);
      for (uint64_t i = 0; i < count; ++i) {
        if (fields > 0 && field >= box.payload.size()) break;
        take(0x100, 4);
        const uint64_t own = take(0x200, 4);
        take(0x400, 4);
        take(0x800, 4);
        uint64_t bytes = (flags & 0x200) != 0 ? own : size;
        if (fields == 0) {  // all alike
          bytes = size == 0 || count > file_.size() / size ? file_.size() : count * size;
          i = count;
        }
        if (next >= file_.size()) break;
        bytes = std::min(bytes, file_.size() - next);
        std::vector<ByteRange>& runs = track->fragments;
        runs.push_back({next, bytes});
        next += bytes;
      }
    } else if (!IsOneOf(box.type, {"tfdt", "sbgp", "sgpd", "sdtp", "subs"})) {
      Add(NameOf(box.type, box.payload), box.whole);
    }
  });
}

// What the tables say, once all of the file has been walked over.
absl::Status Mp4Walk::Tracks() {
  index_ = movie_;
  for (const Mp4Track& track : tracks_) {
    for (Mp4Track& other : tracks_) {
      other.is_chapters =
          other.is_chapters ||
          std::find(track.chapters.begin(), track.chapters.end(), other.id) != track.chapters.end();
    }
  }
  Coverage coverage;
  bool counted = true;
  for (const Mp4Track& track : tracks_) {
    const std::string_view what = NameOfTrack(track);
    counted = track.ForEachRun(file_.size(), [&](ByteRange run) {
      coverage.Add(run.offset, run.size);
      if (!what.empty()) findings_.AddAt(what, run);
    }) && counted;
    if (what.empty() && track.handler == "vide") RETURN_IF_ERROR(Pictures(track));
    if (what.empty()) HiddenByEdits(track);
  }
  if (!counted || coverage.too_many()) {
    return absl::ResourceExhaustedError("the clip has more samples than Efface looks through");
  }
  for (const ByteRange& media : media_) {
    for (const ByteRange& gap : coverage.Gaps(media.offset, media.offset + media.size)) {
      if (gap.size < kMaxAlignment && file_.IsZero(gap.offset, gap.size)) continue;
      findings_.AddAt("gap-bytes", gap);
    }
  }
  return absl::OkStatus();
}

absl::Status Mp4Walk::Pictures(const Mp4Track& track) {
  CodedWalk coded(track.picture, findings_);
  if (!track.configuration.empty()) {
    coded.Configure(track.configuration, PlaceOf(track.configuration).offset);
  }
  const std::vector<Mp4Edit> edits = EditsOf(track, clock_);
  // Lengths are rounded to the movie's clock.
  const int64_t slack = clock_ > 0 ? 1 + track.clock / clock_ : 1;
  // Samples of a hostile file may lie over each other.
  uint64_t budget = 2 * file_.size();
  const auto look_into = [&](ByteRange place) {
    if (coded.coding() == Coding::kOther || place.size > std::min(kMaxSample, budget)) return;
    budget -= place.size;
    const Bytes data = file_.Read(place.offset, place.size);
    coded.Frame(data, place.offset);
  };
  track.ForEachSample(file_.size(), [&](const Mp4Sample& sample) {
    look_into(sample.place);
    const bool shown = std::any_of(edits.begin(), edits.end(), [&](const Mp4Edit& edit) {
      return sample.shown + sample.duration > edit.from - slack && sample.shown < edit.to + slack;
    });
    if (!shown || !sample.after_key) findings_.AddAt("hidden-frames", sample.place);
  });
  for (const ByteRange& place : track.fragments) look_into(place);
  return file_.status();
}

// Sound beside what the edit list plays: more of it than decoders need before they are sure.
void Mp4Walk::HiddenByEdits(const Mp4Track& track) {
  if (track.handler != "soun" || track.clock == 0) return;
  const int64_t duration = track.Duration();
  int64_t played = 0;
  for (const Mp4Edit& edit : EditsOf(track, clock_)) {
    played += std::max<int64_t>(0, std::min(edit.to, duration) - std::max<int64_t>(edit.from, 0));
  }
  if (duration - played > int64_t{track.clock} * kMaxRunIn) {
    findings_.Add("hidden-sound", static_cast<uint64_t>(duration - played));
  }
}

}  // namespace

absl::Status ScanMp4(ClipFile& file, Findings& findings) { return Mp4Walk(file, findings).Run(); }

}  // namespace efface
