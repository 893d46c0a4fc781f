// Reads a record and checks every field, since a person may have edited it and since what it says
// decides what is hidden.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "efface/record/names.h"
#include "efface/record/record.h"

namespace efface {
namespace {

using Json = nlohmann::ordered_json;  // keeps the order of the settings

// Limits on hostile text. A tree of values takes up to 30 times the text.
constexpr size_t kMaxBytes = size_t{32} << 20;
constexpr int kMaxDepth = 32;
constexpr int kMaxMembers = 1000;  // of one object: looked up one after the other

// Limits on what a picture or clip can be.
constexpr int64_t kMaxSide = 1'000'000;
constexpr int64_t kMaxFrames = 1'000'000'000;
constexpr int64_t kMaxFileBytes = int64_t{1} << 53;
constexpr double kMaxCoordinate = 1e7;

template <typename... Parts>
absl::Status Wrong(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// absl::StrCat takes absl::string_view, not std's.
absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

// Refuses what would take the parser or this file too deep, too long or too much memory. Needs no
// valid JSON.
absl::Status CheckLimits(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return Wrong("the record is larger than ", kMaxBytes >> 20, " MiB");
  }
  std::vector<int> members;  // commas so far of each open object or array; -1: array
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i) {
          if (text[i] == '\\') ++i;
        }
        break;
      case '{':
      case '[':
        if (members.size() == kMaxDepth) {
          return Wrong("the record is nested more than ", kMaxDepth, " deep");
        }
        members.push_back(text[i] == '{' ? 0 : -1);
        break;
      case '}':
      case ']':
        if (!members.empty()) members.pop_back();
        break;
      case ',':
        if (!members.empty() && members.back() >= 0 && ++members.back() >= kMaxMembers) {
          return Wrong("the record has an object of more than ", kMaxMembers, " fields");
        }
        break;
      default:
        break;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> Parse(std::string_view text) {
  RETURN_IF_ERROR(CheckLimits(text));
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
    const size_t end = std::min(error.byte, text.size());
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(end), '\n');
    return Wrong("the record is not valid JSON: line ", line, " is wrong");
  } catch (const Json::exception&) {  // number overflow
    return Wrong("the record holds a number that is too large");
  }
}

// A value and where it stands ("faces[3].masks[0]"), for sentences.
class Node {
 public:
  Node(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {}

  const std::string& where() const { return where_; }
  const Json& json() const { return *json_; }

  absl::StatusOr<Node> Field(const char* name) const {
    if (!json_->is_object()) return Wrong(Place(), " is not an object");
    const auto found = json_->find(name);
    if (found == json_->end()) return Wrong(Prefix(), "\"", name, "\" is missing");
    return Node(*found, where_.empty() ? name : absl::StrCat(where_, ".", name));
  }

  absl::StatusOr<std::vector<Node>> List() const {
    if (!json_->is_array()) return Wrong(where_, " is not a list");
    std::vector<Node> list;
    list.reserve(json_->size());
    for (size_t i = 0; i < json_->size(); ++i) {
      list.emplace_back((*json_)[i], absl::StrCat(where_, "[", i, "]"));
    }
    return list;
  }

  absl::StatusOr<std::string> Text() const {
    if (!json_->is_string()) return Wrong(where_, " is not a text");
    return json_->get<std::string>();
  }

  absl::StatusOr<bool> Bool() const {
    if (!json_->is_boolean()) return Wrong(where_, " is neither true nor false");
    return json_->get<bool>();
  }

  absl::StatusOr<int64_t> Integer(int64_t least, int64_t most) const {
    if (!json_->is_number_integer()) return Wrong(where_, " is not a whole number");
    // Numbers from 2^63 are unsigned; a cast would turn them negative.
    if (json_->is_number_unsigned() && json_->get<uint64_t>() > static_cast<uint64_t>(most)) {
      return Wrong(where_, " is larger than ", most);
    }
    const auto value = json_->get<int64_t>();
    if (value < least) return Wrong(where_, " is less than ", least);
    if (value > most) return Wrong(where_, " is larger than ", most);
    return value;
  }

  absl::StatusOr<std::string> FileName() const {
    absl::StatusOr<std::string> name = Text();
    if (name.ok() && name->empty()) return Wrong(where_, " is empty");
    if (name.ok() && name->find_first_of(std::string_view("/\0", 2)) != name->npos) {
      return Wrong(where_, " is not a file name without folder");
    }
    return name;
  }

  absl::StatusOr<std::string> Sha256() const {
    RETURN_IF_ERROR(Text().status());
    const auto& text = json_->get_ref<const std::string&>();
    if (text.size() != 64 || text.find_first_not_of("0123456789abcdef") != text.npos) {
      return Wrong(where_, " is not a SHA-256 in 64 lower-case hexadecimal digits");
    }
    return text;
  }

  // One of the fixed words of an enumeration.
  template <typename Values>
  absl::StatusOr<typename Values::value_type> OneOf(const Values& values) const {
    std::string words;
    for (const auto value : values) {
      if (json_->is_string() && json_->get_ref<const std::string&>() == NameOf(value)) return value;
      absl::StrAppend(&words, words.empty() ? "" : ", ", Absl(NameOf(value)));
    }
    return Wrong(where_, " is none of ", words);
  }

 private:
  std::string Place() const { return where_.empty() ? "the record" : where_; }
  std::string Prefix() const { return where_.empty() ? "" : where_ + ": "; }

  const Json* json_;
  std::string where_;
};

absl::StatusOr<Record::Input> ReadInput(const Node& node) {
  Record::Input input;
  ASSIGN_OR_RETURN(const Node file, node.Field("file"));
  ASSIGN_OR_RETURN(input.file, file.FileName());
  ASSIGN_OR_RETURN(const Node bytes, node.Field("bytes"));
  ASSIGN_OR_RETURN(input.bytes, bytes.Integer(0, kMaxFileBytes));
  ASSIGN_OR_RETURN(const Node sha256, node.Field("sha256"));
  ASSIGN_OR_RETURN(input.sha256, sha256.Sha256());
  ASSIGN_OR_RETURN(const Node kind, node.Field("kind"));
  ASSIGN_OR_RETURN(input.kind, kind.Text());
  if (input.kind != "photo" && input.kind != "clip") {
    return Wrong(kind.where(), " is neither \"photo\" nor \"clip\"");
  }
  ASSIGN_OR_RETURN(const Node width, node.Field("width"));
  ASSIGN_OR_RETURN(const int64_t width_value, width.Integer(1, kMaxSide));
  ASSIGN_OR_RETURN(const Node height, node.Field("height"));
  ASSIGN_OR_RETURN(const int64_t height_value, height.Integer(1, kMaxSide));
  input.width = static_cast<int>(width_value);
  input.height = static_cast<int>(height_value);
  ASSIGN_OR_RETURN(const Node frames, node.Field("frames"));
  ASSIGN_OR_RETURN(input.frames, frames.Integer(1, kMaxFrames));
  return input;
}

absl::StatusOr<std::optional<Record::Output>> ReadOutput(const Node& node) {
  if (node.json().is_null()) return std::nullopt;
  Record::Output output;
  ASSIGN_OR_RETURN(const Node file, node.Field("file"));
  ASSIGN_OR_RETURN(output.file, file.FileName());
  ASSIGN_OR_RETURN(const Node bytes, node.Field("bytes"));
  ASSIGN_OR_RETURN(output.bytes, bytes.Integer(0, kMaxFileBytes));
  ASSIGN_OR_RETURN(const Node sha256, node.Field("sha256"));
  ASSIGN_OR_RETURN(output.sha256, sha256.Sha256());
  return output;
}

// Where each of kColumns stands in a row.
using Columns = std::array<size_t, kColumns.size()>;

absl::StatusOr<Columns> ReadColumns(const Node& node) {
  ASSIGN_OR_RETURN(const std::vector<Node> list, node.List());
  std::array<bool, kColumns.size()> found = {};
  Columns columns = {};
  for (size_t i = 0; i < list.size(); ++i) {
    ASSIGN_OR_RETURN(const std::string name, list[i].Text());
    const auto known = std::find(kColumns.begin(), kColumns.end(), name);
    if (known == kColumns.end()) return Wrong(list[i].where(), " is not a known column");
    const auto index = static_cast<size_t>(known - kColumns.begin());
    if (found[index]) return Wrong(list[i].where(), " stands there twice");
    found[index] = true;
    columns[index] = i;
  }
  for (size_t i = 0; i < kColumns.size(); ++i) {
    if (!found[i]) return Wrong(node.where(), ": \"", Absl(kColumns[i]), "\" is missing");
  }
  return columns;
}

// Reads one number of a mask's row. Errors name the column: "faces[3].masks[0]: width is negative".
absl::StatusOr<double> ReadNumber(const Node& row, const Json& value, std::string_view column,
                                  double least, double most) {
  if (!value.is_number()) return Wrong(row.where(), ": ", Absl(column), " is not a number");
  const auto number = value.get<double>();
  if (least == 0 && number < 0) return Wrong(row.where(), ": ", Absl(column), " is negative");
  if (number < least) return Wrong(row.where(), ": ", Absl(column), " is less than ", least);
  if (!(number <= most)) return Wrong(row.where(), ": ", Absl(column), " is larger than ", most);
  return number;
}

absl::StatusOr<Mask> ReadMask(const Node& row, const Columns& columns, int64_t frames) {
  if (!row.json().is_array()) return Wrong(row.where(), " is not a list");
  if (row.json().size() != columns.size()) {
    return Wrong(row.where(), " has ", row.json().size(), " values instead of ", columns.size());
  }
  const auto cell = [&](size_t column) -> const Json& { return row.json()[columns[column]]; };
  const auto number = [&](size_t column, double least, double most) {
    return ReadNumber(row, cell(column), kColumns[column], least, most);
  };
  Mask mask;
  const Json& frame = cell(0);
  if (!frame.is_number_integer()) return Wrong(row.where(), ": frame is not a whole number");
  const auto last = static_cast<double>(frames - 1);
  RETURN_IF_ERROR(ReadNumber(row, frame, kColumns[0], 0, last).status());
  mask.frame = frame.get<int64_t>();
  ASSIGN_OR_RETURN(mask.x, number(1, -kMaxCoordinate, kMaxCoordinate));
  ASSIGN_OR_RETURN(mask.y, number(2, -kMaxCoordinate, kMaxCoordinate));
  ASSIGN_OR_RETURN(mask.width, number(3, 0, kMaxCoordinate));
  ASSIGN_OR_RETURN(mask.height, number(4, 0, kMaxCoordinate));
  ASSIGN_OR_RETURN(mask.score, number(5, 0, 1));
  ASSIGN_OR_RETURN(mask.source,
                   Node(cell(6), absl::StrCat(row.where(), ": source")).OneOf(kMaskSources));
  return mask;
}

absl::StatusOr<Face> ReadFace(const Node& node, const Columns& columns, int64_t frames) {
  Face face;
  ASSIGN_OR_RETURN(const Node number, node.Field("face"));
  ASSIGN_OR_RETURN(face.face, number.Integer(1, kMaxFileBytes));
  ASSIGN_OR_RETURN(const Node origin, node.Field("origin"));
  ASSIGN_OR_RETURN(face.origin, origin.OneOf(kFaceOrigins));
  ASSIGN_OR_RETURN(const Node redact, node.Field("redact"));
  ASSIGN_OR_RETURN(face.redact, redact.Bool());
  ASSIGN_OR_RETURN(const Node reason, node.Field("reason"));
  if (!reason.json().is_null()) {
    ASSIGN_OR_RETURN(face.reason, reason.Text());
  }
  ASSIGN_OR_RETURN(const Node masks, node.Field("masks"));
  ASSIGN_OR_RETURN(const std::vector<Node> rows, masks.List());
  face.masks.reserve(rows.size());
  for (const Node& row : rows) {
    ASSIGN_OR_RETURN(const Mask mask, ReadMask(row, columns, frames));
    face.masks.push_back(mask);
  }
  return face;
}

absl::StatusOr<Removed> ReadRemoved(const Node& node) {
  Removed removed;
  ASSIGN_OR_RETURN(const Node what, node.Field("what"));
  ASSIGN_OR_RETURN(removed.what, what.Text());
  if (removed.what.empty()) return Wrong(what.where(), " is empty");
  ASSIGN_OR_RETURN(const Node bytes, node.Field("bytes"));
  ASSIGN_OR_RETURN(removed.bytes, bytes.Integer(0, kMaxFileBytes));
  return removed;
}

}  // namespace

absl::StatusOr<Record> ReadRecord(std::string_view json) {
  ASSIGN_OR_RETURN(const Json tree, Parse(json));
  const Node root(tree, "");
  Record record;

  ASSIGN_OR_RETURN(const Node format, root.Field("format"));
  ASSIGN_OR_RETURN(const std::string format_name, format.Text());
  if (format_name != kRecordFormat) return Wrong("format is not ", Absl(kRecordFormat));

  ASSIGN_OR_RETURN(const Node tool, root.Field("tool"));
  ASSIGN_OR_RETURN(const Node tool_name, tool.Field("name"));
  ASSIGN_OR_RETURN(record.tool.name, tool_name.Text());
  ASSIGN_OR_RETURN(const Node tool_version, tool.Field("version"));
  ASSIGN_OR_RETURN(record.tool.version, tool_version.Text());

  ASSIGN_OR_RETURN(const Node model, root.Field("model"));
  ASSIGN_OR_RETURN(const Node model_name, model.Field("name"));
  ASSIGN_OR_RETURN(record.model.name, model_name.Text());
  ASSIGN_OR_RETURN(const Node model_sha256, model.Field("sha256"));
  ASSIGN_OR_RETURN(record.model.sha256, model_sha256.Sha256());

  ASSIGN_OR_RETURN(const Node input, root.Field("input"));
  ASSIGN_OR_RETURN(record.input, ReadInput(input));
  ASSIGN_OR_RETURN(const Node output, root.Field("output"));
  ASSIGN_OR_RETURN(record.output, ReadOutput(output));

  ASSIGN_OR_RETURN(const Node settings, root.Field("settings"));
  if (!settings.json().is_object()) return Wrong("settings is not an object");
  for (const auto& [name, value] : settings.json().items()) {
    record.settings.emplace_back(name, value.dump());
  }

  ASSIGN_OR_RETURN(const Node column_names, root.Field("columns"));
  ASSIGN_OR_RETURN(const Columns columns, ReadColumns(column_names));

  ASSIGN_OR_RETURN(const Node face_list, root.Field("faces"));
  ASSIGN_OR_RETURN(const std::vector<Node> faces, face_list.List());
  std::set<int64_t> numbers;
  for (const Node& node : faces) {
    ASSIGN_OR_RETURN(Face face, ReadFace(node, columns, record.input.frames));
    if (!numbers.insert(face.face).second) {
      return Wrong(node.where(), ": face ", face.face, " stands there twice");
    }
    record.faces.push_back(std::move(face));
  }

  ASSIGN_OR_RETURN(const Node removed_list, root.Field("removed"));
  ASSIGN_OR_RETURN(const std::vector<Node> removed, removed_list.List());
  for (const Node& node : removed) {
    ASSIGN_OR_RETURN(Removed each, ReadRemoved(node));
    record.removed.push_back(std::move(each));
  }
  ASSIGN_OR_RETURN(const Node warning_list, root.Field("warnings"));
  ASSIGN_OR_RETURN(const std::vector<Node> warnings, warning_list.List());
  for (const Node& node : warnings) {
    ASSIGN_OR_RETURN(std::string warning, node.Text());
    record.warnings.push_back(std::move(warning));
  }
  return record;
}

}  // namespace efface
