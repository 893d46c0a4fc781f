#include "efface/media/heif_items.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace efface {
namespace {

constexpr size_t kMaxTiles = 4096;  // far more than the tiles of 256 pixels in the largest picture

// ISO/IEC 23008-12, 6.5.8; both names are in use.
bool IsAlpha(const HeifItem& item) {
  const HeifProperty* kind = FindProperty(item, "auxC");
  if (kind == nullptr) return false;
  for (const std::string_view urn :
       {"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1"}) {
    if (HasText(kind->payload, 4, urn) && kind->payload.size() > 4 + urn.size() &&
        kind->payload[4 + urn.size()] == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

Bytes HeifItemData(const HeifItem& item) {
  Bytes data;
  for (const ByteView extent : item.extents) Append(data, extent);
  return data;
}

const HeifProperty* FindProperty(const HeifItem& item, std::string_view type) {
  const HeifProperty* found = nullptr;
  for (const HeifProperty& property : item.properties) {
    if (property.type != type) continue;
    if (found != nullptr) return nullptr;
    found = &property;
  }
  return found;
}

absl::StatusOr<HeifGrid> ReadHeifGrid(const HeifItem& item, size_t tiles) {
  const auto damaged = [](absl::string_view why) {
    return absl::DataLossError(absl::StrCat("the file is truncated or damaged: ", why));
  };
  const Bytes data = HeifItemData(item);
  const int size = data.size() > 1 && (data[1] & 1) != 0 ? 4 : 2;
  const auto width = ReadUint(data, 4, size, Endian::kBig);
  const auto height = ReadUint(data, static_cast<size_t>(4 + size), size, Endian::kBig);
  if (!width || !height || data[0] != 0) return damaged("its grid is broken");
  HeifGrid grid{data[2] + 1, data[3] + 1, static_cast<int64_t>(*width),
                static_cast<int64_t>(*height)};
  if (static_cast<size_t>(grid.rows) * static_cast<size_t>(grid.columns) != tiles) {
    return damaged("its grid has too few or too many tiles");
  }
  return grid;
}

HeifItems::HeifItems(const HeifFile& heif) {
  for (const HeifItem& item : heif.items) items_.emplace(item.id, &item);
  for (const HeifReference& reference : heif.references) {
    if (reference.type == "dimg") derived_.emplace(reference.from, &reference);
    if (reference.type != "auxl") continue;
    const HeifItem* from = Find(reference.from);
    if (from == nullptr || !IsAlpha(*from)) continue;
    for (const uint32_t to : reference.to) alpha_.emplace(to, from);
  }
}

const HeifItem* HeifItems::Find(uint32_t id) const {
  const auto found = items_.find(id);
  return found == items_.end() ? nullptr : found->second;
}

std::vector<const HeifItem*> HeifItems::Sources(const HeifItem& item) const {
  std::vector<const HeifItem*> sources;
  if (derived_.count(item.id) != 1) return sources;
  for (const uint32_t id : derived_.find(item.id)->second->to) sources.push_back(Find(id));
  return sources;
}

absl::StatusOr<std::vector<const HeifItem*>> HeifItems::Leaves(const HeifItem& item) const {
  if (item.type == "iden" || item.type == "iovl") {
    return absl::UnimplementedError(
        "the file's picture is put together from others, which is not supported");
  }
  if (item.type != "grid") return std::vector<const HeifItem*>{&item};
  std::vector<const HeifItem*> tiles = Sources(item);
  if (tiles.empty()) return absl::DataLossError("the file is damaged: its picture has no tiles");
  if (tiles.size() > kMaxTiles) {
    return absl::UnimplementedError("the file's picture has more tiles than are read");
  }
  for (const HeifItem* tile : tiles) {
    if (tile == nullptr) return absl::DataLossError("the file is damaged: a tile is missing");
    if (tile->type != tiles.front()->type || derived_.contains(tile->id)) {
      return absl::UnimplementedError("the file's picture is a grid of grids, or of mixed tiles");
    }
  }
  return tiles;
}

const HeifItem& HeifItems::ColorOf(const HeifItem& picture) const {
  const auto has_color = [](const HeifItem& item) {
    return std::any_of(item.properties.begin(), item.properties.end(),
                       [](const HeifProperty& property) { return property.type == "colr"; });
  };
  if (has_color(picture)) return picture;
  const auto sources = Sources(picture);
  const bool in_tiles = !sources.empty() && sources[0] != nullptr && has_color(*sources[0]);
  return in_tiles ? *sources[0] : picture;
}

absl::StatusOr<const HeifItem*> HeifItems::Alpha(const HeifItem& picture) const {
  const auto unusual = [] {
    return absl::UnimplementedError("the file's picture has several alpha planes");
  };
  for (const HeifItem* source : Sources(picture)) {
    if (source != nullptr && alpha_.contains(source->id)) return unusual();
  }
  const auto [begin, end] = alpha_.equal_range(picture.id);
  if (begin == end) return nullptr;
  if (std::next(begin) != end) return unusual();
  return begin->second;
}

}  // namespace efface
