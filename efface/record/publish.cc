#include "efface/record/publish.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace efface {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kSettings = {
    "effort"sv, "threshold"sv, "min_face"sv,        "mask_margin"sv, "cover"sv,  "precision"sv,
    "fill"sv,   "color"sv,     "quality"sv,         "keep"sv,        "preset"sv, "codec"sv,
    "audio"sv,  "mute"sv,      "encoder_threads"sv, "scrub"sv};

// Every word that a setting of Efface's can have.
constexpr std::array kWords = {
    ""sv,       "fast"sv,      "balanced"sv, "thorough"sv,    "face"sv,       "head"sv,
    "auto"sv,   "f32"sv,       "bf16"sv,     "membrane"sv,    "solid"sv,      "pixelate"sv,
    "blur"sv,   "copy"sv,      "drop"sv,     "ultrafast"sv,   "superfast"sv,  "veryfast"sv,
    "faster"sv, "medium"sv,    "slow"sv,     "slower"sv,      "veryslow"sv,   "h264"sv,
    "hevc"sv,   "vp8"sv,       "vp9"sv,      "av1"sv,         "mpeg4"sv,      "mpeg2"sv,
    "mjpeg"sv,  "prores"sv,    "icc"sv,      "orientation"sv, "resolution"sv, "date"sv,
    "gps"sv,    "copyright"sv, "none"sv};

template <typename Words>
bool Contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool Only(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

// The JSON text of a value: numbers, times, colours, words of Efface's own, and lists of them.
bool SaysNothingElse(std::string_view json) {
  while (true) {
    const size_t begin = json.find('"');
    if (!Only(json.substr(0, begin), "0123456789.+-e[], truefalsn")) return false;
    if (begin == std::string_view::npos) return true;
    const size_t end = json.find('"', begin + 1);
    if (end == std::string_view::npos) return false;
    const std::string_view word = json.substr(begin + 1, end - begin - 1);
    const bool known =
        Contains(kWords, word) || Only(word, "0123456789.:-") ||
        (word.starts_with('#') && word.size() == 7 && Only(word.substr(1), "0123456789abcdef"));
    if (!known) return false;
    json.remove_prefix(end + 1);
  }
}

bool IsKind(std::string_view what) {
  return what.size() <= 40 && Only(what, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

}  // namespace

void MakePublic(Record& record) {
  record.tool.name = "efface";
  if (!Only(record.tool.version, "0123456789.")) record.tool.version = "";
  if (record.model.name != "CenterFace, landmarks cut off") record.model.name = "";
  record.input.file = kWithheld;
  if (record.output) record.output->file = kWithheld;
  std::erase_if(record.settings, [](const auto& setting) {
    return !Contains(kSettings, setting.first) || !SaysNothingElse(setting.second);
  });
  record.place.reset();
  for (Face& face : record.faces) face.reason.reset();
  record.doubtful.clear();
  std::erase_if(record.kept, [](const std::string& name) { return !Contains(kWords, name); });
  std::erase_if(record.removed, [](const Removed& each) { return !IsKind(each.what); });
  record.warnings.clear();
}

}  // namespace efface
