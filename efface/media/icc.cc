// Numbers of clauses are ICC.1:2022's. Versions 2 and 4 differ in the form of texts alone, as far
// as tags are kept here.
#include "efface/media/icc.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace efface {
namespace {

constexpr size_t kHeader = 128, kTagEntry = 12;
constexpr uint64_t kMaxTags = 100;
constexpr int kConnectionChannels = 3;  // XYZ or Lab
constexpr size_t kSlack = 4096;         // a profile may grow by this, for texts and alignment

enum class Kind { kXyz, kCurve, kAdaptation, kFromDevice, kToDevice, kGamut, kCicp };

struct KnownTag {
  std::string_view name;
  Kind kind;
};
// 9.2, in the order in which they are written.
constexpr std::array kTags = {
    KnownTag{"wtpt", Kind::kXyz},        KnownTag{"bkpt", Kind::kXyz},
    KnownTag{"rXYZ", Kind::kXyz},        KnownTag{"gXYZ", Kind::kXyz},
    KnownTag{"bXYZ", Kind::kXyz},        KnownTag{"rTRC", Kind::kCurve},
    KnownTag{"gTRC", Kind::kCurve},      KnownTag{"bTRC", Kind::kCurve},
    KnownTag{"kTRC", Kind::kCurve},      KnownTag{"chad", Kind::kAdaptation},
    KnownTag{"lumi", Kind::kXyz},        KnownTag{"A2B0", Kind::kFromDevice},
    KnownTag{"A2B1", Kind::kFromDevice}, KnownTag{"A2B2", Kind::kFromDevice},
    KnownTag{"B2A0", Kind::kToDevice},   KnownTag{"B2A1", Kind::kToDevice},
    KnownTag{"B2A2", Kind::kToDevice},   KnownTag{"gamt", Kind::kGamut},
    KnownTag{"cicp", Kind::kCicp}};

uint64_t Number(ByteView bytes, size_t at, int size) {
  return ReadUint(bytes, at, size, Endian::kBig).value_or(0);
}

void Put(Bytes& out, uint64_t value, int size) { AppendUint(out, value, size, Endian::kBig); }

void Align(Bytes& out) { out.resize((out.size() + 3) / 4 * 4); }

// The bytes of a type that is `size` long, with its reserved bytes cleared; nullopt where it isn't
// there as a whole.
std::optional<Bytes> Typed(ByteView data, std::string_view type, size_t size) {
  const auto whole = Slice(data, 0, size);
  if (!whole || !HasText(data, 0, type)) return std::nullopt;
  Bytes out(whole->begin(), whole->end());
  std::fill_n(out.begin() + 4, 4, uint8_t{0});
  return out;
}

// 10.6 curveType, 10.18 parametricCurveType. What follows one is not looked at.
std::optional<Bytes> Curve(ByteView data) {
  if (HasText(data, 0, "curv")) return Typed(data, "curv", 12 + 2 * Number(data, 8, 4));
  constexpr std::array kParameters = {1, 3, 4, 5, 7};
  const uint64_t function = Number(data, 8, 2);
  if (function >= kParameters.size()) return std::nullopt;
  auto curve = Typed(data, "para", 12 + 4 * static_cast<size_t>(kParameters.at(function)));
  if (curve) (*curve)[10] = (*curve)[11] = 0;
  return curve;
}

// `count` curves one after another, each aligned (10.12.2).
std::optional<Bytes> Curves(ByteView data, int count) {
  Bytes out;
  for (int i = 0; i < count; ++i) {
    const auto rest = Slice(data, out.size(), data.size() - std::min(data.size(), out.size()));
    const auto curve = rest ? Curve(*rest) : std::nullopt;
    if (!curve) return std::nullopt;
    Append(out, *curve);
    Align(out);
  }
  return out;
}

// 10.10, 10.11 lut8Type and lut16Type: two matrices of fixed size, then tables whose sizes are
// known.
std::optional<Bytes> Lut(ByteView data, int from, int to) {
  const bool wide = HasText(data, 0, "mft2");
  size_t size = wide ? 52 : 48;
  const uint64_t entries_in = wide ? Number(data, 48, 2) : 256;
  const uint64_t entries_out = wide ? Number(data, 50, 2) : 256;
  uint64_t points = static_cast<uint64_t>(to);
  for (int i = 0; i < from && points <= data.size(); ++i) points *= Number(data, 10, 1);
  if (points == 0 || points > data.size()) return std::nullopt;
  size += (wide ? 2 : 1) * (static_cast<uint64_t>(from) * entries_in + points +
                            static_cast<uint64_t>(to) * entries_out);
  auto out = Typed(data, wide ? "mft2" : "mft1", size);
  if (out) (*out)[11] = 0;
  return out;
}

// 10.12.5: points of the grid a side, bytes a value, values.
std::optional<Bytes> Grid(ByteView data, int from, int to) {
  constexpr size_t kGridHeader = 20;
  const uint64_t precision = Number(data, 16, 1);
  if (precision != 1 && precision != 2) return std::nullopt;
  uint64_t size = static_cast<uint64_t>(to) * precision;
  for (int i = 0; i < from && size <= data.size(); ++i) {
    size *= Number(data, static_cast<size_t>(i), 1);
  }
  if (size == 0 || size > data.size()) return std::nullopt;
  const auto values = Slice(data, kGridHeader, size);
  if (!values) return std::nullopt;
  Bytes out(data.begin(), data.begin() + from);
  out.resize(16);
  Put(out, precision, 1);
  out.resize(kGridHeader);
  Append(out, *values);
  Align(out);
  return out;
}

// 10.12, 10.13 lutAToBType and lutBToAType: up to five parts, each at an offset of its own.
std::optional<Bytes> LutOfParts(ByteView data, int from, int to, bool from_device) {
  const std::string_view type = from_device ? "mAB " : "mBA ";
  if (!HasText(data, 0, type)) return std::nullopt;
  enum Part { kB, kMatrix, kM, kGrid, kA, kParts };
  // On the side of the connection space stand B, matrix and M, on the device's A.
  const int connection = from_device ? to : from, device = from_device ? from : to;
  std::array<size_t, kParts> offsets = {};
  Bytes parts;
  for (int part = 0; part < kParts; ++part) {
    const auto at = static_cast<size_t>(Number(data, 12 + 4 * static_cast<size_t>(part), 4));
    if (at == 0) continue;
    const auto rest = Slice(data, at, data.size() - std::min(data.size(), at));
    if (!rest) return std::nullopt;
    std::optional<Bytes> made;
    if (part == kMatrix) {
      if (const auto matrix = Slice(*rest, 0, 48)) made.emplace(matrix->begin(), matrix->end());
    } else if (part == kGrid) {
      made = Grid(*rest, from, to);
    } else {
      made = Curves(*rest, part == kA ? device : connection);
    }
    if (!made) return std::nullopt;
    offsets.at(static_cast<size_t>(part)) = 32 + parts.size();
    Append(parts, *made);
  }
  if (offsets[kB] == 0 || (offsets[kMatrix] == 0) != (offsets[kM] == 0) ||
      (offsets[kGrid] == 0) != (offsets[kA] == 0) || (offsets[kGrid] == 0 && from != to)) {
    return std::nullopt;
  }
  Bytes out;
  Append(out, AsBytes(type));
  Put(out, 0, 4);
  Put(out, static_cast<uint64_t>(from), 1);
  Put(out, static_cast<uint64_t>(to), 1);
  Put(out, 0, 2);
  for (const size_t offset : offsets) Put(out, offset, 4);
  Append(out, parts);
  return out;
}

std::optional<Bytes> Table(ByteView data, int from, int to, bool from_device) {
  if (Number(data, 8, 1) != static_cast<uint64_t>(from) ||
      Number(data, 9, 1) != static_cast<uint64_t>(to)) {
    return std::nullopt;
  }
  if (HasText(data, 0, "mft1") || HasText(data, 0, "mft2")) return Lut(data, from, to);
  return LutOfParts(data, from, to, from_device);
}

std::optional<Bytes> Tag(ByteView data, Kind kind, int channels) {
  switch (kind) {
    case Kind::kXyz:
      return Typed(data, "XYZ ", 20);
    case Kind::kCurve:
      return Curve(data);
    case Kind::kAdaptation:
      return Typed(data, "sf32", 8 + 9 * 4);
    case Kind::kFromDevice:
      return Table(data, channels, kConnectionChannels, true);
    case Kind::kToDevice:
      return Table(data, kConnectionChannels, channels, false);
    case Kind::kGamut:
      return Table(data, kConnectionChannels, 1, false);
    case Kind::kCicp:
      return Typed(data, "cicp", 12);
  }
  return std::nullopt;
}

// A neutral text: 10.15 multiLocalizedUnicodeType, in version 2 textDescriptionType and textType.
Bytes Text(std::string_view text, bool version4, bool description) {
  Bytes out;
  if (version4) {
    Append(out, AsBytes(std::string_view("mluc\0\0\0\0\0\0\0\1\0\0\0\x0C"
                                         "enUS",
                                         20)));
    Put(out, 2 * text.size(), 4);
    Put(out, 28, 4);
    for (const char c : text) Put(out, static_cast<uint8_t>(c), 2);
  } else {
    Append(out, AsBytes(description ? "desc" : "text"));
    Put(out, 0, 4);
    if (description) Put(out, text.size() + 1, 4);
    Append(out, AsBytes(text));
    Put(out, 0, 1);
    if (description) out.resize(out.size() + 4 + 4 + 2 + 1 + 67);  // no other languages
  }
  return out;
}

int ChannelsOf(ByteView profile) {
  constexpr std::pair<std::string_view, int> kSpaces[] = {
      {"GRAY", 1}, {"RGB ", 3}, {"Lab ", 3}, {"CMYK", 4}};
  for (const auto& [name, channels] : kSpaces) {
    if (HasText(profile, 16, name)) return channels;
  }
  return 0;
}

bool IsOneOf(ByteView profile, size_t at, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return HasText(profile, at, name); });
}

struct NamedTag {
  std::string_view name;
  Bytes data;
};

bool Has(const std::vector<NamedTag>& tags, std::initializer_list<std::string_view> names) {
  return std::all_of(names.begin(), names.end(), [&](std::string_view name) {
    return std::any_of(tags.begin(), tags.end(), [&](const NamedTag& t) { return t.name == name; });
  });
}

// The whitelisted tags of a profile that can be read.
std::vector<NamedTag> ReadTags(ByteView profile, int channels) {
  std::vector<NamedTag> tags;
  const size_t count = static_cast<size_t>(std::min(Number(profile, kHeader, 4), kMaxTags));
  for (const KnownTag& known : kTags) {
    for (size_t i = 0; i < count; ++i) {
      const size_t at = kHeader + 4 + i * kTagEntry;
      if (!HasText(profile, at, known.name)) continue;
      const auto data = Slice(profile, static_cast<size_t>(Number(profile, at + 4, 4)),
                              static_cast<size_t>(Number(profile, at + 8, 4)));
      auto tag = data ? Tag(*data, known.kind, channels) : std::nullopt;
      if (tag) tags.push_back({known.name, *std::move(tag)});
      break;
    }
  }
  return tags;
}

// 7.2, with nothing but what samples need.
void PutHeader(ByteView profile, bool version4, Bytes& out) {
  Put(out, 0, 4);  // the size, at the end
  Put(out, 0, 4);  // preferred CMM
  Put(out, version4 ? 0x04400000 : 0x02400000, 4);
  Append(out, profile.subspan(12, 12));  // class, colour space, connection space
  for (const int number : {2000, 1, 1, 0, 0, 0}) Put(out, static_cast<uint64_t>(number), 2);
  Append(out, AsBytes("acsp"));
  out.resize(64);  // platform, flags, device, attributes
  const uint64_t intent = Number(profile, 64, 4);
  Put(out, intent <= 3 ? intent : 0, 4);
  for (const uint64_t d50 : {0xF6D6, 0x10000, 0xD32D}) Put(out, d50, 4);
  out.resize(kHeader);  // creator, identity
}

}  // namespace

std::optional<Bytes> RebuildIcc(ByteView profile) {
  const auto stated = Slice(profile, 0, static_cast<size_t>(Number(profile, 0, 4)));
  if (!stated || stated->size() < kHeader + 4 || !HasText(*stated, 36, "acsp")) return std::nullopt;
  profile = *stated;
  const uint64_t version = Number(profile, 8, 1);
  const int channels = ChannelsOf(profile);
  if (version > 4 || channels == 0 || !IsOneOf(profile, 12, {"scnr", "mntr", "prtr", "spac"}) ||
      !IsOneOf(profile, 20, {"XYZ ", "Lab "})) {
    return std::nullopt;
  }
  const bool version4 = version == 4;
  std::vector<NamedTag> tags = ReadTags(profile, channels);
  const bool whole =
      Has(tags, {"A2B0"}) || (channels == 1 && Has(tags, {"kTRC"})) ||
      (HasText(profile, 16, "RGB ") && Has(tags, {"rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"}));
  if (!whole) return std::nullopt;
  tags.insert(tags.begin(), {{"desc", Text("colour profile", version4, true)},
                             {"cprt", Text("none stated", version4, false)}});

  Bytes out;
  PutHeader(profile, version4, out);
  Put(out, tags.size(), 4);
  Bytes data;
  std::vector<size_t> offsets;
  const size_t data_at = kHeader + 4 + kTagEntry * tags.size();
  for (size_t i = 0; i < tags.size(); ++i) {
    // Equal ones (the curves of grey, say) are stored once.
    const auto same = std::find_if(tags.begin(), tags.begin() + static_cast<ptrdiff_t>(i),
                                   [&](const NamedTag& tag) { return tag.data == tags[i].data; });
    const auto before = static_cast<size_t>(same - tags.begin());
    offsets.push_back(before < i ? offsets[before] : data_at + data.size());
    if (before == i) {
      Append(data, tags[i].data);
      Align(data);
    }
    Append(out, AsBytes(tags[i].name));
    Put(out, offsets.back(), 4);
    Put(out, tags[i].data.size(), 4);
  }
  Append(out, data);
  // Tags that lie over each other could make a small profile large.
  if (out.size() > profile.size() + kSlack) return std::nullopt;
  Bytes size;
  Put(size, out.size(), 4);
  std::copy(size.begin(), size.end(), out.begin());
  return out;
}

Bytes KeptIcc(ByteView profile, const Keep& keep, Keep& kept, std::vector<std::string>& warnings) {
  if (profile.empty()) return {};
  if (!keep.icc) {
    warnings.emplace_back("the colour profile was left out, as asked: colours may look different");
    return {};
  }
  auto made = RebuildIcc(profile);
  if (!made) {
    warnings.emplace_back(
        "the colour profile is broken, or of a kind that cannot be written anew, and was left out");
    return {};
  }
  kept.icc = true;
  return *std::move(made);
}

}  // namespace efface
