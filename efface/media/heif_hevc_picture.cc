#include "efface/media/heif_hevc_picture.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "efface/media/heif_beyond.h"
#include "efface/media/heif_hevc.h"
#include "efface/media/heif_items.h"
#include "efface/media/heif_shape.h"

namespace efface {
namespace {

absl::Status Damaged(absl::string_view why) {
  return absl::DataLossError(absl::StrCat("the file is truncated or damaged: ", why));
}

absl::StatusOr<HevcConfig> ConfigOf(const HeifItem& item) {
  const HeifProperty* property = FindProperty(item, "hvcC");
  auto config = property == nullptr ? std::nullopt : ReadHevcConfig(property->payload);
  if (!config) return Damaged("its HEVC configuration is broken");
  return *std::move(config);
}

absl::StatusOr<DecodedHevc> DecodeCoded(const HeifItem& item, bool to_the_end) {
  ASSIGN_OR_RETURN(const HevcConfig config, ConfigOf(item));
  const auto data = ReadHevcItem(HeifItemData(item), config.length_size);
  if (!data) return Damaged("its HEVC data is broken");
  std::vector<ByteView> nals = SplitNals(config.sets, 4);
  for (const ByteView nal : SplitNals(data->clean, config.length_size)) nals.push_back(nal);
  ASSIGN_OR_RETURN(DecodedHevc decoded, DecodeHevc(nals));
  if (!to_the_end) return decoded;
  const Bytes changed = WithChangedEnd(nals.back());
  nals.back() = changed;
  const auto other = DecodeHevc(nals);
  decoded.alone = !other.ok() || !SamePicture(other->picture.picture(), decoded.picture.picture());
  return decoded;
}

bool SameFormat(const YuvPicture& a, const YuvPicture& b) {
  return a.width == b.width && a.height == b.height && a.bits == b.bits && a.shift_x == b.shift_x &&
         a.shift_y == b.shift_y && a.grey() == b.grey();
}

// Copies what of `tile` lies within `whole` when its corner is at x, y.
void Paste(const YuvPicture& tile, int x, int y, const YuvPicture& whole) {
  for (int plane = 0; plane < 3; ++plane) {
    if (tile.planes[plane] == nullptr) continue;
    const PlaneGrid from = GridOf(tile, plane), to = GridOf(whole, plane);
    const int left = x / static_cast<int>(to.sub_x), top = y / static_cast<int>(to.sub_y);
    const int width = std::min(from.width, to.width - left);
    const int height = std::min(from.height, to.height - top);
    const int bytes = tile.bits > 8 ? 2 : 1;
    for (int row = 0; row < height; ++row) {
      const uint8_t* source = tile.planes[plane] + row * tile.row_bytes[plane];
      std::copy(source, source + width * bytes,
                whole.planes[plane] + (top + row) * whole.row_bytes[plane] + left * bytes);
    }
  }
}

absl::StatusOr<DecodedHevc> DecodeGrid(const HeifItem& item,
                                       const std::vector<const HeifItem*>& tiles, bool to_the_end) {
  ASSIGN_OR_RETURN(const HeifGrid grid, ReadHeifGrid(item, tiles.size()));
  const auto size = StatedSize(item);
  if (!size || size->width != grid.width || size->height != grid.height) {
    return Damaged("its grid has another size than it states");
  }
  ASSIGN_OR_RETURN(DecodedHevc tile, DecodeCoded(*tiles[0], to_the_end));
  const YuvPicture first = tile.picture.picture();
  const int64_t width = first.width, height = first.height;
  // Tiles cover the picture, and each of them shows.
  if (width * grid.columns < grid.width || height * grid.rows < grid.height ||
      width * (grid.columns - 1) >= grid.width || height * (grid.rows - 1) >= grid.height) {
    return Damaged("the tiles of its grid do not fit");
  }
  if ((grid.columns > 1 && first.shift_x != 0 && width % 2 != 0) ||
      (grid.rows > 1 && first.shift_y != 0 && height % 2 != 0)) {
    return absl::UnimplementedError("the file's tiles meet within a chroma sample");
  }
  YuvPicture format = first;
  format.width = static_cast<int>(grid.width);
  format.height = static_cast<int>(grid.height);
  DecodedHevc whole{YuvBuffer(format, first.grey(), /*alpha=*/false)};
  for (size_t i = 0; i < tiles.size(); ++i) {
    if (i > 0) {
      ASSIGN_OR_RETURN(tile, DecodeCoded(*tiles[i], to_the_end));
    }
    if (!SameFormat(tile.picture.picture(), first)) return Damaged("its tiles differ");
    const int column = static_cast<int>(i) % grid.columns;
    const int row = static_cast<int>(i) / grid.columns;
    Paste(tile.picture.picture(), column * first.width, row * first.height,
          whole.picture.picture());
    whole.faulty = whole.faulty || tile.faulty;
    whole.alone =
        whole.alone && tile.alone &&
        OnlyPadding(tile.picture.picture(), ShownOfTile(grid, i, first.width, first.height));
  }
  return whole;
}

absl::StatusOr<DecodedHevc> DecodeItem(const HeifItems& items, const HeifItem& item,
                                       bool to_the_end) {
  ASSIGN_OR_RETURN(const auto tiles, items.Leaves(item));
  if (item.type == "grid") return DecodeGrid(item, tiles, to_the_end);
  ASSIGN_OR_RETURN(DecodedHevc decoded, DecodeCoded(item, to_the_end));
  const auto size = StatedSize(item);
  const YuvPicture& picture = decoded.picture.picture();
  if (!size || size->width != picture.width || size->height != picture.height) {
    return Damaged("its picture has another size than it states");
  }
  return decoded;
}

// Colour as "colr" states it, which goes before what the coded data says.
void TakeColor(const HeifItem& item, YuvPicture& picture) {
  for (const HeifProperty& property : item.properties) {
    if (property.type != "colr" || !HasText(property.payload, 0, "nclx") ||
        property.payload.size() < 11) {
      continue;
    }
    const auto field = [&](size_t at) {
      return static_cast<int>(*ReadUint(property.payload, at, 2, Endian::kBig));
    };
    picture.primaries = field(4);
    picture.transfer = field(6);
    picture.coefficients = field(8);
    picture.full_range = (property.payload[10] & 0x80) != 0;
  }
}

// Adds the alpha plane to `picture`.
absl::Status AddAlphaPlane(const DecodedHevc& alpha, DecodedHevc& decoded) {
  const YuvPicture plane = alpha.picture.picture();
  const YuvPicture color = decoded.picture.picture();
  if (plane.width != color.width || plane.height != color.height || plane.bits != color.bits) {
    return absl::UnimplementedError(
        "the file's alpha plane has another size or bit depth than its picture");
  }
  DecodedHevc both{YuvBuffer(color, color.grey(), /*alpha=*/true), decoded.faulty || alpha.faulty,
                   decoded.alone && alpha.alone};
  Paste(color, 0, 0, both.picture.picture());
  const YuvPicture& out = both.picture.picture();
  for (int y = 0; y < out.height; ++y) {
    const uint8_t* row = plane.planes[0] + y * plane.row_bytes[0];
    std::copy(row, row + out.row_bytes[3], out.planes[3] + y * out.row_bytes[3]);
  }
  decoded = std::move(both);
  return absl::OkStatus();
}

bool IsTurnedOrCropped(const HeifItem& item) {
  return std::any_of(item.properties.begin(), item.properties.end(), [](const HeifProperty& each) {
    return each.type == "irot" || each.type == "imir" || each.type == "clap";
  });
}

}  // namespace

absl::StatusOr<HevcHeader> ReadHevcHeader(const HeifFile& heif) {
  const HeifItems items(heif);
  const HeifItem* primary = items.Find(heif.primary);
  if (primary == nullptr) return Damaged("its picture is missing");
  ASSIGN_OR_RETURN(const HeifItem* alpha, items.Alpha(*primary));
  for (const HeifItem* picture : {primary, alpha}) {
    if (picture == nullptr) continue;
    ASSIGN_OR_RETURN(const auto tiles, items.Leaves(*picture));
    for (const HeifItem* tile : tiles) {
      if (tile->type != "hvc1") {
        return absl::UnimplementedError("the file holds a picture that is not coded with HEVC");
      }
      if (picture != primary && IsTurnedOrCropped(*picture) && !IsTurnedOrCropped(*primary)) {
        return absl::UnimplementedError("the file turns or crops its alpha plane alone");
      }
      if (tile != picture && IsTurnedOrCropped(*tile)) {
        return absl::UnimplementedError("the file turns or crops its tiles one by one");
      }
    }
  }
  ASSIGN_OR_RETURN(const auto tiles, items.Leaves(*primary));
  ASSIGN_OR_RETURN(const HevcConfig config, ConfigOf(*tiles[0]));
  const auto size = StatedSize(*primary);
  if (!size) return Damaged("its picture states no size");
  HevcHeader header;
  header.width = static_cast<int>(std::min<int64_t>(size->width, 1 << 30));
  header.height = static_cast<int>(std::min<int64_t>(size->height, 1 << 30));
  header.shift_x = config.chroma == 1 || config.chroma == 2;
  header.shift_y = config.chroma == 1;
  header.grey = config.chroma == 0;
  header.bits = config.bits;
  header.alpha = alpha != nullptr;
  header.premultiplied =
      alpha != nullptr &&
      std::any_of(heif.references.begin(), heif.references.end(), [&](const HeifReference& each) {
        return each.type == "prem" && each.from == primary->id &&
               std::find(each.to.begin(), each.to.end(), alpha->id) != each.to.end();
      });
  return header;
}

absl::StatusOr<DecodedHevc> DecodeHevcPicture(const HeifFile& heif, bool to_the_end) {
  const HeifItems items(heif);
  const HeifItem* primary = items.Find(heif.primary);
  if (primary == nullptr) return Damaged("its picture is missing");
  ASSIGN_OR_RETURN(DecodedHevc decoded, DecodeItem(items, *primary, to_the_end));
  ASSIGN_OR_RETURN(const HeifItem* alpha, items.Alpha(*primary));
  if (alpha != nullptr) {
    ASSIGN_OR_RETURN(const DecodedHevc plane, DecodeItem(items, *alpha, to_the_end));
    RETURN_IF_ERROR(AddAlphaPlane(plane, decoded));
  }
  TakeColor(items.ColorOf(*primary), decoded.picture.picture());
  return decoded;
}

}  // namespace efface
