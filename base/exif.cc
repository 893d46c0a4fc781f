// One walk over the five image file directories (IFDs) that EXIF can have, each visited once, so
// that no chain of pointers loops. Tags and types: TIFF 6.0 section 2, CIPA DC-008 section 4.6.
#include "base/exif.h"

#include <array>
#include <cmath>
#include <string_view>

namespace efface {
namespace {

constexpr size_t kMaxEntries = 4096;
constexpr double kMaxResolution = 1e6;  // pixels a unit

enum Ifd { kPicture, kThumbnail, kExif, kGps, kInteroperability, kIfds };

enum Tag : uint16_t {
  kStripOffsets = 0x0111,
  kOrientation = 0x0112,
  kStripByteCounts = 0x0117,
  kXResolution = 0x011A,
  kYResolution = 0x011B,
  kResolutionUnit = 0x0128,
  kJpegOffset = 0x0201,
  kJpegLength = 0x0202,
  kExifPointer = 0x8769,
  kGpsPointer = 0x8825,
  kDateTimeOriginal = 0x9003,
  kInteroperabilityPointer = 0xA005,
};

enum GpsTag : uint16_t {
  kVersion,
  kLatitudeRef,
  kLatitude,
  kLongitudeRef,
  kLongitude,
  kAltitudeRef,
  kAltitude,
};

enum Type : uint16_t { kByte = 1, kAscii = 2, kShort = 3, kLong = 4, kRational = 5, kIfdType = 13 };

// Bytes of one value of a TIFF field type; 0: unknown.
size_t TypeSize(uint16_t type) {
  constexpr std::array<uint8_t, 14> kSizes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
  return type < kSizes.size() ? kSizes[type] : 0;
}

std::optional<Endian> ByteOrder(ByteView tiff) {
  if (HasText(tiff, 0, std::string_view("II*\0", 4))) return Endian::kLittle;
  if (HasText(tiff, 0, std::string_view("MM\0*", 4))) return Endian::kBig;
  return std::nullopt;
}

// The value numbered `index` of an entry of an integer type.
std::optional<uint64_t> IntegerAt(ByteView tiff, const ExifEntry& entry, size_t index) {
  const auto order = ByteOrder(tiff);
  if (!order || (entry.type != kByte && entry.type != kShort && entry.type != kLong)) return {};
  const size_t size = TypeSize(entry.type);
  if (index >= entry.value.size() / size) return {};
  return ReadUint(entry.value, index * size, static_cast<int>(size), *order);
}

const ExifEntry* FindEntry(const std::vector<ExifEntry>& entries, int ifd, uint16_t tag) {
  for (const ExifEntry& entry : entries) {
    if (entry.ifd == ifd && entry.tag == tag) return &entry;
  }
  return nullptr;
}

std::optional<uint64_t> FindInteger(ByteView tiff, const std::vector<ExifEntry>& entries, int ifd,
                                    uint16_t tag) {
  const ExifEntry* entry = FindEntry(entries, ifd, tag);
  return entry ? ExifInteger(tiff, *entry) : std::nullopt;
}

// Pixels a unit; 0 where there is none or it makes no sense.
double FindResolution(ByteView tiff, const std::vector<ExifEntry>& entries, uint16_t tag) {
  const ExifEntry* entry = FindEntry(entries, kPicture, tag);
  const auto order = ByteOrder(tiff);
  if (!order || !entry || entry->type != kRational) return 0;
  const auto above = ReadUint(entry->value, 0, 4, *order);
  const auto below = ReadUint(entry->value, 4, 4, *order);
  if (!above || !below || *below == 0) return 0;
  const double value = static_cast<double>(*above) / static_cast<double>(*below);
  return value <= kMaxResolution ? value : 0;
}

// The rational numbered `index` of an entry; nullopt where there is none.
std::optional<double> RationalAt(ByteView tiff, const ExifEntry& entry, size_t index) {
  const auto order = ByteOrder(tiff);
  if (!order || entry.type != kRational) return std::nullopt;
  const auto above = ReadUint(entry.value, 8 * index, 4, *order);
  const auto below = ReadUint(entry.value, 8 * index + 4, 4, *order);
  if (!above || !below || *below == 0) return std::nullopt;
  return static_cast<double>(*above) / static_cast<double>(*below);
}

std::optional<double> FindAngle(ByteView tiff, const std::vector<ExifEntry>& entries,
                                uint16_t reference_tag, uint16_t tag, std::string_view sides,
                                double most) {
  const ExifEntry* entry = FindEntry(entries, kGps, tag);
  const ExifEntry* reference = FindEntry(entries, kGps, reference_tag);
  if (!entry || !reference || reference->type != kAscii || reference->value.empty()) return {};
  const auto degrees = RationalAt(tiff, *entry, 0);
  // Some writers leave out what is 0.
  const double minutes = RationalAt(tiff, *entry, 1).value_or(0);
  const double seconds = RationalAt(tiff, *entry, 2).value_or(0);
  if (!degrees) return std::nullopt;
  return AngleOf({*degrees, minutes, seconds}, static_cast<char>(reference->value[0]), sides, most);
}

std::optional<Position> FindPosition(ByteView tiff, const std::vector<ExifEntry>& entries) {
  const auto latitude = FindAngle(tiff, entries, kLatitudeRef, kLatitude, "NS", 90);
  const auto longitude = FindAngle(tiff, entries, kLongitudeRef, kLongitude, "EW", 180);
  if (!latitude || !longitude) return std::nullopt;
  Position position = {*latitude, *longitude, {}};
  if (const ExifEntry* altitude = FindEntry(entries, kGps, kAltitude)) {
    const bool below = FindInteger(tiff, entries, kGps, kAltitudeRef) == 1;
    const auto metres = RationalAt(tiff, *altitude, 0);
    if (metres && *metres <= kMaxAltitude) position.altitude = below ? -*metres : *metres;
  }
  return position;
}

bool IsDate(std::string_view text) { return IsDateOfForm(text, "dddd:dd:dd dd:dd:dd"); }

// Collects the entries of one IFD and the places of the entries whose values stand elsewhere.
class IfdWriter {
 public:
  explicit IfdWriter(size_t offset) : offset_(offset) {}

  void Add(uint16_t tag, uint16_t type, uint32_t count, const Bytes& value) {
    entries_.push_back({tag, type, count, value});
  }

  // Bytes that Write appends.
  size_t size() const {
    size_t size = 2 + 12 * entries_.size() + 4;
    for (const Entry& entry : entries_) size += entry.value.size() > 4 ? entry.value.size() : 0;
    return size;
  }

  // The IFD and its values. Values have even sizes, so that all offsets are even.
  void Write(Bytes& out) const {
    Bytes values;
    const size_t values_at = offset_ + 2 + 12 * entries_.size() + 4;
    AppendUint(out, entries_.size(), 2, Endian::kBig);
    for (const Entry& entry : entries_) {
      AppendUint(out, entry.tag, 2, Endian::kBig);
      AppendUint(out, entry.type, 2, Endian::kBig);
      AppendUint(out, entry.count, 4, Endian::kBig);
      if (entry.value.size() > 4) {
        AppendUint(out, values_at + values.size(), 4, Endian::kBig);
        Append(values, entry.value);
      } else {
        Bytes four = entry.value;  // left-justified
        four.resize(4);
        Append(out, four);
      }
    }
    AppendUint(out, 0, 4, Endian::kBig);  // no next IFD
    Append(out, values);
  }

 private:
  struct Entry {
    uint16_t tag, type;
    uint32_t count;
    Bytes value;
  };

  size_t offset_;
  std::vector<Entry> entries_;
};

Bytes BigEndian(uint64_t value, int size) {
  Bytes bytes;
  AppendUint(bytes, value, size, Endian::kBig);
  return bytes;
}

// `value` in 0 .. kMaxResolution, to a thousandth.
Bytes Rational(double value) {
  const bool whole = value == std::floor(value);
  Bytes bytes;
  AppendUint(bytes, static_cast<uint64_t>(std::lround(whole ? value : value * 1000)), 4,
             Endian::kBig);
  AppendUint(bytes, whole ? 1 : 1000, 4, Endian::kBig);
  return bytes;
}

// CIPA DC-008 4.6.6, version 2.3.
void WriteGps(const Position& position, size_t offset, Bytes& out) {
  IfdWriter gps(offset);
  const auto angle = [&](uint16_t tag, double value, char positive, char negative) {
    gps.Add(tag, kAscii, 2, {static_cast<uint8_t>(value < 0 ? negative : positive), 0});
    Bytes parts;
    for (const double part : DegreesOf(std::abs(value))) Append(parts, Rational(part));
    gps.Add(static_cast<uint16_t>(tag + 1), kRational, 3, parts);
  };
  gps.Add(kVersion, kByte, 4, {2, 3, 0, 0});
  angle(kLatitudeRef, position.latitude, 'N', 'S');
  angle(kLongitudeRef, position.longitude, 'E', 'W');
  if (position.altitude) {
    gps.Add(kAltitudeRef, kByte, 1, {static_cast<uint8_t>(*position.altitude < 0)});
    gps.Add(kAltitude, kRational, 1, Rational(std::abs(*position.altitude)));
  }
  gps.Write(out);
}

}  // namespace

std::vector<ExifEntry> ExifEntries(ByteView tiff) {
  std::vector<ExifEntry> entries;
  const auto order = ByteOrder(tiff);
  if (!order) return entries;

  std::array<uint64_t, kIfds> offsets = {};  // 0: none
  offsets[kPicture] = ReadUint(tiff, 4, 4, *order).value_or(0);
  // A pointer leads only to a later number of the enumeration, so one pass meets every IFD.
  for (int ifd = 0; ifd < kIfds; ++ifd) {
    const uint64_t start = offsets[static_cast<size_t>(ifd)];
    if (start == 0) continue;
    const auto count = ReadUint(tiff, start, 2, *order);
    if (!count) continue;
    for (uint64_t i = 0; i < *count && entries.size() < kMaxEntries; ++i) {
      const uint64_t at = start + 2 + 12 * i;
      if (!Slice(tiff, at, 12)) break;
      ExifEntry entry;
      entry.ifd = ifd;
      entry.tag = static_cast<uint16_t>(*ReadUint(tiff, at, 2, *order));
      entry.type = static_cast<uint16_t>(*ReadUint(tiff, at + 2, 2, *order));
      const uint64_t bytes = *ReadUint(tiff, at + 4, 4, *order) * TypeSize(entry.type);
      const uint64_t value_at = bytes > 4 ? *ReadUint(tiff, at + 8, 4, *order) : at + 8;
      entry.value = Slice(tiff, value_at, bytes).value_or(ByteView());
      entries.push_back(entry);

      ExifEntry pointer = entry;
      if (pointer.type == kIfdType) pointer.type = kLong;
      const uint64_t target = IntegerAt(tiff, pointer, 0).value_or(0);
      if (ifd == kPicture && entry.tag == kExifPointer) offsets[kExif] = target;
      if (ifd == kPicture && entry.tag == kGpsPointer) offsets[kGps] = target;
      if (ifd == kExif && entry.tag == kInteroperabilityPointer) {
        offsets[kInteroperability] = target;
      }
    }
    if (ifd == kPicture) {
      offsets[kThumbnail] = ReadUint(tiff, start + 2 + 12 * *count, 4, *order).value_or(0);
    }
  }
  return entries;
}

std::optional<uint64_t> ExifInteger(ByteView tiff, const ExifEntry& entry) {
  return IntegerAt(tiff, entry, 0);
}

std::optional<ByteView> ExifThumbnail(ByteView tiff) {
  const std::vector<ExifEntry> entries = ExifEntries(tiff);
  const auto jpeg_at = FindInteger(tiff, entries, kThumbnail, kJpegOffset);
  const auto jpeg_size = FindInteger(tiff, entries, kThumbnail, kJpegLength);
  if (jpeg_at && jpeg_size && *jpeg_size > 0) return Slice(tiff, *jpeg_at, *jpeg_size);

  // Not compressed: strips, which stand one after another.
  const auto strip_at = FindInteger(tiff, entries, kThumbnail, kStripOffsets);
  const ExifEntry* sizes = FindEntry(entries, kThumbnail, kStripByteCounts);
  if (!strip_at || !sizes) return std::nullopt;
  uint64_t total = 0;
  for (size_t i = 0;; ++i) {
    const auto size = IntegerAt(tiff, *sizes, i);
    if (!size) break;
    total += *size;
  }
  return total > 0 ? Slice(tiff, *strip_at, total) : std::nullopt;
}

KeptExif ReadKeptExif(ByteView tiff) {
  KeptExif kept;
  const std::vector<ExifEntry> entries = ExifEntries(tiff);

  const uint64_t orientation = FindInteger(tiff, entries, kPicture, kOrientation).value_or(1);
  if (orientation >= 1 && orientation <= 8) kept.orientation = static_cast<int>(orientation);

  // Without a unit (1) the numbers are a mere aspect ratio.
  const uint64_t unit = FindInteger(tiff, entries, kPicture, kResolutionUnit).value_or(2);
  if (unit == 2 || unit == 3) {
    kept.resolution_unit = static_cast<int>(unit);
    kept.x_resolution = FindResolution(tiff, entries, kXResolution);
    kept.y_resolution = FindResolution(tiff, entries, kYResolution);
  }

  const ExifEntry* date = FindEntry(entries, kExif, kDateTimeOriginal);
  if (date && date->type == kAscii) {
    std::string text(date->value.begin(), date->value.end());
    if (const size_t end = text.find('\0'); end != std::string::npos) text.resize(end);
    if (IsDate(text)) kept.date_time_original = text;
  }
  kept.position = FindPosition(tiff, entries);
  return kept;
}

std::optional<double> AngleOf(const std::array<double, 3>& degrees, char side,
                              std::string_view sides, double most) {
  const double angle = degrees[0] + degrees[1] / 60 + degrees[2] / 3600;
  const bool in_range = degrees[0] >= 0 && degrees[1] >= 0 && degrees[1] < 60 && degrees[2] >= 0 &&
                        degrees[2] < 60 && angle <= most;
  if (!in_range || sides.find(side) == std::string_view::npos) return std::nullopt;
  return side == sides[1] ? -angle : angle;
}

bool IsDateOfForm(std::string_view text, std::string_view form) {
  if (text.size() != form.size()) return false;
  for (size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == 'd' ? !digit : text[i] != form[i]) return false;
  }
  const auto two = [&](size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  return two(5) >= 1 && two(5) <= 12 && two(8) >= 1 && two(8) <= 31 && two(11) <= 23 &&
         two(14) <= 59 && two(17) <= 60;
}

std::array<double, 3> DegreesOf(double angle) {
  // Seconds to a thousandth, 3 cm; rounded as a whole, so that none is 60.
  const auto thousandths = std::llround(angle * 3600'000);
  return {static_cast<double>(thousandths / 3600'000),
          static_cast<double>(thousandths / 60'000 % 60),
          static_cast<double>(thousandths % 60'000) / 1000};
}

Bytes WriteKeptExif(const KeptExif& kept) {
  const bool turned = kept.orientation >= 2 && kept.orientation <= 8;
  const auto usable = [](double value) { return value > 0 && value <= kMaxResolution; };
  const bool resolution = usable(kept.x_resolution) && usable(kept.y_resolution);
  const bool date = IsDate(kept.date_time_original);
  const bool place = kept.position.has_value();
  if (!turned && !resolution && !date && !place) return {};

  constexpr size_t kHeader = 8;
  IfdWriter picture(kHeader);
  if (turned) {
    picture.Add(kOrientation, kShort, 1, BigEndian(static_cast<uint64_t>(kept.orientation), 2));
  }
  if (resolution) {
    picture.Add(kXResolution, kRational, 1, Rational(kept.x_resolution));
    picture.Add(kYResolution, kRational, 1, Rational(kept.y_resolution));
    picture.Add(kResolutionUnit, kShort, 1, BigEndian(kept.resolution_unit == 3 ? 3 : 2, 2));
  }
  const size_t exif_at = kHeader + picture.size() + (date ? 12 : 0) + (place ? 12 : 0);
  IfdWriter exif(exif_at);
  if (date) {
    Bytes text(kept.date_time_original.begin(), kept.date_time_original.end());
    text.push_back(0);
    exif.Add(kDateTimeOriginal, kAscii, static_cast<uint32_t>(text.size()), text);
    picture.Add(kExifPointer, kLong, 1, BigEndian(exif_at, 4));
  }
  const size_t gps_at = exif_at + (date ? exif.size() : 0);
  if (place) picture.Add(kGpsPointer, kLong, 1, BigEndian(gps_at, 4));

  Bytes out = {'M', 'M', 0, 42, 0, 0, 0, kHeader};
  picture.Write(out);
  if (date) exif.Write(out);
  if (place) WriteGps(*kept.position, gps_at, out);
  return out;
}

}  // namespace efface
