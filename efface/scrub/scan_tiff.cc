// TIFF and BigTIFF: the tags of every page that are neither picture, colour, orientation nor
// resolution; reduced pictures and sub-pictures; bytes that no directory refers to.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr size_t kMaxDirectories = 10'000;
constexpr int kMaxDepth = 8;  // of sub-pictures
// Of all directories together: a hostile file may use one array for many.
constexpr size_t kMaxEntries = 1'000'000;
constexpr size_t kMaxOffsets = 2'000'000;  // of strips, tiles and sub-pictures

enum Tag : uint16_t {
  kNewSubfileType = 254,
  kOldSubfileType = 255,
  kCompression = 259,
  kStripOffsets = 273,
  kStripSizes = 279,
  kDateTime = 306,
  kTileOffsets = 324,
  kTileSizes = 325,
  kSubIfds = 330,
  kJpegOffset = 513,
  kJpegSize = 514,
  kXmp = 700,
  kIptc = 33723,
  kPhotoshop = 34377,
  kExif = 34665,
  kGps = 34853,
  kDateOriginal = 36867,
  kMakerNote = 37500,
  kPhotoshopLayers = 37724,
  kInteroperability = 40965,
};
constexpr uint16_t kGpsAltitude = 6;  // of a GPS directory, behind the version, latitude, longitude

// What describes picture, colour, orientation and resolution: TIFF 6.0, its supplements 1 and 2,
// and the ICC profile.
constexpr auto kKept = std::to_array<uint16_t>(
    {254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278,  279, 280, 281,
     282, 283, 284, 288, 289, 290, 291, 292, 293, 296, 301, 317, 318,  319, 320, 321,
     322, 323, 324, 325, 330, 332, 334, 336, 338, 339, 340, 341, 342,  347, 512, 513,
     514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 559, 34675});

// Names, descriptions, devices, people.
constexpr auto kText =
    std::to_array<uint16_t>({269, 270, 271, 272, 285, 305, 315, 316, 333, 33432});

size_t TypeSize(uint64_t type) {
  constexpr std::array<uint8_t, 19> kSizes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4,
                                              8, 4, 8, 4, 0, 0, 8, 8, 8};
  return type < kSizes.size() ? kSizes.at(static_cast<size_t>(type)) : 0;
}

struct Entry {
  uint16_t tag = 0;
  size_t unit = 0;  // bytes of one value; 0: of a type that is not known
  ByteView field;   // the entry itself
  ByteView value;   // empty where it passes the end
};

struct Directory {
  std::vector<Entry> entries;
  uint64_t next = 0;     // 0: none
  ByteView count, link;  // the numbers before and after the entries

  const Entry* Find(uint16_t tag) const {
    for (const Entry& entry : entries) {
      if (entry.tag == tag) return &entry;
    }
    return nullptr;
  }
};

class TiffWalk {
 public:
  TiffWalk(ByteView file, Findings& findings) : file_(file), findings_(findings) {}

  void Run() {
    endian_ = HasText(file_, 0, "II") ? Endian::kLittle : Endian::kBig;
    const uint64_t version = ReadUint(file_, 2, 2, endian_).value_or(0);
    if (version != 42 && version != 43) return;
    big_ = version == 43;
    coverage_.Add(0, big_ ? 16 : 8);
    uint64_t at = ReadUint(file_, big_ ? 8 : 4, big_ ? 8 : 4, endian_).value_or(0);
    std::vector<Directory> chain;
    while (at != 0) {
      auto page = Read(at);
      if (!page) break;
      at = page->next;
      chain.push_back(*std::move(page));
    }
    // Where every page is flagged as a reduced one, the first is the picture.
    const bool no_page = std::all_of(chain.begin(), chain.end(),
                                     [&](const Directory& page) { return IsReduced(page); });
    for (size_t i = 0; i < chain.size(); ++i) {
      if (IsReduced(chain[i]) && !(no_page && i == 0)) {
        SubPicture(chain[i], 0);
      } else {
        Page(chain[i]);
      }
    }
    // The tables of old JPEG streams stand in the file without their sizes.
    if (!old_jpeg_)
      coverage_.Report(file_, 0, file_.size(), "gap-bytes", "trailing-bytes", findings_);
  }

 private:
  // Reads the directory at `at`; nullopt where it passes the end, or has been read before.
  std::optional<Directory> Read(uint64_t at) {
    const int count_size = big_ ? 8 : 2, offset_size = big_ ? 8 : 4;
    const size_t entry_size = big_ ? 20 : 12;
    if (at >= file_.size() || seen_.size() == kMaxDirectories || !seen_.insert(at).second) {
      return std::nullopt;
    }
    const auto count = ReadUint(file_, at, count_size, endian_);
    if (!count || *count > (file_.size() - at) / entry_size) return std::nullopt;
    Directory directory;
    size_t here = at + static_cast<size_t>(count_size);
    for (uint64_t i = 0; i < *count && entries_ < kMaxEntries; ++i, here += entry_size) {
      if (!Slice(file_, here, entry_size)) return std::nullopt;
      ++entries_;
      directory.entries.push_back(ReadEntry(here, entry_size, offset_size));
    }
    directory.next = ReadUint(file_, here, offset_size, endian_).value_or(0);
    const size_t frame = static_cast<size_t>(count_size + offset_size);
    coverage_.Add(at, frame + *count * entry_size);
    directory.count = file_.subspan(at, static_cast<size_t>(count_size));
    directory.link = Slice(file_, here, static_cast<size_t>(offset_size)).value_or(ByteView());
    return directory;
  }

  Entry ReadEntry(size_t at, size_t entry_size, int offset_size) {
    Entry entry;
    entry.tag = static_cast<uint16_t>(*ReadUint(file_, at, 2, endian_));
    entry.unit = TypeSize(*ReadUint(file_, at + 2, 2, endian_));
    entry.field = file_.subspan(at, entry_size);
    const uint64_t count = *ReadUint(file_, at + 4, offset_size, endian_);
    const auto inline_size = static_cast<size_t>(offset_size);
    const size_t inline_at = at + 4 + inline_size;
    if (count > file_.size()) return entry;
    const size_t size = entry.unit * static_cast<size_t>(count);
    if (size <= inline_size) {
      entry.value = *Slice(file_, inline_at, size);
    } else if (const auto value =
                   Slice(file_, *ReadUint(file_, inline_at, offset_size, endian_), size)) {
      entry.value = *value;
      coverage_.Add(static_cast<uint64_t>(value->data() - file_.data()), size);
    }
    return entry;
  }

  // The value numbered `index` of an integer entry.
  std::optional<uint64_t> Integer(const Entry& entry, size_t index = 0) const {
    if (entry.unit == 0 || index >= entry.value.size() / entry.unit) return std::nullopt;
    return ReadUint(entry.value, index * entry.unit, static_cast<int>(entry.unit), endian_);
  }

  uint64_t Integer(const Directory& directory, uint16_t tag) const {
    const Entry* entry = directory.Find(tag);
    return entry != nullptr ? Integer(*entry).value_or(0) : 0;
  }

  // Another picture's thumbnail or mask.
  bool IsReduced(const Directory& directory) const {
    return (Integer(directory, kNewSubfileType) & 5) != 0 ||
           Integer(directory, kOldSubfileType) == 2;
  }

  void Add(std::string_view what, const Entry& entry) {
    findings_.Add(what, entry.field);
    const bool apart =
        !entry.value.empty() && (entry.value.data() < entry.field.data() ||
                                 entry.value.data() >= entry.field.data() + entry.field.size());
    if (apart) findings_.Add(what, entry.value);
  }

  void Add(std::string_view what, const Directory& directory) {
    findings_.Add(what, directory.count);
    for (const Entry& entry : directory.entries) Add(what, entry);
    findings_.Add(what, directory.link);
  }

  // Notes where the coded picture lies, and lists it where it has a name.
  void CoverPicture(const Directory& directory, std::string_view what) {
    constexpr std::array<std::array<uint16_t, 2>, 3> kPairs = {
        {{kStripOffsets, kStripSizes}, {kTileOffsets, kTileSizes}, {kJpegOffset, kJpegSize}}};
    for (const auto& [offset_tag, size_tag] : kPairs) {
      const Entry* offsets = directory.Find(offset_tag);
      const Entry* sizes = directory.Find(size_tag);
      if (offsets == nullptr || sizes == nullptr) continue;
      for (size_t i = 0; budget_ > 0; ++i, --budget_) {
        const auto offset = Integer(*offsets, i), size = Integer(*sizes, i);
        if (!offset || !size) break;
        if (*offset >= file_.size()) continue;
        const uint64_t there = std::min(*size, file_.size() - *offset);
        coverage_.Add(*offset, there);
        if (!what.empty()) findings_.Add(what, file_.subspan(*offset, there));
      }
    }
    if (Integer(directory, kCompression) == 6) old_jpeg_ = true;
  }

  // The pictures that hang below an entry, each counted with all it holds.
  void SubPictures(const Entry& entry, int depth) {
    for (size_t i = 0; depth < kMaxDepth && budget_ > 0; ++i, --budget_) {
      const auto at = Integer(entry, i);
      if (!at) return;
      if (const auto below = Read(*at)) SubPicture(*below, depth + 1);
    }
  }

  void SubPicture(const Directory& directory, int depth) {
    Add("sub-picture", directory);
    CoverPicture(directory, "sub-picture");
    for (const Entry& entry : directory.entries) {
      if (entry.tag == kSubIfds) SubPictures(entry, depth);
      if (entry.tag == kExif) ExifDirectory(entry);
      if (entry.tag == kGps) OtherDirectory(entry, "exif-gps");
    }
  }

  void ExifDirectory(const Entry& pointer) {
    const auto exif = Read(Integer(pointer).value_or(0));
    if (!exif) return;
    const bool kept = findings_.options().keep.date &&
                      std::all_of(exif->entries.begin(), exif->entries.end(),
                                  [](const Entry& entry) { return entry.tag == kDateOriginal; });
    if (!kept) Add("exif", *exif);
    for (const Entry& entry : exif->entries) {
      if (entry.tag == kMakerNote) findings_.Add("exif-maker-note", entry.value);
      if (entry.tag == kInteroperability) OtherDirectory(entry, "exif");
    }
  }

  void GpsDirectory(const Entry& pointer) {
    const auto gps = Read(Integer(pointer).value_or(0));
    if (!gps) return;
    const bool kept = findings_.options().keep.gps &&
                      std::all_of(gps->entries.begin(), gps->entries.end(),
                                  [](const Entry& entry) { return entry.tag <= kGpsAltitude; });
    if (!kept) Add("exif-gps", *gps);
  }

  void OtherDirectory(const Entry& pointer, std::string_view what) {
    if (const auto directory = Read(Integer(pointer).value_or(0))) {
      Add(what, *directory);
    }
  }

  void Page(const Directory& page) {
    CoverPicture(page, "");
    for (const Entry& entry : page.entries) {
      const auto is_in = [&](const auto& tags) {
        return std::find(tags.begin(), tags.end(), entry.tag) != tags.end();
      };
      if (entry.tag == kSubIfds) {
        SubPictures(entry, 0);
      } else if (is_in(kKept)) {
        continue;
      } else if (entry.tag == kExif) {
        ExifDirectory(entry);
      } else if (entry.tag == kGps) {
        GpsDirectory(entry);
      } else if (entry.tag == kDateTime) {
        if (!findings_.options().keep.date) Add("date", entry);
      } else if (entry.tag == kXmp) {
        Add("xmp", entry);
      } else if (entry.tag == kIptc) {
        Add("iptc", entry);
      } else if (entry.tag == kPhotoshop) {
        Add("photoshop", entry);
        if (!photoshop_) ScanPhotoshop(entry.value, findings_);
        photoshop_ = true;
      } else if (entry.tag == kPhotoshopLayers) {
        Add("photoshop", entry);
      } else if (is_in(kText)) {
        Add("text", entry);
      } else {
        Add(entry.tag >= 32768 ? "private-tag" : "unknown-tag", entry);
      }
    }
  }

  ByteView file_;
  Findings& findings_;
  Endian endian_ = Endian::kLittle;
  bool big_ = false;       // BigTIFF
  bool old_jpeg_ = false;  // a page of compression 6 was met
  Coverage coverage_;
  bool photoshop_ = false;  // Photoshop's resources were met
  size_t budget_ = kMaxOffsets;
  std::set<uint64_t> seen_;  // offsets of the directories read
  size_t entries_ = 0;
};

}  // namespace

void ScanTiff(ByteView file, Findings& findings) { TiffWalk(file, findings).Run(); }

}  // namespace efface
