// A photo, page by page.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status.h"
#include "efface/job/verify_parts.h"
#include "efface/media/jpeg_header.h"

namespace efface {
namespace {

// Of pictures that were encoded anew with loss, in dB: measured, docs/verify.md. Low: where the
// record says a quality below kLowQuality.
constexpr double kLeastPsnr = 36, kLeastCellPsnr = 24;
constexpr double kLeastPsnrLow = 24, kLeastCellPsnrLow = 11;
constexpr int kLowQuality = 65;
constexpr int kLossyReach = 8;   // pixels beyond a mask that encoding anew may change with it
constexpr double kLossyRim = 2;  // pixels along a mask's border that take on what lies outside

// True where the picture in a WebP file is coded without loss.
bool IsLosslessWebp(ByteView file) {
  for (size_t at = 12; at + 8 <= file.size();) {
    if (HasText(file, at, "VP8L")) return true;
    const auto size = ReadUint(file, at + 4, 4, Endian::kLittle);
    if (HasText(file, at, "VP8 ") || !size) return false;
    at += 8 + *size + *size % 2;
  }
  return false;
}

PictureChecks::Limits LimitsOf(const VerifiedFile& output, int quality) {
  PictureChecks::Limits limits;
  switch (output.format) {
    case Format::kJpeg:
      if (const auto header = ReadJpegHeader(output.bytes); header.ok()) {
        for (const JpegComponent& component : header->components) {
          limits.reach.sub_x =
              std::max<double>(limits.reach.sub_x, header->max_across / component.across);
          limits.reach.sub_y =
              std::max<double>(limits.reach.sub_y, header->max_down / component.down);
        }
      }
      limits.reach.block = 8;
      // A pixel's colour is taken from samples on both sides where colour is coarser.
      limits.reach.more = static_cast<int>(std::max(limits.reach.sub_x, limits.reach.sub_y));
      if (limits.reach.more == 1) limits.reach.more = 0;
      break;
    case Format::kHeic:
    case Format::kAvif:
      limits.exact = false;
      break;
    case Format::kWebp:
      limits.exact = IsLosslessWebp(output.bytes);
      break;
    default:
      break;
  }
  if (!limits.exact) {
    const bool low = quality > 0 && quality < kLowQuality;
    limits.least_psnr = low ? kLeastPsnrLow : kLeastPsnr;
    limits.least_cell = low ? kLeastCellPsnrLow : kLeastCellPsnr;
    limits.reach = {2, 2, 1, kLossyReach};
    limits.rim = kLossyRim;
  }
  return limits;
}

// What differs about the pages of two photos; empty: nothing.
std::string UnlikeIn(const VerifyJob& job, const Still& before, const Still& after) {
  if (job.input->format != job.output.format) {
    const auto name = [](Format format) {
      return absl::string_view(FormatName(format).data(), FormatName(format).size());
    };
    return absl::StrCat("the original is ", name(job.input->format), " and the output ",
                        name(job.output.format));
  }
  if (before.pages().size() != after.pages().size()) {
    return absl::StrCat("the original has ", CountOf(before.pages().size(), "page", "pages"),
                        " and the output ", after.pages().size());
  }
  for (size_t page = 0; page < before.pages().size(); ++page) {
    const PageInfo &a = before.pages()[page], &b = after.pages()[page];
    if (a.width != b.width || a.height != b.height) {
      return absl::StrFormat("page %d of the original is %d x %d, and of the output %d x %d",
                             page + 1, a.width, a.height, b.width, b.height);
    }
    if (a.orientation != b.orientation) {
      return absl::StrFormat("page %d of the output is turned in another way than the original's",
                             page + 1);
    }
  }
  return "";
}

}  // namespace

absl::Status VerifyStill(VerifyJob& job) {
  std::vector<Check>& checks = job.result.checks;
  const auto unread = [&](const absl::Status& status) {
    AddUnread(status, {"masks", "outside", "faces"}, checks);
    return absl::OkStatus();
  };
  auto after = OpenStill(job.output.bytes, job.options.limits);
  if (!after.ok()) return unread(after.status());
  std::unique_ptr<Still> before;
  std::string unlike;
  if (job.input) {
    auto opened = OpenStill(job.input->bytes, job.options.limits);
    if (!opened.ok()) return Named(*job.options.input, opened.status());
    before = *std::move(opened);
    unlike = UnlikeIn(job, *before, **after);
  }
  std::optional<MaskFeed> feed;
  if (job.record) {
    ASSIGN_OR_RETURN(RowCursor cursor, job.record->rows.Sorted(RowOrder::kByFrame));
    feed.emplace(std::move(cursor), 0, job.record->record);
  }

  PictureChecks pictures(LimitsOf(job.output, job.settings().quality), job.settings().fill);
  FaceCheck faces(job.settings().fill);
  const std::vector<PageInfo>& pages = (*after)->pages();
  for (int page = 0; page < static_cast<int>(pages.size()); ++page) {
    PageMasks masks;
    if (feed) {
      ASSIGN_OR_RETURN(masks, feed->Of(page));
    }
    const auto rgb = (*after)->Rgb(page);
    if (!rgb.ok()) return unread(rgb.status());
    ASSIGN_OR_RETURN(
        const std::vector<Detection> found,
        job.detector.Detect(*rgb, pages[page].orientation, {.effort = job.options.effort}));
    Place where;
    where.frame = page;
    faces.Add(found, masks, where);
    if (before == nullptr || !unlike.empty() || !job.record) continue;
    const auto original = before->Rgb(page);
    if (!original.ok()) return Named(*job.options.input, original.status());
    const auto unseen_before = before->Unseen(page), unseen = (*after)->Unseen(page);
    if (!unseen_before.ok()) return Named(*job.options.input, unseen_before.status());
    if (!unseen.ok()) return unread(unseen.status());
    pictures.Add(*original, *rgb, pages[page].orientation, masks, where, *unseen_before, *unseen);
  }
  if (feed) {
    ASSIGN_OR_RETURN(const std::optional<int64_t> rest, feed->Rest());
    if (rest) pictures.BadRow(*rest);
  }

  const std::string size =
      absl::StrFormat("%s, %d x %d", CountOf(static_cast<int64_t>(pages.size()), "page", "pages"),
                      pages.front().width, pages.front().height);
  checks.push_back(PictureCheck(job, unlike, size));
  const char* why = !job.input        ? "no original was given (--against)"
                    : !job.record     ? "there is no record, so the masks are not known"
                    : !unlike.empty() ? "the pictures can't be compared"
                                      : nullptr;
  if (why != nullptr) {
    checks.push_back(Skipped("masks", why));
    checks.push_back(Skipped("outside", why));
  } else {
    checks.push_back(pictures.Masks(false));
    checks.push_back(pictures.Outside(false));
  }
  checks.push_back(faces.Finish(job.record.has_value(), job.result));
  return absl::OkStatus();
}

}  // namespace efface
