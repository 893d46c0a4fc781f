// Writes the record as JSON text. By hand and not through a tree of values: the order of the
// fields, the number of decimals and the lines are part of what a person sees.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "efface/record/names.h"
#include "efface/record/record.h"
#include "efface/record/signature.h"

namespace efface {
namespace {

constexpr size_t kBuffer = 1 << 16;  // bytes

// A JSON string; bytes that are not UTF-8 become U+FFFD.
std::string Quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Appends `value` with a fixed number of decimals, whatever the locale; zero has no sign.
void AppendFixed(std::string& to, double value, int decimals) {
  std::array<char, 512> text;  // the longest double has 309 digits before the point
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, decimals)
                       .ptr;
  std::string_view view(text.data(), static_cast<size_t>(end - text.data()));
  if (view.starts_with('-') && view.find_first_not_of("-0.") == view.npos) view.remove_prefix(1);
  to += view;
}

void AppendMask(std::string& to, const Mask& mask) {
  absl::StrAppend(&to, "[", mask.frame);
  for (const double value : {mask.x, mask.y, mask.width, mask.height}) {
    to += ", ";
    AppendFixed(to, value, 2);
  }
  to += ", ";
  AppendFixed(to, mask.score, 4);
  to += ", \"";
  to += NameOf(mask.source);
  to += "\"]";
}

std::string DoubtText(const Doubt& doubt) {
  std::string text = absl::StrCat(
      "{\"face\": ", doubt.face == 0 ? "null" : absl::StrCat(doubt.face), ", \"from\": ");
  AppendFixed(text, doubt.from, 3);
  text += ", \"to\": ";
  AppendFixed(text, doubt.to, 3);
  return absl::StrCat(text, ", \"why\": ", Quoted(doubt.why), "}");
}

// A setting's JSON text as reading gives it back ("[1,2]" of "[1, 2]").
std::string Normal(const std::string& json) {
  const auto value = nlohmann::ordered_json::parse(json, nullptr, false);
  return value.is_discarded() ? Quoted(json) : value.dump();
}

double RoundedTo(double value, double parts) { return std::round(value * parts) / parts; }

}  // namespace

// n / 100 is the double nearest to the decimal number, and so is what reading makes of its text.
Mask Rounded(const Mask& mask) {
  return {mask.frame,
          RoundedTo(mask.x, 100),
          RoundedTo(mask.y, 100),
          RoundedTo(mask.width, 100),
          RoundedTo(mask.height, 100),
          RoundedTo(mask.score, 10'000),
          mask.source};
}

RecordWriter::RecordWriter(const Record& head, Put put, const SigningKey* key)
    : put_(std::move(put)), key_(key), clip_(head.input.kind == "clip") {
  text_.reserve(kBuffer + 1024);
  text_ = "{\n";
  const auto field = [&](const char* name, const std::string& value) {
    absl::StrAppend(&text_, "  \"", name, "\": ", value, ",\n");
  };
  field("format", Quoted(kRecordFormat));
  field("tool", absl::StrCat("{\"name\": ", Quoted(head.tool.name),
                             ", \"version\": ", Quoted(head.tool.version), "}"));
  field("model", head.model.sha256.empty()
                     ? std::string("null")
                     : absl::StrCat("{\"name\": ", Quoted(head.model.name),
                                    ", \"sha256\": ", Quoted(head.model.sha256), "}"));
  const Record::Input& input = head.input;
  field("input", absl::StrCat("{\"file\": ", Quoted(input.file), ", \"bytes\": ", input.bytes,
                              ", \"sha256\": ", Quoted(input.sha256),
                              ", \"kind\": ", Quoted(input.kind), ", \"width\": ", input.width,
                              ", \"height\": ", input.height, ", \"frames\": ", input.frames, "}"));
  field("output", head.output ? absl::StrCat("{\"file\": ", Quoted(head.output->file),
                                             ", \"bytes\": ", head.output->bytes,
                                             ", \"sha256\": ", Quoted(head.output->sha256), "}")
                              : std::string("null"));

  std::string settings;
  for (const auto& [name, value] : head.settings) {
    absl::StrAppend(&settings, settings.empty() ? "{" : ", ", Quoted(name), ": ", Normal(value));
  }
  field("settings", settings.empty() ? "{}" : settings + "}");

  if (head.place) {
    const Record::Place& place = *head.place;
    field("place", absl::StrCat("{\"id\": ", Quoted(place.id), ", \"name\": ", Quoted(place.name),
                                ", \"law\": ", place.law.empty() ? "null" : Quoted(place.law),
                                ", \"scope\": ", Quoted(place.scope), ", \"standing\": ",
                                Quoted(place.standing), ", \"as_of\": ", Quoted(place.as_of),
                                ",\n    \"redaction_software\": ", Quoted(place.redaction_software),
                                ", \"basis\": ", Quoted(place.basis),
                                ",\n    \"source\": ", Quoted(place.source), ", \"confirmed\": ",
                                place.confirmed ? "true" : "false", ", \"legal_advice\": false}"));
  }

  std::string columns;
  for (const std::string_view column : kColumns) {
    absl::StrAppend(&columns, columns.empty() ? "[" : ", ", Quoted(column));
  }
  field("columns", columns + "]");
  text_ += "  \"faces\": [";
}

void RecordWriter::AddFace(const Face& face) {
  EndFace();
  absl::StrAppend(&text_, first_face_ ? "\n    " : ",\n    ", "{\"face\": ", face.face);
  if (face.track != 0) absl::StrAppend(&text_, ", \"track\": ", face.track);
  absl::StrAppend(&text_, ", \"origin\": ", Quoted(NameOf(face.origin)),
                  ", \"redact\": ", face.redact ? "true" : "false",
                  ", \"reason\": ", face.reason ? Quoted(*face.reason) : "null", ", \"masks\": [");
  first_face_ = false;
  in_face_ = first_mask_ = true;
  for (const Mask& mask : face.masks) AddMask(mask);
}

void RecordWriter::AddMask(const Mask& mask) {
  if (!first_mask_) text_ += ", ";
  first_mask_ = false;
  AppendMask(text_, mask);
  Flush(kBuffer);
}

void RecordWriter::EndFace() {
  if (in_face_) text_ += "]}";
  in_face_ = false;
  Flush(kBuffer);
}

absl::Status RecordWriter::End(const Record& tail) {
  EndFace();
  text_ += first_face_ ? "],\n" : "\n  ],\n";
  // A list under `name`, each of `items` on a line of its own.
  const auto list = [&](const char* name, const auto& items, const auto& text_of, const char* end) {
    absl::StrAppend(&text_, "  \"", name, "\": [");
    bool first = true;
    for (const auto& item : items) {
      absl::StrAppend(&text_, first ? "\n    " : ",\n    ", text_of(item));
      first = false;
      Flush(kBuffer);
    }
    absl::StrAppend(&text_, first ? "]" : "\n  ]", end);
  };
  if (clip_ || !tail.doubtful.empty()) {
    // By `from` alone: what is equal once rounded must stay in its order.
    std::vector<Doubt> sorted = tail.doubtful;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Doubt& a, const Doubt& b) { return a.from < b.from; });
    list("doubtful", sorted, DoubtText, ",\n");
  }
  list(
      "removed", tail.removed,
      [](const Removed& each) {
        return absl::StrCat("{\"what\": ", Quoted(each.what), ", \"bytes\": ", each.bytes, "}");
      },
      ",\n");
  std::string kept;
  for (const std::string& name : tail.kept) {
    absl::StrAppend(&kept, kept.empty() ? "" : ", ", Quoted(name));
  }
  absl::StrAppend(&text_, "  \"kept\": [", kept, "],\n");
  list(
      "warnings", tail.warnings, [](const std::string& each) { return Quoted(each); }, "");
  if (key_ == nullptr) {
    text_ += "\n}\n";
  } else {
    Flush(0);
    text_ = SignatureTail(key_->public_hex(), signer_.Sign(*key_));
    key_ = nullptr;
  }
  Flush(0);
  return status_;
}

void RecordWriter::Flush(size_t least) {
  if (text_.size() <= least) return;
  if (key_ != nullptr) signer_.Add(AsBytes(text_));
  if (status_.ok()) status_ = put_(AsBytes(text_));
  text_.clear();
}

std::string WriteRecord(const Record& record, const SigningKey* key) {
  std::string text;
  const auto put = [&](ByteView bytes) {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return absl::OkStatus();
  };
  RecordWriter writer(record, put, key);
  for (const Face& face : record.faces) writer.AddFace(face);
  writer.End(record).IgnoreError();  // a string takes all
  return text;
}

}  // namespace efface
