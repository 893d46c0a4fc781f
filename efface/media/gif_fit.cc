#include "efface/media/gif_fit.h"

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace efface {
namespace {

constexpr size_t kMaxColors = 256;

// Where the nearest entry is further than this from a hidden pixel's colour, the palette gets
// better ones if it has room: square of the distance in RGB.
constexpr int kFarFromFill = 3 * 20 * 20;

GifColor Rgb(GifColor color) { return color & 0xFFFFFF; }
GifColor Rgb(const PaletteEntry& entry) {
  return GifColor{entry.red} << 16 | GifColor{entry.green} << 8 | entry.blue;
}
PaletteEntry Entry(GifColor color) {
  return {static_cast<uint8_t>(color >> 16), static_cast<uint8_t>(color >> 8),
          static_cast<uint8_t>(color)};
}
bool Transparent(GifColor color) { return color == 0; }
bool Filled(GifColor color) { return (color & 0xFF000000) == kFilled; }
bool Same(GifColor a, GifColor b) { return Transparent(a) == Transparent(b) && Rgb(a) == Rgb(b); }

int Distance(GifColor a, GifColor b) {
  int sum = 0;
  for (const int shift : {0, 8, 16}) {
    const int difference = static_cast<int>(a >> shift & 255) - static_cast<int>(b >> shift & 255);
    sum += difference * difference;
  }
  return sum;
}

size_t At(const GifCanvas& canvas, int x, int y) {
  return static_cast<size_t>(y) * static_cast<size_t>(canvas.width) + static_cast<size_t>(x);
}

// A growing box around pixels.
struct Box {
  int left = INT_MAX, top = INT_MAX, right = 0, bottom = 0;
  void Add(int x, int y) {
    left = std::min(left, x);
    top = std::min(top, y);
    right = std::max(right, x + 1);
    bottom = std::max(bottom, y + 1);
  }
  FrameRect Rect() const {
    if (right == 0) return {};
    return {left, top, right - left, bottom - top};
  }
};

// Counts pixels by colour.
class Counts {
 public:
  void Add(GifColor color) {
    if (last_ == nullptr || color != last_color_) {
      last_ = &counts_[color];
      last_color_ = color;
    }
    ++*last_;
  }
  size_t size() const { return counts_.size(); }

  // The colours, most frequent first, those of one frequency in rising order.
  std::vector<GifColor> ByCount() const {
    std::vector<std::pair<int64_t, GifColor>> list;
    for (const auto& [color, count] : counts_) list.emplace_back(-count, color);
    std::sort(list.begin(), list.end());
    std::vector<GifColor> colors;
    for (const auto& each : list) colors.push_back(each.second);
    return colors;
  }

 private:
  absl::flat_hash_map<GifColor, int64_t> counts_;
  int64_t* last_ = nullptr;  // valid until the next insertion, which replaces it
  GifColor last_color_ = 0;
};

// The colours that a frame must have, without hidden pixels.
struct Wanted {
  FrameRect rect;  // of all that changes, hidden or not; width 0: nothing
  FrameRect clears;
  Counts changed;      // what is drawn
  bool solid = false;  // more than 255 are drawn, but no pixel of rect is transparent and all of
                       // rect has at most 256 colours
  Counts all;          // where solid
};

Wanted Examine(const GifCanvas& base, const GifCanvas& target) {
  Wanted wanted;
  Box changes, clears;
  for (int y = 0; y < target.height; ++y) {
    for (int x = 0; x < target.width; ++x) {
      const GifColor from = base.colors[At(base, x, y)], to = target.colors[At(target, x, y)];
      if (Same(from, to)) continue;
      if (Transparent(to)) {
        clears.Add(x, y);
        continue;
      }
      changes.Add(x, y);
      if (!Filled(to) && wanted.changed.size() <= 4 * kMaxColors) wanted.changed.Add(Rgb(to));
    }
  }
  wanted.rect = changes.Rect();
  wanted.clears = clears.Rect();
  if (wanted.changed.size() < kMaxColors) return wanted;
  wanted.solid = true;
  for (int y = wanted.rect.y; y < wanted.rect.y + wanted.rect.height && wanted.solid; ++y) {
    for (int x = wanted.rect.x; x < wanted.rect.x + wanted.rect.width; ++x) {
      const GifColor to = target.colors[At(target, x, y)];
      if (!Filled(to)) wanted.all.Add(Rgb(to));
      if (Transparent(to) || wanted.all.size() > kMaxColors) {
        wanted.solid = false;
        break;
      }
    }
  }
  return wanted;
}

// The colours of a frame: those that are needed are fixed, others may be replaced.
class Palette {
 public:
  explicit Palette(const std::vector<PaletteEntry>& entries) {
    for (const PaletteEntry& entry : entries) {
      if (entries_.size() < kMaxColors) entries_.push_back({entry.red, entry.green, entry.blue});
    }
    fixed_.resize(entries_.size());
    for (size_t i = entries_.size(); i-- > 0;) index_[Rgb(entries_[i])] = i;
  }

  // Fixes the entries that have one of these colours, and gives back the others.
  std::vector<GifColor> Fix(const std::vector<GifColor>& colors) {
    std::vector<GifColor> missing;
    for (const GifColor color : colors) {
      const auto found = index_.find(color);
      if (found == index_.end()) {
        missing.push_back(color);
      } else {
        fixed_[found->second] = true;
      }
    }
    return missing;
  }

  // False where all 256 are fixed.
  bool Add(GifColor color) {
    const int slot = entries_.size() < kMaxColors ? Grow() : Replaceable();
    if (slot < 0) return false;
    const auto at = static_cast<size_t>(slot);
    Forget(at);
    entries_[at] = Entry(color);
    index_[color] = at;
    fixed_[at] = true;
    return true;
  }

  // Sets one apart for transparency, if it can `preferred`; -1 where all are fixed.
  int SetTransparent(int preferred) {
    const bool can = preferred >= 0 && preferred < static_cast<int>(fixed_.size()) &&
                     !fixed_[static_cast<size_t>(preferred)];
    transparent_ = can ? preferred : Replaceable();
    if (transparent_ < 0 && entries_.size() < kMaxColors) transparent_ = Grow();
    if (transparent_ >= 0) {
      fixed_[static_cast<size_t>(transparent_)] = true;
      Forget(static_cast<size_t>(transparent_));
    }
    return transparent_;
  }

  // The nearest entry that is not transparent; -1 where there is none.
  int Nearest(GifColor color) {
    Known& known = known_[color * 2654435761u >> 22];
    if (known.index >= 0 && known.color == color) return known.index;
    int best = -1, best_distance = INT_MAX;
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (static_cast<int>(i) == transparent_) continue;
      const int distance = Distance(color, Rgb(entries_[i]));
      if (distance < best_distance) {
        best_distance = distance;
        best = static_cast<int>(i);
      }
    }
    known = {color, best};
    return best;
  }

  void ForgetNearest() { known_.fill({}); }
  GifColor color(int index) const { return Rgb(entries_[static_cast<size_t>(index)]); }
  const std::vector<PaletteEntry>& entries() const { return entries_; }

 private:
  struct Known {
    GifColor color = 0;
    int index = -1;
  };

  // The last entry that is not fixed; -1: none.
  int Replaceable() const {
    for (size_t i = fixed_.size(); i-- > 0;) {
      if (!fixed_[i]) return static_cast<int>(i);
    }
    return -1;
  }

  int Grow() {
    entries_.emplace_back();
    fixed_.push_back(false);
    return static_cast<int>(entries_.size()) - 1;
  }

  // The entry's colour is no longer found there; another entry of the same colour is.
  void Forget(size_t at) {
    const auto found = index_.find(Rgb(entries_[at]));
    if (found == index_.end() || found->second != at) return;
    index_.erase(found);
    for (size_t i = entries_.size(); i-- > 0;) {
      if (i != at && Rgb(entries_[i]) == Rgb(entries_[at]) && static_cast<int>(i) != transparent_) {
        index_[Rgb(entries_[i])] = i;
      }
    }
  }

  std::vector<PaletteEntry> entries_;
  std::vector<bool> fixed_;
  absl::flat_hash_map<GifColor, size_t> index_;
  int transparent_ = -1;
  std::array<Known, 1024> known_;
};

// Gives a palette that is far from what fills the masks some of the fill's colours, as many as it
// has room for.
void AddFillColors(const GifCanvas& target, const GifCanvas& base, const FrameRect& rect,
                   Palette& palette) {
  Counts fills;  // by their upper five bits
  bool far = false;
  for (int y = rect.y; y < rect.y + rect.height; ++y) {
    for (int x = rect.x; x < rect.x + rect.width; ++x) {
      const GifColor to = target.colors[At(target, x, y)];
      if (!Filled(to) || Same(to, base.colors[At(base, x, y)])) continue;
      fills.Add((Rgb(to) & 0xF8F8F8) | 0x040404);
      if (far) continue;
      const int nearest = palette.Nearest(Rgb(to));
      far = nearest < 0 || Distance(palette.color(nearest), Rgb(to)) > kFarFromFill;
    }
  }
  if (!far) return;
  for (const GifColor color : palette.Fix(fills.ByCount())) {
    if (!palette.Add(color)) break;
  }
  palette.ForgetNearest();
}

}  // namespace

GifCanvas ToGifCanvas(const AnimationFrame& frame) {
  const Raster& pixels = frame.pixels();
  GifCanvas canvas;
  canvas.width = pixels.width;
  canvas.height = pixels.height;
  canvas.colors.resize(pixels.samples8.size() / 4);
  const uint8_t* pixel = pixels.samples8.data();
  for (size_t i = 0; i < canvas.colors.size(); ++i, pixel += 4) {
    if (pixel[3] < 128) continue;
    const bool filled = !frame.hidden().empty() && frame.hidden()[i] != 0;
    canvas.colors[i] =
        (filled ? kFilled : kShown) | GifColor{pixel[0]} << 16 | GifColor{pixel[1]} << 8 | pixel[2];
  }
  return canvas;
}

GifStep CheckStep(const GifCanvas& base, const GifCanvas& target) {
  const Wanted wanted = Examine(base, target);
  return {wanted.clears, wanted.solid || wanted.changed.size() < kMaxColors};
}

GifFit FitGifFrame(const GifCanvas& target, const std::vector<PaletteEntry>& palette,
                   int transparent, GifCanvas& base) {
  const Wanted wanted = Examine(base, target);
  GifFit fit;
  fit.rect = wanted.rect.width > 0 ? wanted.rect : FrameRect{0, 0, 1, 1};

  Palette colors(palette);
  std::vector<GifColor> needed = wanted.solid ? wanted.all.ByCount() : wanted.changed.ByCount();
  const size_t most = wanted.solid ? kMaxColors : kMaxColors - 1;
  if (needed.size() > most) needed.resize(most);  // the rest is inexact
  for (const GifColor color : colors.Fix(needed)) colors.Add(color);
  if (!wanted.solid) fit.transparent = colors.SetTransparent(transparent);
  AddFillColors(target, base, fit.rect, colors);
  const bool may_stay = fit.transparent >= 0;

  fit.indices.reserve(static_cast<size_t>(fit.rect.width) * static_cast<size_t>(fit.rect.height));
  for (int y = fit.rect.y; y < fit.rect.y + fit.rect.height; ++y) {
    for (int x = fit.rect.x; x < fit.rect.x + fit.rect.width; ++x) {
      const GifColor to = target.colors[At(target, x, y)];
      GifColor& shown = base.colors[At(base, x, y)];
      int index = kKeepIndex;
      if (!Transparent(to) && (!Same(shown, to) || (Filled(to) && !may_stay))) {
        index = colors.Nearest(Rgb(to));
        if (index >= 0) {
          const GifColor color = colors.color(index);
          // What fills a mask stays as it is where it is as good: so it does not flicker.
          const bool stays = may_stay && Filled(to) && Filled(shown) &&
                             Distance(shown, Rgb(to)) <= Distance(color, Rgb(to));
          if (stays) {
            index = kKeepIndex;
          } else {
            fit.inexact += !Filled(to) && color != Rgb(to);
            shown = (Filled(to) ? kFilled : kShown) | color;
          }
        }
      } else if (!Transparent(to)) {
        shown = to;  // the same colour; hidden or not may differ
      }
      fit.indices.push_back(static_cast<int16_t>(index));
    }
  }
  fit.palette = colors.entries();
  return fit;
}

void Extend(const FrameRect& rect, GifFit& fit) {
  const int left = std::min(rect.x, fit.rect.x), top = std::min(rect.y, fit.rect.y);
  const int right = std::max(rect.x + rect.width, fit.rect.x + fit.rect.width);
  const int bottom = std::max(rect.y + rect.height, fit.rect.y + fit.rect.height);
  const FrameRect larger = {left, top, right - left, bottom - top};
  const auto width = static_cast<size_t>(larger.width);
  std::vector<int16_t> indices(width * static_cast<size_t>(larger.height), kKeepIndex);
  for (int y = 0; y < fit.rect.height; ++y) {
    std::copy_n(fit.indices.begin() + ptrdiff_t{y} * fit.rect.width, fit.rect.width,
                indices.begin() + static_cast<ptrdiff_t>(y + fit.rect.y - top) * larger.width +
                    (fit.rect.x - left));
  }
  fit.rect = larger;
  fit.indices = std::move(indices);
}

std::vector<uint8_t> FinalIndices(const GifCanvas& shown, GifFit& fit) {
  // Pixels that stay, as their own colour: its index, or -1 where the palette lacks it.
  absl::flat_hash_map<GifColor, int> index_of;
  for (size_t i = fit.palette.size(); i-- > 0;) {
    if (static_cast<int>(i) != fit.transparent) {
      index_of[Rgb(fit.palette[i])] = static_cast<int>(i);
    }
  }
  const auto own = [&](size_t i) {
    const int x = fit.rect.x + static_cast<int>(i % static_cast<size_t>(fit.rect.width));
    const int y = fit.rect.y + static_cast<int>(i / static_cast<size_t>(fit.rect.width));
    const GifColor color = shown.colors[At(shown, x, y)];
    if (Transparent(color)) return -1;
    const auto found = index_of.find(Rgb(color));
    return found == index_of.end() ? -1 : found->second;
  };
  bool solid = true;
  int64_t solid_runs = 0, clear_runs = 0;
  int last_solid = -1, last_clear = -1;
  for (size_t i = 0; i < fit.indices.size(); ++i) {
    const int index = fit.indices[i];
    const int as_solid = index == kKeepIndex ? own(i) : index;
    const int as_clear = index == kKeepIndex ? fit.transparent : index;
    if (as_solid < 0) solid = false;
    solid_runs += as_solid != last_solid;
    clear_runs += as_clear != last_clear;
    last_solid = as_solid;
    last_clear = as_clear;
  }
  const bool clear = fit.transparent >= 0 && (!solid || clear_runs < solid_runs);
  std::vector<uint8_t> indices;
  indices.reserve(fit.indices.size());
  bool used = false;
  Palette nearest(fit.palette);
  for (size_t i = 0; i < fit.indices.size(); ++i) {
    int index = fit.indices[i];
    if (index == kKeepIndex) {
      index = clear ? fit.transparent : own(i);
      if (index < 0) {  // no transparent index, and a colour that the palette lacks
        const int x = fit.rect.x + static_cast<int>(i % static_cast<size_t>(fit.rect.width));
        const int y = fit.rect.y + static_cast<int>(i / static_cast<size_t>(fit.rect.width));
        index = std::max(nearest.Nearest(Rgb(shown.colors[At(shown, x, y)])), 0);
        ++fit.inexact;
      }
      used = used || index == fit.transparent;
    }
    indices.push_back(static_cast<uint8_t>(index));
  }
  if (!used) fit.transparent = -1;
  return indices;
}

}  // namespace efface
