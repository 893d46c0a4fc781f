#include "efface/record/json_parts.h"

#include <istream>

#include "absl/strings/str_cat.h"

namespace efface {
namespace {

constexpr int64_t kValueBytes = 64;  // of memory, about, that one value takes beside its text

template <typename... Parts>
absl::Status Wrong(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// What an open list or object is.
enum class Place { kRecord, kFaces, kFace, kMasks, kDoubtful, kElsewhere };

// Gets the parser's events (nlohmann's SAX interface) and builds trees from them.
class Builder {
 public:
  Builder(const JsonSource& source, const RecordLimits& limits, PartHandler& handler)
      : source_(source), limits_(limits), handler_(handler) {}

  const absl::Status& status() const { return status_; }
  Json& tree() { return tree_; }

  bool null() { return Add(nullptr); }
  bool boolean(bool value) { return Add(value); }
  bool number_integer(int64_t value) { return Add(value); }
  bool number_unsigned(uint64_t value) { return Add(value); }
  bool number_float(double value, const std::string&) { return Add(value); }
  bool string(std::string& text) { return Keep(text.size()) && Add(std::move(text)); }
  bool binary(Json::binary_t&) { return Fail(Wrong("the record is not valid JSON")); }

  bool start_object(size_t) { return Open(Json::object()); }
  bool start_array(size_t) { return Open(Json::array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(std::string& name) {
    OpenValue& object = open_.back();
    object.key = std::move(name);
    if (object.value.contains(object.key)) return Fail(Wrong(Where(), " stands there twice"));
    if (object.value.size() >= static_cast<size_t>(limits_.max_members)) {
      return Fail(Wrong("the record has an object of more than ", limits_.max_members, " fields"));
    }
    return Keep(object.key.size());
  }

  bool parse_error(size_t bytes, const std::string&, const nlohmann::detail::exception& error) {
    if (!source_.status().ok()) return Fail(source_.status());
    constexpr int kNumberOverflow = 406;  // nlohmann's number of this error
    if (error.id == kNumberOverflow) {
      return Fail(Wrong("the record holds a number that is too large"));
    }
    return Fail(Wrong("the record is not valid JSON: line ", source_.LineAt(bytes), " is wrong"));
  }

 private:
  struct OpenValue {
    Json value;
    Place place = Place::kElsewhere;
    std::string key;   // of an object: the one that was read last
    size_t count = 0;  // of a list: its entries so far
    int64_t kept = 0;  // kept_ when it began
  };

  bool Fail(absl::Status status) {
    status_ = std::move(status);
    return false;
  }

  // Counts memory that the trees take.
  bool Keep(size_t bytes) {
    kept_ += static_cast<int64_t>(bytes);
    if (kept_ <= limits_.max_rest) return true;
    return Fail(Wrong("the record holds too much beside its masks: more than ",
                      limits_.max_rest >> 20, " MiB"));
  }

  // "faces[3].masks[0]": the value that is read now.
  std::string Where() const {
    std::string where;
    for (const OpenValue& each : open_) {
      if (each.value.is_array()) {
        absl::StrAppend(&where, "[", each.count, "]");
      } else {
        absl::StrAppend(&where, where.empty() ? "" : ".", each.key);
      }
    }
    return where;
  }

  Place PlaceOf(bool list) const {
    if (open_.empty()) return list ? Place::kElsewhere : Place::kRecord;
    const OpenValue& parent = open_.back();
    if (parent.place == Place::kRecord && list && parent.key == "faces") return Place::kFaces;
    if (parent.place == Place::kRecord && list && parent.key == "doubtful") {
      return Place::kDoubtful;
    }
    if (parent.place == Place::kFaces && !list) return Place::kFace;
    if (parent.place == Place::kFace && list && parent.key == "masks") return Place::kMasks;
    return Place::kElsewhere;
  }

  bool Open(Json empty) {
    if (open_.size() == static_cast<size_t>(limits_.max_depth)) {
      return Fail(Wrong("the record is nested more than ", limits_.max_depth, " deep"));
    }
    const Place place = PlaceOf(empty.is_array());
    if (place == Place::kFaces) {
      if (absl::Status status = handler_.OnFaces(open_.front().value); !status.ok()) {
        return Fail(std::move(status));
      }
    }
    open_.push_back({std::move(empty), place, {}, 0, kept_});
    return true;
  }

  bool Close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return Add(std::move(value));
  }

  // Takes a value that is whole.
  bool Add(Json value) {
    if (open_.empty()) {
      tree_ = std::move(value);
      return true;
    }
    OpenValue& parent = open_.back();
    const size_t place = parent.count++;
    absl::Status status;
    switch (parent.place) {
      case Place::kMasks:
        status = handler_.OnMask(open_[open_.size() - 3].count, place, value);
        break;
      case Place::kFaces:
        status = handler_.OnFace(place, value);
        break;
      case Place::kDoubtful:
        status = handler_.OnDoubt(place, value);
        break;
      default:
        if (parent.value.is_array()) {
          parent.value.push_back(std::move(value));
        } else {
          parent.value.get_ref<Json::object_t&>().emplace_back(parent.key, std::move(value));
        }
        return Keep(kValueBytes);
    }
    kept_ = parent.kept;  // what was handed over is not kept
    return status.ok() || Fail(std::move(status));
  }

  const JsonSource& source_;
  const RecordLimits& limits_;
  PartHandler& handler_;
  absl::Status status_;
  Json tree_;
  std::vector<OpenValue> open_;
  int64_t kept_ = 0;  // bytes, about
};

}  // namespace

absl::StatusOr<Json> ParseParts(JsonSource::Read read, const RecordLimits& limits,
                                PartHandler& handler) {
  const auto source = std::make_unique<JsonSource>(std::move(read), limits.max_text);
  Builder builder(*source, limits, handler);
  std::istream stream(source.get());
  if (!Json::sax_parse(stream, &builder)) return builder.status();
  return std::move(builder.tree());
}

}  // namespace efface
