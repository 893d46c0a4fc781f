// How the items of a HEIF file are built of each other.
#ifndef EFFACE_MEDIA_HEIF_ITEMS_H_
#define EFFACE_MEDIA_HEIF_ITEMS_H_

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/isobmff.h"

namespace efface {

// All bytes of an item, in one piece.
Bytes HeifItemData(const HeifItem& item);

// Finds items and what they are derived from by number. Immutable; `heif` must outlive it.
class HeifItems {
 public:
  explicit HeifItems(const HeifFile& heif);

  const HeifItem* Find(uint32_t id) const;  // null where there is none

  // The items that `item` is derived from ("dimg"), in order; null where one is missing. Empty
  // where there is no such reference, or more than one.
  std::vector<const HeifItem*> Sources(const HeifItem& item) const;

  // The items that are decoded to show `item`: itself, or the tiles where it is a grid. DataLoss
  // where one is missing; Unimplemented where it is derived in another way, or of grids.
  absl::StatusOr<std::vector<const HeifItem*>> Leaves(const HeifItem& item) const;

  // The alpha plane of `picture`; null where it has none. Unimplemented where it has several, or
  // its tiles have their own.
  absl::StatusOr<const HeifItem*> Alpha(const HeifItem& picture) const;

  // The item whose "colr" holds for `picture`: itself, or its first tile where it has none.
  const HeifItem& ColorOf(const HeifItem& picture) const;

 private:
  std::map<uint32_t, const HeifItem*> items_;
  std::multimap<uint32_t, const HeifReference*> derived_;  // "dimg" references by `from`
  std::multimap<uint32_t, const HeifItem*> alpha_;         // alpha planes by what they belong to
};

// What the item of a grid says (ISO/IEC 23008-12, 6.6.2.3.2).
struct HeifGrid {
  int rows = 0, columns = 0;
  int64_t width = 0, height = 0;
};

// DataLoss where it is broken, or does not have so many tiles.
absl::StatusOr<HeifGrid> ReadHeifGrid(const HeifItem& item, size_t tiles);

// The only property of a type; null where there is none, or more than one.
const HeifProperty* FindProperty(const HeifItem& item, std::string_view type);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_ITEMS_H_
