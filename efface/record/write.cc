// Writes the record as JSON text. By hand and not through a tree of values: the order of the
// fields, the number of decimals and the lines are part of what a person sees.
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "efface/record/names.h"
#include "efface/record/record.h"

namespace efface {
namespace {

// A JSON string; bytes that are not UTF-8 become U+FFFD.
std::string Quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// `value` with a fixed number of decimals, whatever the locale; zero has no sign.
std::string Fixed(double value, int decimals) {
  std::array<char, 512> text;  // the longest double has 309 digits before the point
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, decimals)
                       .ptr;
  std::string_view view(text.data(), static_cast<size_t>(end - text.data()));
  if (view.starts_with('-') && view.find_first_not_of("-0.") == view.npos) view.remove_prefix(1);
  return std::string(view);
}

// `rows`, each on a line of its own, as a JSON array.
std::string Lines(const std::vector<std::string>& rows) {
  std::string text = "[";
  for (size_t i = 0; i < rows.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "\n    " : ",\n    ", rows[i]);
  }
  return text + (rows.empty() ? "]" : "\n  ]");
}

std::string MaskText(const Mask& mask) {
  return absl::StrCat("[", mask.frame, ", ", Fixed(mask.x, 2), ", ", Fixed(mask.y, 2), ", ",
                      Fixed(mask.width, 2), ", ", Fixed(mask.height, 2), ", ", Fixed(mask.score, 4),
                      ", ", Quoted(NameOf(mask.source)), "]");
}

std::string FaceText(const Face& face) {
  std::string text =
      absl::StrCat("{\"face\": ", face.face, ", \"origin\": ", Quoted(NameOf(face.origin)),
                   ", \"redact\": ", face.redact ? "true" : "false",
                   ", \"reason\": ", face.reason ? Quoted(*face.reason) : "null", ", \"masks\": [");
  for (size_t i = 0; i < face.masks.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", MaskText(face.masks[i]));
  }
  return text + "]}";
}

}  // namespace

std::string WriteRecord(const Record& record) {
  std::string text = "{\n";
  const auto field = [&](const char* name, const std::string& value, const char* end = ",\n") {
    absl::StrAppend(&text, "  \"", name, "\": ", value, end);
  };
  field("format", Quoted(kRecordFormat));
  field("tool", absl::StrCat("{\"name\": ", Quoted(record.tool.name),
                             ", \"version\": ", Quoted(record.tool.version), "}"));
  field("model", absl::StrCat("{\"name\": ", Quoted(record.model.name),
                              ", \"sha256\": ", Quoted(record.model.sha256), "}"));
  const Record::Input& input = record.input;
  field("input", absl::StrCat("{\"file\": ", Quoted(input.file), ", \"bytes\": ", input.bytes,
                              ", \"sha256\": ", Quoted(input.sha256),
                              ", \"kind\": ", Quoted(input.kind), ", \"width\": ", input.width,
                              ", \"height\": ", input.height, ", \"frames\": ", input.frames, "}"));
  field("output", record.output ? absl::StrCat("{\"file\": ", Quoted(record.output->file),
                                               ", \"bytes\": ", record.output->bytes,
                                               ", \"sha256\": ", Quoted(record.output->sha256), "}")
                                : std::string("null"));

  std::string settings;
  for (const auto& [name, value] : record.settings) {
    absl::StrAppend(&settings, settings.empty() ? "{" : ", ", Quoted(name), ": ", value);
  }
  field("settings", settings.empty() ? "{}" : settings + "}");

  std::string columns;
  for (const std::string_view column : kColumns) {
    absl::StrAppend(&columns, columns.empty() ? "[" : ", ", Quoted(column));
  }
  field("columns", columns + "]");

  std::vector<std::string> faces, removed, warnings;
  for (const Face& face : record.faces) faces.push_back(FaceText(face));
  for (const Removed& each : record.removed) {
    removed.push_back(
        absl::StrCat("{\"what\": ", Quoted(each.what), ", \"bytes\": ", each.bytes, "}"));
  }
  for (const std::string& warning : record.warnings) warnings.push_back(Quoted(warning));
  field("faces", Lines(faces));
  field("removed", Lines(removed));
  field("warnings", Lines(warnings), "\n");
  return text + "}\n";
}

}  // namespace efface
