#include "efface/media/av/kept_tags.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "absl/strings/str_format.h"
#include "base/exif.h"

namespace efface {
namespace {

// The signed number that `text` begins with, taken from it; nullopt where there is none.
std::optional<double> TakeNumber(std::string_view& text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] =
      std::from_chars(text.data() + 1, end, value, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  const bool negative = text[0] == '-';
  text.remove_prefix(static_cast<size_t>(stopped - text.data()));
  return negative ? -value : value;
}

std::string_view TagOf(const AVFormatContext& input, const char* key) {
  const AVDictionaryEntry* tag = av_dict_get(input.metadata, key, nullptr, 0);
  return tag == nullptr ? std::string_view() : tag->value;
}

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::optional<std::string> CleanTime(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  const std::string_view clock = text.substr(0, kForm.size());
  if (!IsDateOfForm(clock, kForm)) return std::nullopt;
  const std::string_view rest = text.substr(kForm.size());
  const bool fraction = rest.size() > 1 && rest.front() == '.' && rest.back() == 'Z' &&
                        rest.find_first_not_of("0123456789", 1) + 1 == rest.size();
  if (rest != "Z" && !fraction) return std::nullopt;
  // What MP4's clock, which begins in 1904, holds.
  const std::string_view year = clock.substr(0, 4);
  if (year < "1904" || year > "2200") return std::nullopt;
  return std::string(clock) + ".000000Z";
}

std::optional<std::string> CleanPlace(std::string_view text) {
  const auto latitude = TakeNumber(text), longitude = TakeNumber(text);
  if (!latitude || !longitude || std::abs(*latitude) > 90 || std::abs(*longitude) > 180) {
    return std::nullopt;
  }
  std::string place = absl::StrFormat("%+09.5f%+010.5f", *latitude, *longitude);
  if (const auto altitude = TakeNumber(text); altitude && std::abs(*altitude) <= kMaxAltitude) {
    absl::StrAppendFormat(&place, "%+.2f", *altitude);
  }
  return place + "/";
}

Keep KeepTags(const AVFormatContext& input, const Keep& keep, AVFormatContext& output) {
  Keep kept = kKeepNothing;
  const std::string_view format = output.oformat->name;
  const bool movie = IsOneOf(format, {"mp4", "mov", "3gp"});
  if (keep.date && (movie || IsOneOf(format, {"matroska", "webm"}))) {
    if (const auto time = CleanTime(TagOf(input, "creation_time"))) {
      kept.date = av_dict_set(&output.metadata, "creation_time", time->c_str(), 0) >= 0;
    }
  }
  if (keep.gps && movie) {
    for (const char* key : {"location", "com.apple.quicktime.location.ISO6709"}) {
      const auto place = CleanPlace(TagOf(input, key));
      if (!place || kept.gps) continue;
      kept.gps = av_dict_set(&output.metadata, "location", place->c_str(), 0) >= 0;
    }
  }
  return kept;
}

}  // namespace efface
