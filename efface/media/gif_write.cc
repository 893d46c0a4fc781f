// Each frame is held back until the next one is known, since a GIF frame says how it is disposed
// of, and only that can make pixels transparent again. Whatever way is chosen, what the next frame
// has to draw is found by comparing canvases, so the way matters for size alone.
#include "efface/media/gif_write.h"

#include <gif_lib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "efface/media/gif_fit.h"

namespace efface {
namespace {

constexpr char kFailed[] = "the GIF file could not be written";

// giflib's palette, made long enough for the format, which has powers of two only. Null for an
// empty one.
class ColorMap {
 public:
  explicit ColorMap(const std::vector<PaletteEntry>& palette) {
    if (palette.empty()) return;
    int size = 2;
    while (size < static_cast<int>(palette.size())) size *= 2;
    map_ = GifMakeMapObject(size, nullptr);
    if (map_ == nullptr) return;
    for (size_t i = 0; i < palette.size(); ++i) {
      map_->Colors[i] = {palette[i].red, palette[i].green, palette[i].blue};
    }
  }
  ColorMap(const ColorMap&) = delete;
  ColorMap& operator=(const ColorMap&) = delete;
  ~ColorMap() { GifFreeMapObject(map_); }
  const ColorMapObject* get() const { return map_; }

 private:
  ColorMapObject* map_ = nullptr;
};

constexpr off_t kGlobalTable = 13;  // where the common palette stands in the file

void ClearUnused(const std::array<bool, 256>& used, std::vector<PaletteEntry>& palette) {
  for (size_t i = 0; i < palette.size(); ++i) {
    if (i >= used.size() || !used[i]) palette[i] = PaletteEntry();
  }
}

bool SameColors(const std::vector<PaletteEntry>& a, const std::vector<PaletteEntry>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const PaletteEntry& x, const PaletteEntry& y) {
                      return x.red == y.red && x.green == y.green && x.blue == y.blue;
                    });
}

void ClearRect(const FrameRect& rect, GifCanvas& canvas) {
  for (int y = rect.y; y < rect.y + rect.height; ++y) {
    std::fill_n(canvas.colors.begin() + ptrdiff_t{y} * canvas.width + rect.x, rect.width, 0);
  }
}

FrameRect Join(const FrameRect& a, const FrameRect& b) {
  if (b.width == 0) return a;
  const int right = std::max(a.x + a.width, b.x + b.width);
  const int bottom = std::max(a.y + a.height, b.y + b.height);
  const int left = std::min(a.x, b.x), top = std::min(a.y, b.y);
  return {left, top, right - left, bottom - top};
}

// The frame that is held back.
struct Held {
  GifFit fit;
  Disposal disposal = Disposal::kKeep;  // the input's, then the one that is written
  int delay = 0;                        // 1/100 s
  std::optional<GifCanvas> before;      // what was shown before it; set for kRestore alone
};

class GifWriter : public AnimationWriter {
 public:
  GifWriter(int fd, const GifFile& input)
      : out_(fd), colors_(input.colors), removed_(input.animation.removed), fd_(fd) {
    global_used_[static_cast<uint8_t>(input.background)] = true;
    base_.width = input.animation.width;
    base_.height = input.animation.height;
    base_.colors.resize(static_cast<size_t>(base_.width) * static_cast<size_t>(base_.height));
    gif_ = EGifOpen(this, &GifWriter::OnWrite, nullptr);
  }
  GifWriter(const GifWriter&) = delete;
  GifWriter& operator=(const GifWriter&) = delete;
  ~GifWriter() override {
    if (gif_ != nullptr) EGifCloseFile(gif_, nullptr);
  }

  absl::Status Begin(const GifFile& input) {
    if (gif_ == nullptr) return absl::InternalError(kFailed);
    const ColorMap global(input.colors);
    gif_->AspectByte = static_cast<GifByteType>(input.aspect);
    EGifSetGifVersion(gif_, true);
    RETURN_IF_ERROR(Check(EGifPutScreenDesc(gif_, base_.width, base_.height, input.color_resolution,
                                            input.background, global.get())));
    if (!input.loops) return absl::OkStatus();
    const GifByteType loops[3] = {1, static_cast<GifByteType>(*input.loops),
                                  static_cast<GifByteType>(*input.loops >> 8)};
    RETURN_IF_ERROR(Check(EGifPutExtensionLeader(gif_, APPLICATION_EXT_FUNC_CODE)));
    RETURN_IF_ERROR(Check(EGifPutExtensionBlock(gif_, 11, "NETSCAPE2.0")));
    RETURN_IF_ERROR(Check(EGifPutExtensionBlock(gif_, 3, loops)));
    return Check(EGifPutExtensionTrailer(gif_));
  }

  absl::StatusOr<WrittenClip> Finish() override {
    if (held_) RETURN_IF_ERROR(Flush(held_->disposal));
    const bool closed = EGifCloseFile(std::exchange(gif_, nullptr), nullptr) == GIF_OK;
    RETURN_IF_ERROR(failure_);
    if (!closed) return absl::InternalError(kFailed);
    RETURN_IF_ERROR(ClearGlobal());
    WrittenClip written;
    written.removed = removed_;
    if (inexact_frames_ > 0) {
      written.warnings.push_back(
          absl::StrCat(inexact_frames_, inexact_frames_ == 1 ? " frame needs" : " frames need",
                       " more than 256 colours where masks move: some pixels outside of masks took "
                       "the nearest colour"));
    }
    return written;
  }

 protected:
  absl::Status WriteFrame(std::unique_ptr<AnimationFrame> frame) override {
    const GifCanvas target = ToGifCanvas(*frame);
    if (target.colors.size() != base_.colors.size()) return absl::InternalError(kFailed);
    if (held_) RETURN_IF_ERROR(Flush(Choose(target)));
    held_.emplace();
    held_->disposal = frame->disposal();
    held_->delay = static_cast<int>(frame->delay());
    if (held_->disposal == Disposal::kRestore) held_->before = base_;
    const std::vector<PaletteEntry> none;
    held_->fit = FitGifFrame(target, frame->colors() != nullptr ? *frame->colors() : none,
                             frame->transparent(), base_);
    return absl::OkStatus();
  }

 private:
  // Finds how the held frame should be disposed of before `next`: as in the input; else so that
  // `next` can be drawn exactly; else at least so that its transparent pixels are.
  Disposal Choose(const GifCanvas& next) {
    const auto step_from = [&](Disposal disposal) {
      if (disposal == Disposal::kKeep) return CheckStep(base_, next);
      if (disposal == Disposal::kRestore) return CheckStep(*held_->before, next);
      GifCanvas cleared = base_;
      ClearRect(held_->fit.rect, cleared);
      return CheckStep(cleared, next);
    };
    std::vector<Disposal> ways = {held_->disposal};
    for (const Disposal way : {Disposal::kKeep, Disposal::kClear}) {
      if (way != held_->disposal) ways.push_back(way);
    }
    std::optional<Disposal> inexact;
    for (const Disposal way : ways) {
      const GifStep step = step_from(way);
      if (step.clears.width > 0) continue;
      if (step.exact) return way;
      if (!inexact) inexact = way;
    }
    if (inexact) return *inexact;
    // Clear all that must become transparent.
    Extend(Join(held_->fit.rect, CheckStep(base_, next).clears), held_->fit);
    return Disposal::kClear;
  }

  // Writes the held frame, and makes base_ what is left after its disposal.
  absl::Status Flush(Disposal disposal) {
    GifFit& fit = held_->fit;
    std::vector<uint8_t> indices = FinalIndices(base_, fit);
    inexact_frames_ += fit.inexact > 0;
    const int mode = disposal == Disposal::kClear     ? DISPOSE_BACKGROUND
                     : disposal == Disposal::kRestore ? DISPOSE_PREVIOUS
                                                      : DISPOSE_DO_NOT;
    const GraphicsControlBlock control = {.DisposalMode = mode,
                                          .UserInputFlag = false,
                                          .DelayTime = held_->delay,
                                          .TransparentColor = fit.transparent};
    GifByteType bytes[4];
    EGifGCBToExtension(&control, bytes);
    RETURN_IF_ERROR(Check(EGifPutExtension(gif_, GRAPHICS_EXT_FUNC_CODE, 4, bytes)));
    const bool global = !colors_.empty() && SameColors(fit.palette, colors_);
    std::array<bool, 256> used = {};
    for (const uint8_t index : indices) used[index] = true;
    if (global) {
      for (size_t i = 0; i < used.size(); ++i) global_used_[i] = global_used_[i] || used[i];
    } else {
      ClearUnused(used, fit.palette);
    }
    const ColorMap local(global ? std::vector<PaletteEntry>() : fit.palette);
    GifFreeMapObject(gif_->Image.ColorMap);  // giflib 5.2.1 forgets it where the next has none
    gif_->Image.ColorMap = nullptr;
    RETURN_IF_ERROR(Check(EGifPutImageDesc(gif_, fit.rect.x, fit.rect.y, fit.rect.width,
                                           fit.rect.height, false, local.get())));
    const auto width = static_cast<size_t>(fit.rect.width);
    for (size_t at = 0; at < indices.size(); at += width) {
      RETURN_IF_ERROR(Check(EGifPutLine(gif_, &indices[at], fit.rect.width)));
    }
    if (disposal == Disposal::kClear) ClearRect(fit.rect, base_);
    if (disposal == Disposal::kRestore) base_ = *std::move(held_->before);
    held_.reset();
    return absl::OkStatus();
  }

  // Which colours of the common palette are used is known last.
  absl::Status ClearGlobal() {
    ClearUnused(global_used_, colors_);
    Bytes table;
    for (const PaletteEntry& color : colors_) {
      table.insert(table.end(), {color.red, color.green, color.blue});
    }
    const ssize_t written = pwrite(fd_, table.data(), table.size(), kGlobalTable);
    if (written == static_cast<ssize_t>(table.size())) return absl::OkStatus();
    return absl::InternalError(kFailed);
  }

  absl::Status Check(int result) {
    RETURN_IF_ERROR(failure_);
    return result == GIF_ERROR ? absl::InternalError(kFailed) : absl::OkStatus();
  }

  static int OnWrite(GifFileType* gif, const GifByteType* data, int size) {
    auto* writer = static_cast<GifWriter*>(gif->UserData);
    if (!writer->failure_.ok()) return 0;
    writer->failure_ = writer->out_.Append({data, static_cast<size_t>(std::max(size, 0))});
    return writer->failure_.ok() ? size : 0;
  }

  DescriptorWriter out_;
  absl::Status failure_;  // of out_
  std::vector<PaletteEntry> colors_;
  std::vector<Removed> removed_;
  GifFileType* gif_ = nullptr;
  GifCanvas base_;  // what is shown before the next frame is drawn
  std::optional<Held> held_;
  int64_t inexact_frames_ = 0;
  int fd_;
  std::array<bool, 256> global_used_ =
      {};  // colours of colors_ that a frame, or the background, has
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClipWriter>> NewGifWriter(int fd, const GifFile& input) {
  auto writer = std::make_unique<GifWriter>(fd, input);
  RETURN_IF_ERROR(writer->Begin(input));
  return writer;
}

}  // namespace efface
