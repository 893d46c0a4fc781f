#include "efface/media/heif_beyond.h"

#include <algorithm>
#include <cstdlib>

#include "efface/media/heif_av1.h"
#include "efface/media/heif_hevc.h"
#include "efface/media/heif_shape.h"

namespace efface {
namespace {

// What coding may change in padding, in levels of 8 bits: phones' tiles have up to 8 next to a
// sharp edge, and 1 in the mean.
constexpr int kMeanTolerance = 6, kSampleTolerance = 24;
constexpr int kBlock = 4;  // samples a side

// Up to multiples of so many pixels the last row and column are repeated; 2: nowhere, and the
// largest: everywhere.
constexpr int kUnits[] = {2, 16, 32, 64, 1 << 16};

struct Rect {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool Contains(int x, int y) const { return x >= left && x < right && y >= top && y < bottom; }
};

// One plane of a coded picture.
class Plane {
 public:
  Plane(const YuvPicture& picture, int plane, const PixelRect& shown)
      : rows_(picture.planes[plane]),
        row_bytes_(picture.row_bytes[plane]),
        deep_(picture.bits > 8),
        level_(1 << (picture.bits - 8)) {
    const PlaneGrid grid = GridOf(picture, plane);
    width_ = grid.width;
    height_ = grid.height;
    across_ = static_cast<int>(grid.sub_x);
    down_ = static_cast<int>(grid.sub_y);
    shown_ = {shown.x / across_, shown.y / down_, (shown.x + shown.width + across_ - 1) / across_,
              (shown.y + shown.height + down_ - 1) / down_};
  }

  // True where the samples beyond the shown part are near the shown sample next to them up to
  // multiples of `unit` pixels, and near one value from there on.
  bool IsPadded(int unit) const {
    const Rect repeated = {RoundDown(shown_.left, unit / across_),
                           RoundDown(shown_.top, unit / down_),
                           RoundDown(shown_.right + unit / across_ - 1, unit / across_),
                           RoundDown(shown_.bottom + unit / down_ - 1, unit / down_)};
    const int mean = MeanBeyond(repeated);
    return ForEachBlock([&](const Rect& block) {
      int64_t sum = 0, count = 0;
      for (int y = block.top; y < block.bottom; ++y) {
        for (int x = block.left; x < block.right; ++x) {
          if (shown_.Contains(x, y)) continue;
          const int difference = At(x, y) - (repeated.Contains(x, y) ? Nearest(x, y) : mean);
          if (std::abs(difference) > kSampleTolerance * level_) return false;
          sum += difference;
          ++count;
        }
      }
      return std::abs(sum) <= count * kMeanTolerance * level_;
    });
  }

 private:
  static int RoundDown(int value, int unit) { return value / unit * unit; }

  // The shown sample nearest to a place.
  int Nearest(int x, int y) const {
    return At(std::clamp(x, shown_.left, shown_.right - 1),
              std::clamp(y, shown_.top, shown_.bottom - 1));
  }

  int MeanBeyond(const Rect& part) const {
    int64_t sum = 0, count = 0;
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        if (part.Contains(x, y)) continue;
        sum += At(x, y);
        ++count;
      }
    }
    return count == 0 ? 0 : static_cast<int>((sum + count / 2) / count);
  }

  int At(int x, int y) const {
    const uint8_t* row = rows_ + y * row_bytes_;
    return deep_ ? reinterpret_cast<const uint16_t*>(row)[x] : row[x];
  }

  // Blocks that reach beyond the shown part; false once `visit` is.
  template <typename Visit>
  bool ForEachBlock(const Visit& visit) const {
    for (int y = 0; y < height_; y += kBlock) {
      for (int x = 0; x < width_; x += kBlock) {
        const Rect block = {x, y, std::min(x + kBlock, width_), std::min(y + kBlock, height_)};
        const bool inside = block.left >= shown_.left && block.right <= shown_.right &&
                            block.top >= shown_.top && block.bottom <= shown_.bottom;
        if (!inside && !visit(block)) return false;
      }
    }
    return true;
  }

  const uint8_t* rows_;
  int64_t row_bytes_;
  bool deep_;
  int level_;                  // a level of 8 bits
  int across_ = 1, down_ = 1;  // pixels a sample
  int width_ = 0, height_ = 0;
  Rect shown_;
};

bool HoldsOneHevcPicture(const HeifItem& item) {
  const HeifProperty* property = FindProperty(item, "hvcC");
  const auto config = property == nullptr ? std::nullopt : ReadHevcConfig(property->payload);
  if (!config) return false;
  const auto data = ReadHevcItem(HeifItemData(item), config->length_size);
  if (!data) return false;
  std::vector<ByteView> nals = SplitNals(config->sets, 4);
  for (const ByteView nal : SplitNals(data->clean, config->length_size)) nals.push_back(nal);
  return IsOneHevcPicture(nals);
}

bool PictureHoldsShownAlone(const HeifItems& items, const HeifItem& item,
                            const std::optional<PixelSize>& usual, int64_t max_pixels) {
  const auto leaves = items.Leaves(item);
  if (!leaves.ok()) return false;
  absl::StatusOr<HeifGrid> grid = HeifGrid();
  if (item.type == "grid") grid = ReadHeifGrid(item, leaves->size());
  if (!grid.ok()) return false;
  for (size_t i = 0; i < leaves->size(); ++i) {
    const HeifItem& leaf = *(*leaves)[i];
    if (leaf.type == "hvc1") {
      if (!HoldsOneHevcPicture(leaf)) return false;
      continue;
    }
    auto size = StatedSize(leaf);
    if (!size) size = usual;  // alpha planes of cavif state none
    if (leaf.type != "av01" || !size) return false;
    const auto width = static_cast<int>(std::min<int64_t>(size->width, 1 << 16));
    const auto height = static_cast<int>(std::min<int64_t>(size->height, 1 << 16));
    const PixelRect shown =
        item.type == "grid" ? ShownOfTile(*grid, i, width, height) : PixelRect{0, 0, width, height};
    const bool alone =
        IsOneAv1Picture(HeifItemData(leaf), max_pixels, [&](const YuvPicture& coded) {
          return coded.width == width && coded.height == height && OnlyPadding(coded, shown);
        });
    if (!alone) return false;
  }
  return true;
}

}  // namespace

Bytes WithChangedEnd(ByteView coded) {
  constexpr size_t kBytes = 8;
  Bytes changed(coded.begin(), coded.end());
  size_t end = changed.size();
  while (end > 0 && (changed[end - 1] == 0 || changed[end - 1] == 3)) --end;
  for (size_t at = end - std::min(end, kBytes); at < end; ++at) changed[at] ^= 0xFF;
  return changed;
}

PixelRect ShownOfTile(const HeifGrid& grid, size_t index, int tile_width, int tile_height) {
  const auto columns = static_cast<size_t>(grid.columns);
  const auto extent = [](int64_t whole, size_t place, int tile) {
    const int64_t left = whole - static_cast<int64_t>(place) * tile;
    return static_cast<int>(std::clamp<int64_t>(left, 0, tile));
  };
  return {0, 0, extent(grid.width, index % columns, tile_width),
          extent(grid.height, index / columns, tile_height)};
}

bool OnlyPadding(const YuvPicture& coded, const PixelRect& shown) {
  if (shown.width <= 0 || shown.height <= 0) return false;
  const bool all = shown.width == coded.width && shown.height == coded.height;
  if (all) return true;
  for (int index = 0; index < 4; ++index) {
    if (coded.planes[index] == nullptr) continue;
    const Plane plane(coded, index, shown);
    const bool padded = std::any_of(std::begin(kUnits), std::end(kUnits),
                                    [&](int unit) { return plane.IsPadded(unit); });
    if (!padded) return false;
  }
  return true;
}

bool HoldsShownAlone(const HeifFile& heif, int64_t max_pixels) {
  const HeifItems items(heif);
  const HeifItem* primary = items.Find(heif.primary);
  if (primary == nullptr) return false;
  const auto alpha = items.Alpha(*primary);
  const auto size = StatedSize(*primary);
  return alpha.ok() && PictureHoldsShownAlone(items, *primary, size, max_pixels) &&
         (*alpha == nullptr || PictureHoldsShownAlone(items, **alpha, size, max_pixels));
}

}  // namespace efface
