// Reads a record and checks every field, since a person may have edited it and since what it says
// decides what is hidden.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "base/words.h"
#include "efface/record/json_parts.h"
#include "efface/record/names.h"
#include "efface/record/record.h"

namespace efface {
namespace {

constexpr size_t kMaxBytes = size_t{32} << 20;  // of a record in memory

// Limits on what a picture or clip can be.
constexpr int64_t kMaxSide = 1'000'000;
constexpr int64_t kMaxFrames = 1'000'000'000;
constexpr int64_t kMaxFileBytes = int64_t{1} << 53;
constexpr double kMaxCoordinate = 1e7;
constexpr int kMaxTracks = 1000;
constexpr double kMaxSeconds = 1e8;

template <typename... Parts>
absl::Status Wrong(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
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

  absl::StatusOr<double> Number(double least, double most) const {
    if (!json_->is_number()) return Wrong(where_, " is not a number");
    const auto value = json_->get<double>();
    if (value < least) return Wrong(where_, " is less than ", least);
    if (!(value <= most)) return Wrong(where_, " is larger than ", most);
    return value;
  }

  // A word in kebab case.
  absl::StatusOr<std::string> Word() const {
    RETURN_IF_ERROR(Text().status());
    const auto& text = json_->get_ref<const std::string&>();
    if (text.empty() ||
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != text.npos) {
      return Wrong(where_, " is not a word in lower case");
    }
    return text;
  }

  // One of the fixed words of an enumeration.
  template <typename Values>
  absl::StatusOr<typename Values::value_type> OneOf(const Values& values) const {
    if (json_->is_string()) {
      const auto& text = json_->get_ref<const std::string&>();
      for (const auto value : values) {
        if (text == NameOf(value)) return value;
      }
    }
    std::string words;
    for (const auto value : values) {
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

absl::StatusOr<Record::Place> ReadPlace(const Node& node) {
  Record::Place place;
  const auto text = [&](const char* name, std::string& to) -> absl::Status {
    ASSIGN_OR_RETURN(const Node field, node.Field(name));
    ASSIGN_OR_RETURN(to, field.Text());
    if (to.empty()) return Wrong(field.where(), " is empty");
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(text("id", place.id));
  RETURN_IF_ERROR(text("name", place.name));
  RETURN_IF_ERROR(text("scope", place.scope));
  RETURN_IF_ERROR(text("standing", place.standing));
  RETURN_IF_ERROR(text("as_of", place.as_of));
  RETURN_IF_ERROR(text("redaction_software", place.redaction_software));
  RETURN_IF_ERROR(text("basis", place.basis));
  RETURN_IF_ERROR(text("source", place.source));
  ASSIGN_OR_RETURN(const Node law, node.Field("law"));
  if (!law.json().is_null()) RETURN_IF_ERROR(text("law", place.law));
  if (std::find(kRedactionWords.begin(), kRedactionWords.end(), place.redaction_software) ==
      kRedactionWords.end())
    return Wrong(node.where(), ".redaction_software is none of allowed, not-mentioned, unknown");
  ASSIGN_OR_RETURN(const Node confirmed, node.Field("confirmed"));
  ASSIGN_OR_RETURN(place.confirmed, confirmed.Bool());
  ASSIGN_OR_RETURN(const Node advice, node.Field("legal_advice"));
  ASSIGN_OR_RETURN(const bool is_advice, advice.Bool());
  if (is_advice) return Wrong(advice.where(), " is true, and a record can't be that");
  return place;
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

// Without its masks.
absl::StatusOr<Face> ReadFace(const Node& node) {
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
  RETURN_IF_ERROR(masks.List().status());
  if (node.json().contains("track")) {
    ASSIGN_OR_RETURN(const Node track, node.Field("track"));
    ASSIGN_OR_RETURN(const int64_t value, track.Integer(0, kMaxTracks));
    face.track = static_cast<int>(value);
  }
  return face;
}

absl::StatusOr<Doubt> ReadDoubt(const Node& node) {
  Doubt doubt;
  ASSIGN_OR_RETURN(const Node face, node.Field("face"));
  if (!face.json().is_null()) {
    ASSIGN_OR_RETURN(doubt.face, face.Integer(1, kMaxFileBytes));
  }
  ASSIGN_OR_RETURN(const Node from, node.Field("from"));
  ASSIGN_OR_RETURN(doubt.from, from.Number(0, kMaxSeconds));
  ASSIGN_OR_RETURN(const Node to, node.Field("to"));
  ASSIGN_OR_RETURN(doubt.to, to.Number(doubt.from, kMaxSeconds));
  ASSIGN_OR_RETURN(const Node why, node.Field("why"));
  ASSIGN_OR_RETURN(doubt.why, why.Word());
  return doubt;
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

// What must be known before masks can be read.
struct MaskForm {
  Columns columns;
  int64_t frames = 1;
};

absl::Status CheckFormat(const Node& root) {
  ASSIGN_OR_RETURN(const Node format, root.Field("format"));
  ASSIGN_OR_RETURN(const std::string name, format.Text());
  if (name != kRecordFormat) return Wrong("format is not ", Absl(kRecordFormat));
  return absl::OkStatus();
}

absl::StatusOr<MaskForm> ReadMaskForm(const Node& root) {
  ASSIGN_OR_RETURN(const Node input_node, root.Field("input"));
  ASSIGN_OR_RETURN(const Record::Input input, ReadInput(input_node));
  ASSIGN_OR_RETURN(const Node names, root.Field("columns"));
  ASSIGN_OR_RETURN(const Columns columns, ReadColumns(names));
  return MaskForm{columns, input.frames};
}

// Hands masks on, in the second of two readings.
class MaskReader : public PartHandler {
 public:
  MaskReader(const MaskForm& form, const MaskHandler& handler) : form_(form), handler_(handler) {}

  absl::Status OnFaces(const Json&) override { return absl::OkStatus(); }
  absl::Status OnMask(size_t face, size_t place, const Json& json) override {
    const Node row(json, absl::StrCat("faces[", face, "].masks[", place, "]"));
    ASSIGN_OR_RETURN(const Mask mask, ReadMask(row, form_.columns, form_.frames));
    return handler_(face, mask);
  }
  absl::Status OnFace(size_t, const Json&) override { return absl::OkStatus(); }
  absl::Status OnDoubt(size_t, const Json&) override { return absl::OkStatus(); }

 private:
  MaskForm form_;
  const MaskHandler& handler_;
};

// Takes all of a record in one reading; but where a person (or a program that sorts fields) has put
// what masks need behind them, masks are left for a second one.
class Reader : public PartHandler {
 public:
  Reader(const MaskHandler& handler, const RecordLimits& limits)
      : handler_(handler), limits_(limits) {}

  absl::StatusOr<Record> Read(const JsonSource::Read& read) {
    ASSIGN_OR_RETURN(const Json tree, ParseParts(read, limits_, *this));
    RETURN_IF_ERROR(ReadRest(Node(tree, "")));
    if (postponed_) {
      ASSIGN_OR_RETURN(const MaskForm form, ReadMaskForm(Node(tree, "")));
      MaskReader masks(form, handler_);
      RETURN_IF_ERROR(ParseParts(read, limits_, masks).status());
    }
    return std::move(record_);
  }

  absl::Status OnFaces(const Json& before) override {
    const Node root(before, "");
    if (before.contains("format")) RETURN_IF_ERROR(CheckFormat(root));
    postponed_ = !before.contains("input") || !before.contains("columns");
    if (postponed_) return absl::OkStatus();
    ASSIGN_OR_RETURN(const MaskForm form, ReadMaskForm(root));
    masks_.emplace(form, handler_);
    return absl::OkStatus();
  }

  absl::Status OnMask(size_t face, size_t place, const Json& json) override {
    return postponed_ ? absl::OkStatus() : masks_->OnMask(face, place, json);
  }

  absl::Status OnFace(size_t place, const Json& json) override {
    if (record_.faces.size() == static_cast<size_t>(limits_.max_faces)) {
      return Wrong("the record has more than ", limits_.max_faces, " faces");
    }
    const Node node(json, absl::StrCat("faces[", place, "]"));
    ASSIGN_OR_RETURN(Face face, ReadFace(node));
    if (!numbers_.insert(face.face).second) {
      return Wrong(node.where(), ": face ", face.face, " stands there twice");
    }
    RETURN_IF_ERROR(KeepText(face.reason.value_or("")));
    record_.faces.push_back(std::move(face));
    return absl::OkStatus();
  }

  absl::Status OnDoubt(size_t place, const Json& json) override {
    if (record_.doubtful.size() == static_cast<size_t>(limits_.max_doubtful)) {
      return Wrong("the record has more than ", limits_.max_doubtful, " doubtful moments");
    }
    ASSIGN_OR_RETURN(Doubt doubt, ReadDoubt(Node(json, absl::StrCat("doubtful[", place, "]"))));
    RETURN_IF_ERROR(KeepText(doubt.why));
    record_.doubtful.push_back(std::move(doubt));
    return absl::OkStatus();
  }

 private:
  absl::Status KeepText(std::string_view text) {
    text_bytes_ += static_cast<int64_t>(text.size());
    if (text_bytes_ <= limits_.max_rest) return absl::OkStatus();
    return Wrong("the record's reasons are longer than ", limits_.max_rest >> 20, " MiB");
  }

  absl::Status ReadRest(const Node& root);

  const MaskHandler& handler_;
  const RecordLimits& limits_;
  Record record_;
  absl::flat_hash_set<int64_t> numbers_;
  int64_t text_bytes_ = 0;  // of the texts of faces and doubtful moments
  bool postponed_ = false;
  std::optional<MaskReader> masks_;
};

// Everything but the entries that were handed over one by one.
absl::Status Reader::ReadRest(const Node& root) {
  RETURN_IF_ERROR(CheckFormat(root));

  ASSIGN_OR_RETURN(const Node tool, root.Field("tool"));
  ASSIGN_OR_RETURN(const Node tool_name, tool.Field("name"));
  ASSIGN_OR_RETURN(record_.tool.name, tool_name.Text());
  ASSIGN_OR_RETURN(const Node tool_version, tool.Field("version"));
  ASSIGN_OR_RETURN(record_.tool.version, tool_version.Text());

  ASSIGN_OR_RETURN(const Node model, root.Field("model"));
  if (!model.json().is_null()) {
    ASSIGN_OR_RETURN(const Node model_name, model.Field("name"));
    ASSIGN_OR_RETURN(record_.model.name, model_name.Text());
    ASSIGN_OR_RETURN(const Node model_sha256, model.Field("sha256"));
    ASSIGN_OR_RETURN(record_.model.sha256, model_sha256.Sha256());
  }

  ASSIGN_OR_RETURN(const Node input, root.Field("input"));
  ASSIGN_OR_RETURN(record_.input, ReadInput(input));
  ASSIGN_OR_RETURN(const Node output, root.Field("output"));
  ASSIGN_OR_RETURN(record_.output, ReadOutput(output));

  ASSIGN_OR_RETURN(const Node settings, root.Field("settings"));
  if (!settings.json().is_object()) return Wrong("settings is not an object");
  for (const auto& [name, value] : settings.json().items()) {
    record_.settings.emplace_back(name, value.dump());
  }

  if (root.json().contains("place")) {
    ASSIGN_OR_RETURN(const Node place, root.Field("place"));
    ASSIGN_OR_RETURN(record_.place, ReadPlace(place));
  }

  RETURN_IF_ERROR(ReadMaskForm(root).status());
  ASSIGN_OR_RETURN(const Node faces, root.Field("faces"));
  RETURN_IF_ERROR(faces.List().status());
  if (root.json().contains("doubtful")) {
    ASSIGN_OR_RETURN(const Node doubtful, root.Field("doubtful"));
    RETURN_IF_ERROR(doubtful.List().status());
  }

  ASSIGN_OR_RETURN(const Node removed_list, root.Field("removed"));
  ASSIGN_OR_RETURN(const std::vector<Node> removed, removed_list.List());
  for (const Node& node : removed) {
    ASSIGN_OR_RETURN(Removed each, ReadRemoved(node));
    record_.removed.push_back(std::move(each));
  }
  if (root.json().contains("kept")) {  // not in records of Efface 0.1
    ASSIGN_OR_RETURN(const Node kept_list, root.Field("kept"));
    ASSIGN_OR_RETURN(const std::vector<Node> kept, kept_list.List());
    for (const Node& node : kept) {
      ASSIGN_OR_RETURN(std::string name, node.Word());
      record_.kept.push_back(std::move(name));
    }
  }
  ASSIGN_OR_RETURN(const Node warning_list, root.Field("warnings"));
  ASSIGN_OR_RETURN(const std::vector<Node> warnings, warning_list.List());
  for (const Node& node : warnings) {
    ASSIGN_OR_RETURN(std::string warning, node.Text());
    record_.warnings.push_back(std::move(warning));
  }
  record_.has_signature = root.json().contains("signature");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Record> StreamRecord(int fd, const MaskHandler& handler,
                                    const RecordLimits& limits) {
  return Reader(handler, limits).Read([fd](int64_t offset, std::span<uint8_t> out) {
    return ReadAt(fd, offset, out);
  });
}

absl::StatusOr<Record> ReadRecord(std::string_view json) {
  if (json.size() > kMaxBytes) {
    return Wrong("the record is larger than ", kMaxBytes >> 20, " MiB");
  }
  const RecordLimits limits;
  std::vector<std::vector<Mask>> masks;  // of each face
  const MaskHandler keep = [&](size_t face, const Mask& mask) {
    if (masks.size() <= face) masks.resize(face + 1);
    masks[face].push_back(mask);
    return absl::OkStatus();
  };
  const auto read = [json](int64_t offset, std::span<uint8_t> out) -> absl::StatusOr<size_t> {
    const std::string_view part = json.substr(static_cast<size_t>(offset), out.size());
    std::copy(part.begin(), part.end(), out.begin());
    return part.size();
  };
  ASSIGN_OR_RETURN(Record record, Reader(keep, limits).Read(read));
  masks.resize(record.faces.size());
  for (size_t i = 0; i < masks.size(); ++i) record.faces[i].masks = std::move(masks[i]);
  return record;
}

}  // namespace efface
