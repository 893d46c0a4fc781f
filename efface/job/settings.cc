#include "efface/job/settings.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace efface {

std::string_view EffortName(Effort effort) {
  switch (effort) {
    case Effort::kFast:
      return "fast";
    case Effort::kBalanced:
      return "balanced";
    case Effort::kThorough:
      return "thorough";
  }
  return "";
}

Effort EffortOf(std::string_view name) {
  for (const Effort effort : {Effort::kFast, Effort::kThorough}) {
    if (name == EffortName(effort)) return effort;
  }
  return Effort::kBalanced;
}

namespace {

// Of "[[1, 2.5], [3, 4]]", as NoteSettings writes it.
std::vector<Span> ParseSpans(const std::string& json) {
  std::vector<Span> spans;
  const char* at = json.c_str();
  const auto number = [&](double& value) {
    at += std::strcspn(at, "0123456789");
    char* end = nullptr;
    value = std::strtod(at, &end);
    const bool found = end != at;
    at = end;
    return found;
  };
  for (Span span; number(span.from) && number(span.to);) spans.push_back(span);
  return spans;
}

// Of the list that NoteSettings writes. It always has the orientation; Efface 0.1 listed only what
// was kept beside the default.
Keep KeepOf(const std::string& json) {
  const auto has = [&](const char* name) {
    return json.find(absl::StrCat("\"", name, "\"")) != std::string::npos;
  };
  std::vector<std::string> names = {has("orientation") ? "none" : "default"};
  for (const char* name : kKeepNames) {
    if (has(name)) names.emplace_back(name);
  }
  return ParseKeep(names).value_or(Keep{});
}

}  // namespace

std::string TextOf(const Span& span) {
  return std::isinf(span.to) ? absl::StrFormat("%g-", span.from)
                             : absl::StrFormat("%g-%g", span.from, span.to);
}

std::string TextOf(const Region& region) {
  const Rect& rect = region.rect;
  return absl::StrFormat("%g,%g,%g,%g%s%s%s", rect.x, rect.y, rect.width, rect.height,
                         region.span ? "@" : "", region.span ? TextOf(*region.span) : "",
                         region.follow ? ",follow" : "");
}

std::string Quoted(std::string_view text) {
  return absl::StrCat("\"", absl::string_view(text.data(), text.size()), "\"");
}

void Set(Record& record, std::string_view name, std::string json) {
  for (auto& [key, value] : record.settings) {
    if (key == name) {
      value = std::move(json);
      return;
    }
  }
  record.settings.emplace_back(name, std::move(json));
}

void AddWarning(Record& record, std::string_view sentence) {
  const std::string text(sentence);
  if (std::find(record.warnings.begin(), record.warnings.end(), text) == record.warnings.end()) {
    record.warnings.push_back(text);
  }
}

void NoteSettings(Record& record, const AnalyseSettings& settings, std::string_view precision) {
  Set(record, "effort", Quoted(EffortName(settings.search.effort)));
  Set(record, "threshold", absl::StrFormat("%g", ThresholdOf(settings.search)));
  Set(record, "min_face", absl::StrFormat("%g", LeastFaceOf(settings.search)));
  Set(record, "mask_margin", absl::StrFormat("%g", settings.mask_margin));
  Set(record, "cover", settings.cover == Cover::kHead ? "\"head\"" : "\"face\"");
  Set(record, "precision", Quoted(precision));
}

void NoteScrub(Record& record) {
  Set(record, "scrub", "true");
  AddWarning(record, kScrubWarning);
}

bool IsScrub(const Record& record) {
  return std::find(record.settings.begin(), record.settings.end(),
                   std::pair<std::string, std::string>("scrub", "true")) != record.settings.end();
}

void NoteSettings(Record& record, const RenderSettings& settings) {
  if (!IsScrub(record)) {
    Set(record, "fill", Quoted(FillName(settings.fill)));
    Set(record, "color",
        absl::StrFormat("\"#%02x%02x%02x\"", settings.color.red, settings.color.green,
                        settings.color.blue));
  }
  Set(record, "quality", absl::StrCat(settings.quality));
  Set(record, "keep", absl::StrCat("[\"", absl::StrJoin(NamesOf(settings.keep), "\",\""), "\"]"));
  if (record.input.kind == "photo") return;
  Set(record, "preset", Quoted(settings.preset));
  Set(record, "codec", Quoted(settings.codec));
  Set(record, "audio", settings.sound == Sound::kCopy ? "\"copy\"" : "\"drop\"");
  Set(record, "mute",
      absl::StrCat("[",
                   absl::StrJoin(settings.mute, ", ",
                                 [](std::string* text, const Span& span) {
                                   absl::StrAppendFormat(text, "[%.6f, %.6f]", span.from,
                                                         std::min(span.to, 1e9));
                                 }),
                   "]"));
}

RenderSettings SettingsOf(const Record& record) {
  RenderSettings settings;
  for (const auto& [name, json] : record.settings) {
    const std::string_view text = json.size() >= 2 && json.front() == '"'
                                      ? std::string_view(json).substr(1, json.size() - 2)
                                      : json;
    if (name == "fill") settings.fill = ParseFillKind(text).value_or(settings.fill);
    if (name == "color") settings.color = ParseColor(text).value_or(settings.color);
    if (name == "quality") settings.quality = std::clamp(std::atoi(json.c_str()), 0, 100);
    if (name == "keep") settings.keep = KeepOf(json);
    if (name == "preset") settings.preset = text;
    if (name == "codec") settings.codec = text;
    if (name == "audio") settings.sound = text == "drop" ? Sound::kDrop : Sound::kCopy;
    if (name == "mute") settings.mute = ParseSpans(json);
  }
  return settings;
}

std::string_view Weakness(FillKind fill) {
  return fill == FillKind::kPixelate || fill == FillKind::kBlur
             ? "this fill keeps traces of what it hides: membrane and solid keep none"
             : "";
}

}  // namespace efface
