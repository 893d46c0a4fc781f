#include "efface/media/heif_copy.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/isobmff.h"
#include "base/status.h"
#include "efface/media/heif_av1.h"
#include "efface/media/heif_hevc.h"
#include "efface/media/heif_items.h"
#include "efface/media/heif_shape.h"
#include "efface/media/icc.h"

namespace efface {
namespace {

constexpr size_t kMaxItems = 65'000;

absl::Status CannotCopy(absl::string_view why) {
  return absl::UnimplementedError(absl::StrCat("the coded picture cannot be copied: ", why));
}

// The boxes of a property that may be copied, so far as they hold what their kind says and nothing
// else; nullopt for any other.
std::optional<Bytes> CleanProperty(const HeifProperty& property) {
  const ByteView payload = property.payload;
  const std::string& type = property.type;
  // Kinds of a fixed size: bytes of the payload.
  constexpr std::pair<std::string_view, size_t> kFixed[] = {
      {"ispe", 12}, {"irot", 1}, {"imir", 1}, {"pasp", 8}, {"clli", 4}, {"mdcv", 24}};
  for (const auto& [name, size] : kFixed) {
    if (type == name && payload.size() == size) return MakeBox(name, payload);
  }
  if (type == "pixi" && payload.size() > 5 && payload.size() == size_t{5} + payload[4]) {
    return MakeBox(type, payload);
  }
  if (type == "colr" && HasText(payload, 0, "nclx") && payload.size() >= 11) {
    return MakeBox(type, payload.first(11));
  }
  if (type == "colr" && (HasText(payload, 0, "prof") || HasText(payload, 0, "rICC"))) {
    return MakeBox(type, payload);
  }
  if (type == "auxC") {  // of alpha: up to the end of its name
    const auto end =
        std::find(payload.begin() + std::min<size_t>(payload.size(), 4), payload.end(), 0);
    if (end != payload.end()) {
      return MakeBox(type, payload.first(static_cast<size_t>(end - payload.begin()) + 1));
    }
  }
  return std::nullopt;
}

// Kinds that change how a picture looks even where they are not marked as essential.
bool ChangesPicture(const std::string& type) {
  return type == "clap" || type == "iscl" || type == "lsel" || type == "a1op";
}

class Extractor {
 public:
  explicit Extractor(const HeifFile& heif) : heif_(heif), items_(heif) {}

  absl::StatusOr<HeifOut> Extract() {
    const HeifItem* primary = items_.Find(heif_.primary);
    if (primary == nullptr) return CannotCopy("it is missing");
    RETURN_IF_ERROR(AddPicture(*primary, /*hidden=*/false));
    ASSIGN_OR_RETURN(const HeifItem* alpha, items_.Alpha(*primary));
    if (alpha != nullptr) RETURN_IF_ERROR(AddAlphaItem(*alpha));
    return SetBrands();
  }

 private:
  absl::Status AddAlphaItem(const HeifItem& alpha) {
    if (added_.contains(alpha.id)) return CannotCopy("its alpha is part of the picture");
    const size_t place = out_.items.size();
    RETURN_IF_ERROR(AddPicture(alpha, /*hidden=*/true));
    out_.references.push_back({"auxl", place, {0}});
    for (const HeifReference& reference : heif_.references) {
      if (reference.type == "prem" && reference.from == heif_.primary &&
          reference.to == std::vector<uint32_t>{alpha.id}) {
        out_.references.push_back({"prem", 0, {place}});
      }
    }
    return absl::OkStatus();
  }

  // Adds a coded item, or a grid and its tiles.
  absl::Status AddPicture(const HeifItem& item, bool hidden) {
    if (out_.items.size() >= kMaxItems) return CannotCopy("it has too many tiles");
    if (item.extents.empty()) return CannotCopy("its data is cut off");
    const size_t place = out_.items.size();
    added_[item.id] = place;
    out_.items.emplace_back();
    HeifOutItem copy;
    copy.type = item.type;
    copy.hidden = hidden || item.hidden;
    RETURN_IF_ERROR(CopyProperties(item, copy));
    const Bytes data = HeifItemData(item);
    std::vector<const HeifItem*> tiles;
    if (item.type == "grid") {
      ASSIGN_OR_RETURN(tiles, items_.Leaves(item));
      RETURN_IF_ERROR(CheckGrid(data, tiles));
      copy.data = data;
    } else if (item.type == "hvc1") {
      const auto clean = ReadHevcItem(data, length_size_);
      if (!clean || clean->clean.empty()) return CannotCopy("its data is not plain HEVC");
      copy.data = clean->clean;
    } else if (item.type == "av01") {
      const auto clean = CleanAv1(data);
      if (!clean || clean->empty()) return CannotCopy("its data is not plain AV1");
      copy.data = *clean;
    } else {
      return CannotCopy("it is made of others");
    }
    out_.items[place] = std::move(copy);
    if (item.type == "grid") RETURN_IF_ERROR(AddTiles(place, tiles));
    return absl::OkStatus();
  }

  absl::Status AddTiles(size_t grid, const std::vector<const HeifItem*>& tiles) {
    HeifOutReference reference{"dimg", grid, {}};
    for (const HeifItem* tile : tiles) {
      if (!added_.contains(tile->id)) RETURN_IF_ERROR(AddPicture(*tile, /*hidden=*/true));
      reference.to.push_back(added_[tile->id]);
    }
    out_.references.push_back(std::move(reference));
    return absl::OkStatus();
  }

  // ISO/IEC 23008-12, 6.6.2.3.2.
  static absl::Status CheckGrid(const Bytes& data, const std::vector<const HeifItem*>& tiles) {
    const bool plain = data.size() >= 2 && data[0] == 0 && data[1] <= 1 &&
                       data.size() == (data[1] == 1 ? size_t{12} : size_t{8});
    if (!plain || tiles.size() != (size_t{data[2]} + 1) * (size_t{data[3]} + 1)) {
      return CannotCopy("its grid is broken");
    }
    return absl::OkStatus();
  }

  absl::Status CopyProperties(const HeifItem& item, HeifOutItem& copy) {
    bool configured = false;
    for (const HeifProperty& property : item.properties) {
      std::optional<Bytes> box;
      if (property.type == "hvcC" && item.type == "hvc1") {
        const auto config = ReadHevcConfig(property.payload);
        if (!config || configured) return CannotCopy("its HEVC configuration is broken");
        length_size_ = config->length_size;
        configured = true;
        box = MakeBox("hvcC", config->clean);
      } else if (property.type == "av1C" && item.type == "av01") {
        const auto config = CleanAv1Config(property.payload);
        if (!config || configured) return CannotCopy("its AV1 configuration is broken");
        configured = true;
        box = MakeBox("av1C", *config);
      } else {
        box = CleanProperty(property);
      }
      if (box) {
        copy.properties.push_back({*std::move(box), property.essential});
      } else if (property.essential || ChangesPicture(property.type)) {
        return CannotCopy("it has a property that is not known to be harmless");
      }
    }
    if (!configured && item.type != "grid") return CannotCopy("it lacks its configuration");
    return absl::OkStatus();
  }

  absl::StatusOr<HeifOut> SetBrands() {
    constexpr std::string_view kKnown[] = {"heic", "heix", "mif1", "avif",
                                           "miaf", "MA1A", "MA1B", "MiHB"};
    const auto known = [&](const std::string& brand) {
      return std::find(std::begin(kKnown), std::end(kKnown), brand) != std::end(kKnown);
    };
    if (!known(heif_.major_brand)) return CannotCopy("its kind of file is not known");
    out_.major_brand = heif_.major_brand;
    for (const std::string& brand : heif_.brands) {
      const bool twice =
          std::find(out_.brands.begin(), out_.brands.end(), brand) != out_.brands.end();
      if (known(brand) && !twice) out_.brands.push_back(brand);
    }
    return std::move(out_);
  }

  const HeifFile& heif_;
  const HeifItems items_;
  HeifOut out_;
  std::map<uint32_t, size_t> added_;  // item number -> place in out_.items
  int length_size_ = 4;               // of the hvc1 item whose properties were copied last
};

}  // namespace

absl::StatusOr<HeifOut> ExtractHeif(const HeifFile& heif) { return Extractor(heif).Extract(); }

void KeepTurn(const HeifFile& source, HeifOut& out) {
  const HeifItem* primary = source.Find(source.primary);
  if (primary == nullptr || out.items.empty()) return;
  for (const HeifProperty& property : primary->properties) {
    if (property.type != "irot" && property.type != "imir" && property.type != "pasp") continue;
    if (auto box = CleanProperty(property)) {
      out.items.front().properties.push_back({*std::move(box), property.essential});
    }
  }
}

void KeepColor(const HeifFile& source, HeifOut& out) {
  const HeifItems items(source);
  const HeifItem* primary = items.Find(source.primary);
  if (primary == nullptr || out.items.empty()) return;
  for (HeifOutItem& item : out.items) {
    std::erase_if(item.properties,
                  [](const HeifOutProperty& property) { return HasText(property.box, 4, "colr"); });
  }
  const auto keep = [&](const HeifItem& item, absl::string_view type) {
    for (const HeifProperty& property : item.properties) {
      if (property.type != type) continue;
      if (auto box = CleanProperty(property)) {
        out.items.front().properties.push_back({*std::move(box), false});
      }
    }
  };
  keep(items.ColorOf(*primary), "colr");
  keep(*primary, "clli");
  keep(*primary, "mdcv");
}

KeptExif ReadHeifExif(const HeifFile& heif) {
  const HeifItems items(heif);
  for (const HeifReference& reference : heif.references) {
    const HeifItem* item = items.Find(reference.from);
    const bool of_primary =
        std::find(reference.to.begin(), reference.to.end(), heif.primary) != reference.to.end();
    if (reference.type != "cdsc" || !of_primary || item == nullptr || item->type != "Exif") {
      continue;
    }
    const Bytes data = HeifItemData(*item);
    const auto offset =
        ReadUint(data, 0, 4, Endian::kBig);  // of the TIFF header, behind this field
    if (!offset || *offset > data.size() - 4) continue;
    KeptExif kept = ReadKeptExif(ByteView(data).subspan(4 + static_cast<size_t>(*offset)));
    kept.orientation = 1;
    return kept;
  }
  return {};
}

void FinishHeif(const HeifFile& source, HeifOut out, const Keep& keep, WrittenStill& written) {
  for (HeifOutItem& item : out.items) {
    std::erase_if(item.properties, [&](HeifOutProperty& property) {
      // Size, "colr", kind, profile.
      constexpr size_t kKind = 8, kProfile = 12;
      const ByteView box = property.box;
      if (!HasText(box, 4, "colr") || HasText(box, kKind, "nclx")) return false;
      const Bytes profile = KeptIcc(box.subspan(std::min(box.size(), kProfile)), keep, written.kept,
                                    written.warnings);
      Bytes payload = Bytes{'p', 'r', 'o', 'f'};
      Append(payload, profile);
      property.box = MakeBox("colr", payload);
      return profile.empty();
    });
  }
  AddExif(out, WriteKeptExif(Chosen(ReadHeifExif(source), keep, written.kept)));
  const HeifItem* primary = source.Find(source.primary);
  written.kept.orientation = primary != nullptr && OrientationOf(*primary) != 1;
  written.file = WriteHeif(out);
}

}  // namespace efface
