// Tells file formats apart. One function a family; the order in SniffFormat matters only where
// comments say so. Reads are bounded and walks end, so any bytes may be given.
#include "efface/media/format.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace efface {
namespace {

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

std::string_view Text(ByteView file, size_t offset, size_t size) {
  const auto part = Slice(file, offset, size);
  if (!part) return {};
  return {reinterpret_cast<const char*>(part->data()), part->size()};
}

// PNG or animated PNG (PNG third edition, 4.9). An animation whose only frame is the default image
// (one frame, with its fcTL before the IDAT) shows nothing but that image, so it is a still.
Format SniffPng(ByteView file) {
  uint64_t frames = 0;
  bool default_is_frame = false;
  size_t at = kPngSignature.size();
  while (const auto size = ReadUint(file, at, 4, Endian::kBig)) {
    const std::string_view type = Text(file, at + 4, 4);
    if (type == "IDAT" || type == "IEND" || type.empty()) break;
    if (type == "acTL") frames = ReadUint(file, at + 8, 4, Endian::kBig).value_or(0);
    if (type == "fcTL") default_is_frame = true;
    if (*size > file.size()) break;
    at += 12 + static_cast<size_t>(*size);
  }
  const bool still = frames == 0 || (frames == 1 && default_is_frame);
  return still ? Format::kPng : Format::kAnimatedPng;
}

// Past the sub-blocks that begin at `at` (GIF89a, 15).
size_t SkipGifSubBlocks(ByteView file, size_t at) {
  while (at < file.size() && file[at] != 0) at += 1 + size_t{file[at]};
  return at + 1;
}

// GIF or animated GIF: more than one image block, before the trailer or what is broken.
Format SniffGif(ByteView file) {
  const auto table_bytes = [](uint8_t flags) {
    return (flags & 0x80) != 0 ? size_t{3} << ((flags & 7) + 1) : size_t{0};
  };
  size_t at = 13;
  if (file.size() > 10) at += table_bytes(file[10]);
  int images = 0;
  while (at < file.size()) {
    if (file[at] == ',') {
      if (++images > 1) return Format::kAnimatedGif;
      if (at + 9 >= file.size()) break;
      at = SkipGifSubBlocks(file, at + 10 + table_bytes(file[at + 9]) + 1);
    } else if (file[at] == '!') {
      at = SkipGifSubBlocks(file, at + 2);
    } else if (file[at] == 0) {
      ++at;  // a stray empty sub-block, which decoders forgive
    } else {
      break;
    }
  }
  return Format::kGif;
}

Format SniffRiff(ByteView file) {
  if (HasText(file, 8, "WEBP")) {
    const bool animated = HasText(file, 12, "VP8X") && file.size() > 20 && (file[20] & 2) != 0;
    return animated ? Format::kAnimatedWebp : Format::kWebp;
  }
  if (HasText(file, 8, "AVI ") || HasText(file, 8, "AVIX")) return Format::kClip;
  return Format::kUnknown;
}

// Walks the directories of a TIFF file (TIFF 6.0, 2; BigTIFF) for the marks of camera RAW.
class TiffSniffer {
 public:
  TiffSniffer(ByteView file, Endian endian, bool big) : file_(file), endian_(endian), big_(big) {}

  bool IsRaw() {
    const auto first = ReadUint(file_, big_ ? 8 : 4, big_ ? 8 : 4, endian_);
    if (!first) return false;
    const Directory main = Read(*first);
    if (main.dng || main.sensor) return true;
    if (main.reduced && main.sub_count > 0) return true;  // a preview before the picture: NEF, ARW
    for (size_t i = 0; i < main.sub_count; ++i) {
      if (Read(main.subs[i]).sensor) return true;
    }
    uint64_t next = main.next;
    for (int i = 0; i < 8 && next != 0; ++i) {
      const Directory more = Read(next);
      if (more.sensor) return true;
      next = more.next;
    }
    return false;
  }

 private:
  struct Directory {
    bool dng = false, reduced = false, sensor = false;
    std::array<uint64_t, 8> subs{};
    size_t sub_count = 0;
    uint64_t next = 0;
  };

  std::optional<uint64_t> Uint(uint64_t offset, int size) const {
    if (offset > file_.size()) return std::nullopt;
    return ReadUint(file_, static_cast<size_t>(offset), size, endian_);
  }

  Directory Read(uint64_t offset) const {
    Directory found;
    const int count_size = big_ ? 8 : 2;
    const int field_size = big_ ? 8 : 4;
    const uint64_t entry_size = big_ ? 20 : 12;
    const auto count = Uint(offset, count_size);
    if (!count || *count > 4096) return found;
    for (uint64_t i = 0; i < *count; ++i) {
      const uint64_t at = offset + static_cast<uint64_t>(count_size) + i * entry_size;
      const auto tag = Uint(at, 2);
      const auto type = Uint(at + 2, 2);
      const auto values = Uint(at + 4, field_size);
      const uint64_t value_at = at + 4 + static_cast<uint64_t>(field_size);
      if (!tag || !type || !values) return found;
      const int value_size = *type == 3 ? 2 : *type == 16 || *type == 18 ? 8 : 4;
      const uint64_t value = Uint(value_at, value_size == 8 && !big_ ? 4 : value_size).value_or(0);
      if (*tag == 50706) found.dng = true;
      if (*tag == 254) found.reduced = (value & 1) != 0;
      if (*tag == 262) found.sensor = value == 32803 || value == 34892;
      if (*tag == 330) {
        found.sub_count = static_cast<size_t>(std::min<uint64_t>(*values, found.subs.size()));
        const auto size = static_cast<uint64_t>(value_size);
        const bool inside = *values * size <= static_cast<uint64_t>(field_size);
        const uint64_t list = inside ? value_at : Uint(value_at, field_size).value_or(0);
        for (size_t k = 0; k < found.sub_count; ++k) {
          found.subs[k] = Uint(list + k * size, value_size).value_or(0);
        }
      }
    }
    found.next = Uint(offset + static_cast<uint64_t>(count_size) + *count * entry_size, field_size)
                     .value_or(0);
    return found;
  }

  ByteView file_;
  Endian endian_;
  bool big_;
};

std::optional<Format> SniffTiff(ByteView file) {
  const bool little = HasText(file, 0, "II");
  if (!little && !HasText(file, 0, "MM")) return std::nullopt;
  const Endian endian = little ? Endian::kLittle : Endian::kBig;
  const uint64_t version = ReadUint(file, 2, 2, endian).value_or(0);
  // Olympus ORF ("RO", "RS") and Panasonic RW2 (0x55) have versions of their own.
  if (version == 0x4F52 || version == 0x5352 || version == 0x55) return Format::kRaw;
  if (version != 42 && version != 43) return std::nullopt;
  if (version == 42 && HasText(file, 8, "CR")) return Format::kRaw;
  return TiffSniffer(file, endian, version == 43).IsRaw() ? Format::kRaw : Format::kTiff;
}

// ISO base media files, by the brands of their first box (ISO/IEC 14496-12, 4.3).
std::optional<Format> SniffFtyp(ByteView file) {
  const auto size = ReadUint(file, 0, 4, Endian::kBig);
  const std::string_view type = Text(file, 4, 4);
  if (type != "ftyp") {
    // QuickTime files older than ftyp begin with one of these.
    constexpr std::array<std::string_view, 7> kQuickTime = {"moov", "mdat", "wide", "free",
                                                            "skip", "pnot", "styp"};
    if (std::find(kQuickTime.begin(), kQuickTime.end(), type) != kQuickTime.end()) {
      return Format::kClip;
    }
    return std::nullopt;
  }
  const auto by_brand = [](std::string_view brand) -> std::optional<Format> {
    if (brand == "avif") return Format::kAvif;
    if (brand == "avis" || brand == "msf1" || brand == "hevc" || brand == "hevx" ||
        brand == "hevm" || brand == "hevs") {
      return Format::kImageSequence;
    }
    if (brand == "heic" || brand == "heix" || brand == "heim" || brand == "heis") {
      return Format::kHeic;
    }
    if (brand == "crx ") return Format::kRaw;
    if (brand == "jxl ") return Format::kJpegXl;
    if (brand == "jp2 " || brand == "jpx " || brand == "jph ") return Format::kJpeg2000;
    return std::nullopt;
  };
  const std::string_view major = Text(file, 8, 4);
  if (const auto format = by_brand(major)) return format;
  // mif1 says only "HEIF", and brands unknown here say nothing: the compatible ones decide, the
  // coding before the sequence.
  bool heif = major == "mif1" || major == "mif2";
  bool sequence = false;
  for (size_t at = 16; at + 4 <= std::min<uint64_t>(size.value_or(0), file.size()); at += 4) {
    const std::string_view brand = Text(file, at, 4);
    const auto format = by_brand(brand);
    if (format == Format::kAvif || format == Format::kHeic) return format;
    if (format == Format::kImageSequence) sequence = true;
    if (brand == "mif1") heif = true;
  }
  if (sequence) return Format::kImageSequence;
  return heif ? Format::kHeic : Format::kClip;
}

// MPEG transport streams: a sync byte every 188 bytes, or every 192 after a time code. A recording
// may begin within a packet; then more of them are asked for.
bool IsTransportStream(ByteView file) {
  for (const auto& [start, step] : {std::pair<size_t, size_t>{0, 188}, {4, 192}}) {
    for (size_t from = 0; from < step; ++from) {
      const bool whole = from == start;
      bool all = true;
      for (size_t i = 0; i < (whole ? 4 : 8) && all; ++i) all = HasText(file, from + i * step, "G");
      if (all) return true;
    }
  }
  return false;
}

// The DIB header's size says more than the two letters.
bool IsBmp(ByteView file) {
  if (!HasText(file, 0, "BM")) return false;
  const uint64_t header = ReadUint(file, 14, 4, Endian::kLittle).value_or(0);
  return header >= 12 && header <= 124;
}

bool IsIcon(ByteView file) {
  const auto head = ReadUint(file, 0, 4, Endian::kBig);
  const uint64_t count = ReadUint(file, 4, 2, Endian::kLittle).value_or(0);
  return (head == 0x00000100 || head == 0x00000200) && count > 0 && count < 1024 &&
         file.size() > 9 && file[9] == 0;
}

bool IsSvg(std::string_view start) {
  if (start.starts_with("\xEF\xBB\xBF")) start.remove_prefix(3);
  const size_t first = start.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && start[first] == '<' &&
         start.find("<svg") != std::string_view::npos;
}

struct Signature {
  std::string_view text;
  Format format;
};

using std::string_view_literals::operator""sv;

constexpr Signature kSignatures[] = {
    {"\xFF\xD8\xFF"sv, Format::kJpeg},
    {"FUJIFILMCCD-RAW"sv, Format::kRaw},
    {"FOVb"sv, Format::kRaw},
    {"\0MRM"sv, Format::kRaw},
    {"\xFF\x0A"sv, Format::kJpegXl},
    {"\0\0\0\x0CJXL \r\n\x87\n"sv, Format::kJpegXl},
    {"\xFF\x4F\xFF\x51"sv, Format::kJpeg2000},
    {"\0\0\0\x0CjP  \r\n\x87\n"sv, Format::kJpeg2000},
    {"8BPS"sv, Format::kPsd},
    {"v/1\x01"sv, Format::kOpenExr},
    {"\x1A\x45\xDF\xA3"sv, Format::kClip},                  // Matroska, WebM
    {"\0\0\x01\xBA"sv, Format::kClip},                      // MPEG program stream
    {"\0\0\x01\xB3"sv, Format::kClip},                      // MPEG video
    {"FLV\x01"sv, Format::kClip},                           //
    {"\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, Format::kClip},  // ASF, WMV
    {"OggS"sv, Format::kClip},
    {"\x06\x0E\x2B\x34\x02\x05\x01\x01"sv, Format::kClip},  // MXF
    {".RMF"sv, Format::kClip},                              // RealMedia
    {"DKIF"sv, Format::kClip},                              // IVF
    {"YUV4MPEG2"sv, Format::kClip},
    {"nut/multimedia container"sv, Format::kClip},
    {"\x8AMNG\r\n\x1a\n"sv, Format::kClip},
};

}  // namespace

Format SniffFormat(ByteView file) {
  if (HasText(file, 0, kPngSignature)) return SniffPng(file);
  if (HasText(file, 0, "GIF87a") || HasText(file, 0, "GIF89a")) return SniffGif(file);
  if (HasText(file, 0, "RIFF")) return SniffRiff(file);
  for (const Signature& signature : kSignatures) {
    if (HasText(file, 0, signature.text)) return signature.format;
  }
  if (const auto format = SniffTiff(file)) return *format;
  if (const auto format = SniffFtyp(file)) return *format;  // before icons: sizes look like them
  if (IsBmp(file)) return Format::kBmp;
  if (IsIcon(file)) return Format::kIcon;
  const std::string_view start = Text(file, 0, std::min<size_t>(file.size(), 1024));
  if (start.find("%PDF-") != std::string_view::npos) return Format::kPdf;
  if (IsSvg(start)) return Format::kSvg;
  if (IsTransportStream(file)) return Format::kClip;  // last: any byte may come first
  return Format::kUnknown;
}

bool IsStill(Format format) {
  switch (format) {
    case Format::kJpeg:
    case Format::kPng:
    case Format::kTiff:
    case Format::kBmp:
    case Format::kGif:
    case Format::kWebp:
    case Format::kHeic:
    case Format::kAvif:
      return true;
    default:
      return false;
  }
}

bool IsClip(Format format) {
  return format == Format::kClip || format == Format::kAnimatedPng ||
         format == Format::kAnimatedGif || format == Format::kAnimatedWebp;
}

std::string_view FormatName(Format format) {
  switch (format) {
    case Format::kUnknown:
      return "unknown";
    case Format::kJpeg:
      return "JPEG";
    case Format::kPng:
      return "PNG";
    case Format::kTiff:
      return "TIFF";
    case Format::kBmp:
      return "BMP";
    case Format::kGif:
      return "GIF";
    case Format::kWebp:
      return "WebP";
    case Format::kHeic:
      return "HEIC";
    case Format::kAvif:
      return "AVIF";
    case Format::kAnimatedPng:
      return "animated PNG";
    case Format::kAnimatedGif:
      return "animated GIF";
    case Format::kAnimatedWebp:
      return "animated WebP";
    case Format::kImageSequence:
      return "HEIF image sequence";
    case Format::kClip:
      return "video";
    case Format::kRaw:
      return "camera RAW";
    case Format::kJpegXl:
      return "JPEG XL";
    case Format::kJpeg2000:
      return "JPEG 2000";
    case Format::kPdf:
      return "PDF";
    case Format::kPsd:
      return "Photoshop";
    case Format::kSvg:
      return "SVG";
    case Format::kOpenExr:
      return "OpenEXR";
    case Format::kIcon:
      return "icon";
  }
  return "unknown";
}

bool IsUsualEnding(Format format, std::string_view ending) {
  if (ending.empty()) return true;
  const auto in = [&](std::string_view list) {  // endings between single spaces
    return ending.find(' ') == std::string_view::npos &&
           (" " + std::string(list) + " ").find(" " + std::string(ending) + " ") !=
               std::string::npos;
  };
  switch (format) {
    case Format::kUnknown:
      return true;
    case Format::kJpeg:
      return in("jpg jpeg jpe jfif jfi jif mpo");
    case Format::kPng:
      return in("png");
    case Format::kAnimatedPng:
      return in("png apng");
    case Format::kTiff:
      return in("tif tiff btf tf8 bigtiff");
    case Format::kBmp:
      return in("bmp dib rle");
    case Format::kGif:
    case Format::kAnimatedGif:
      return in("gif");
    case Format::kWebp:
    case Format::kAnimatedWebp:
      return in("webp");
    case Format::kHeic:
      return in("heic heif hif");
    case Format::kAvif:
      return in("avif");
    case Format::kImageSequence:
      return in("heics heifs heic heif hif avifs avif");
    case Format::kClip:
      return in(
          "mp4 m4v mov qt 3gp 3g2 mkv webm avi ts mts m2ts tod mpg mpeg vob m2v flv wmv asf ogv "
          "ogg mxf rm rmvb ivf y4m mng");
    case Format::kRaw:
      return in(
          "dng cr2 cr3 crw nef nrw arw sr2 srf raf orf rw2 rwl pef ptx srw x3f mrw erf 3fr fff iiq "
          "mos dcr kdc raw");
    case Format::kJpegXl:
      return in("jxl");
    case Format::kJpeg2000:
      return in("jp2 j2k j2c jpc jpf jpx jpm jph jhc");
    case Format::kPdf:
      return in("pdf");
    case Format::kPsd:
      return in("psd psb");
    case Format::kSvg:
      return in("svg");
    case Format::kOpenExr:
      return in("exr");
    case Format::kIcon:
      return in("ico cur");
  }
  return true;
}

}  // namespace efface
