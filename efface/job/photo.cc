#include "efface/job/photo.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/sha256.h"
#include "base/status.h"
#include "efface/detect/resample.h"
#include "efface/job/hider.h"
#include "efface/mask/mask.h"
#include "efface/media/format.h"
#include "efface/media/png_encode.h"
#include "efface/scrub/scan.h"

namespace efface {
namespace {

// The detector's boxes are off by a few pixels whatever the face's size (its maps have one cell for
// 4 pixels), so a small face gets more margin than its share.
constexpr double kMaskPadding =
    5;  // pixels, added to the mask's height; to its width in proportion
constexpr double kLeastHeight = 10;  // pixels: smaller faces get no larger share than this one

// From a face's box to its head's, in shares of the face's width and height: hair above, ears and
// hair beside, chin below.
constexpr double kHeadBeside = 0.35, kHeadAbove = 0.5, kHeadBelow = 0.15;

Mask MaskOf(const Detection& face, int page, const AnalyseSettings& settings) {
  Detection box = face;
  if (settings.cover == Cover::kHead) {
    box.x -= kHeadBeside * face.width;
    box.width += 2 * kHeadBeside * face.width;
    box.y -= kHeadAbove * face.height;
    box.height += (kHeadAbove + kHeadBelow) * face.height;
  }
  const double factor = settings.mask_margin + kMaskPadding / std::max(face.height, kLeastHeight);
  const double width = box.width * factor, height = box.height * factor;
  // As the record's text has them, so that obeying the record gives the same bytes as redacting at
  // once.
  const auto rounded = [](double value, double parts) { return std::round(value * parts) / parts; };
  return {page,
          rounded(box.x + (box.width - width) / 2, 100),
          rounded(box.y + (box.height - height) / 2, 100),
          rounded(width, 100),
          rounded(height, 100),
          rounded(face.score, 10000),
          MaskSource::kDetected};
}

double Overlap(const Mask& mask, const Rect& rect) {
  const double width =
      std::min(mask.x + mask.width, rect.x + rect.width) - std::max(mask.x, rect.x);
  const double height =
      std::min(mask.y + mask.height, rect.y + rect.height) - std::max(mask.y, rect.y);
  if (width <= 0 || height <= 0) return 0;
  return width * height / (mask.width * mask.height + rect.width * rect.height - width * height);
}

// Leaves visible, for each exception, the one face of this page that lies best in it.
void Except(const AnalyseSettings& settings, int page, std::vector<Face>& faces,
            std::vector<bool>& used) {
  for (size_t i = 0; i < settings.exceptions.size(); ++i) {
    if (settings.exceptions[i].span) continue;  // meant for a clip
    Face* best = nullptr;
    double best_overlap = 0;
    for (Face& face : faces) {
      if (face.origin != FaceOrigin::kDetected || face.masks.front().frame != page) continue;
      const double overlap = Overlap(face.masks.front(), settings.exceptions[i].rect);
      if (overlap > best_overlap) best = &face, best_overlap = overlap;
    }
    if (best == nullptr) continue;
    best->redact = false;
    best->reason = absl::StrCat("left visible by --except ", TextOf(settings.exceptions[i]));
    used[i] = true;
  }
}

std::pair<int, int> UprightSize(const PageInfo& page) {
  return page.orientation >= 5 ? std::pair(page.height, page.width)
                               : std::pair(page.width, page.height);
}

}  // namespace

int64_t DoubtfulFaces(const Record& record) {
  return std::count_if(record.faces.begin(), record.faces.end(), [](const Face& face) {
    return face.origin == FaceOrigin::kDetected &&
           std::all_of(face.masks.begin(), face.masks.end(),
                       [](const Mask& mask) { return mask.score < kDoubtfulScore; });
  });
}

int64_t HiddenFaces(const Record& record) {
  return std::count_if(record.faces.begin(), record.faces.end(),
                       [](const Face& face) { return face.redact; });
}

Record::Input InputOf(const Still& still, ByteView file, std::string name) {
  const auto [width, height] = UprightSize(still.pages().front());
  return {
      std::move(name), static_cast<int64_t>(file.size()),         Sha256Hex(file), "photo", width,
      height,          static_cast<int64_t>(still.pages().size())};
}

Record ScrubRecord(const Still& still, ByteView file, std::string name) {
  Record record;
  record.tool = {"efface", EFFACE_VERSION};
  record.input = InputOf(still, file, std::move(name));
  NoteScrub(record);
  return record;
}

absl::StatusOr<Record> Analyse(Still& still, ByteView file, std::string name,
                               const AnalyseSettings& settings, Detector& detector) {
  Record record;
  record.tool = {"efface", EFFACE_VERSION};
  record.model = {kModelName, kModelSha256};
  record.input = InputOf(still, file, std::move(name));
  NoteSettings(record, settings, detector.precision());

  std::vector<bool> used(settings.exceptions.size(), false);
  for (int page = 0; page < static_cast<int>(still.pages().size()); ++page) {
    ASSIGN_OR_RETURN(const RgbPicture picture, still.Rgb(page));
    ASSIGN_OR_RETURN(const std::vector<Detection> found,
                     detector.Detect(picture, still.pages()[page].orientation, settings.search));
    for (const Detection& face : found) {
      record.faces.push_back({.face = static_cast<int64_t>(record.faces.size()) + 1,
                              .origin = FaceOrigin::kDetected,
                              .masks = {MaskOf(face, page, settings)}});
    }
    Except(settings, page, record.faces, used);
    const auto [page_width, page_height] = UprightSize(still.pages()[page]);
    for (const Region& named : settings.regions) {
      const Rect& region = named.rect;
      if (region.x >= page_width || region.y >= page_height || region.x + region.width <= 0 ||
          region.y + region.height <= 0) {
        AddWarning(record, absl::StrCat("the region ", TextOf(named), " lies outside the picture"));
        continue;
      }
      record.faces.push_back({.face = static_cast<int64_t>(record.faces.size()) + 1,
                              .origin = FaceOrigin::kDrawn,
                              .reason = "drawn by --region",
                              .masks = {{page, region.x, region.y, region.width, region.height, 1,
                                         MaskSource::kDrawn}}});
    }
  }
  for (size_t i = 0; i < used.size(); ++i) {
    if (!used[i])
      AddWarning(record,
                 absl::StrCat("no face was found at --except ", TextOf(settings.exceptions[i])));
  }
  for (const std::string& warning : still.warnings()) AddWarning(record, warning);
  return record;
}

absl::StatusOr<Bytes> Render(Still& still, ByteView file, const RenderSettings& settings,
                             Record& record) {
  NoteSettings(record, settings);
  const std::vector<PageInfo>& pages = still.pages();
  std::vector<std::vector<Shape>> shapes(pages.size());
  for (const Face& face : record.faces) {
    if (!face.redact) continue;
    for (const Mask& mask : face.masks) {
      if (mask.frame < 0 || mask.frame >= static_cast<int64_t>(pages.size())) {
        return absl::InvalidArgumentError(absl::StrCat("the record has a mask on page ",
                                                       mask.frame + 1, ", but the photo has ",
                                                       pages.size(), " of them"));
      }
      const PageInfo& page = pages[mask.frame];
      const Shape upright{mask.x, mask.y, mask.width, mask.height,
                          mask.source == MaskSource::kDrawn};
      shapes[mask.frame].push_back(ToStored(upright, page.orientation, page.width, page.height));
    }
  }
  std::vector<ShapesHider> hiders;
  hiders.reserve(pages.size());
  std::vector<const Hider*> asked(pages.size(), nullptr);
  for (size_t page = 0; page < pages.size(); ++page) {
    hiders.emplace_back(shapes[page], settings.fill, settings.color);
    if (!shapes[page].empty()) asked[page] = &hiders[page];
  }

  ASSIGN_OR_RETURN(WrittenStill written, still.Write(asked, {settings.quality, settings.keep}));
  const bool hides =
      std::any_of(asked.begin(), asked.end(), [](const Hider* hider) { return hider != nullptr; });
  if (hides && !Weakness(settings.fill).empty()) AddWarning(record, Weakness(settings.fill));
  if (written.fidelity == Fidelity::kReencoded) {
    AddWarning(
        record,
        "the whole picture was encoded anew with loss: samples outside the masks differ slightly");
  }
  for (const std::string& warning : still.warnings()) AddWarning(record, warning);
  for (const std::string& warning : written.warnings) AddWarning(record, warning);
  const Format format = SniffFormat(file);
  record.removed = ScanStill(file, format, {settings.keep});
  record.kept = NamesOf(written.kept);
  if ((settings.keep.date || settings.keep.gps) &&
      (format == Format::kBmp || format == Format::kGif)) {
    AddWarning(record, "the format has no place for a date or a position, so neither is kept");
  }
  record.output =
      Record::Output{"", static_cast<int64_t>(written.file.size()), Sha256Hex(written.file)};
  return std::move(written.file);
}

absl::StatusOr<Bytes> Preview(Still& still, const Record& record) {
  ASSIGN_OR_RETURN(const RgbPicture stored, still.Rgb(0));
  RgbPicture picture = Upright(stored, still.pages().front().orientation);
  double scale = 1;
  while (std::max(picture.width, picture.height) > 2400) {
    picture = Halve(picture);
    scale /= 2;
  }
  const int thickness = std::max(2, std::max(picture.width, picture.height) / 500);
  const auto paint = [&](double at_x, double at_y, const Color& color) {
    const int x = static_cast<int>(std::floor(at_x)), y = static_cast<int>(std::floor(at_y));
    if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) return;
    uint8_t* pixel = &picture.samples[3 * (static_cast<size_t>(y) * picture.width + x)];
    pixel[0] = color.red, pixel[1] = color.green, pixel[2] = color.blue;
  };
  for (const Face& face : record.faces) {
    const Color color = face.redact ? Color{230, 30, 30} : Color{30, 180, 60};
    for (const Mask& mask : face.masks) {
      if (mask.frame != 0) continue;
      // Clamped so that a mask far larger than the picture costs no time.
      const auto side = [&](double value, int length) {
        return std::clamp(value * scale, -8.0, length + 8.0);
      };
      const double left = side(mask.x, picture.width),
                   right = side(mask.x + mask.width, picture.width);
      const double top = side(mask.y, picture.height),
                   bottom = side(mask.y + mask.height, picture.height);
      for (int t = 0; t < thickness; ++t) {
        for (double x = left; x <= right; ++x)
          paint(x, top + t, color), paint(x, bottom - t, color);
        for (double y = top; y <= bottom; ++y)
          paint(left + t, y, color), paint(right - t, y, color);
      }
    }
  }
  return EncodePng(picture);
}

}  // namespace efface
