#include "sweep/models/bounded_json.h"

#include <charconv>

#include "sweep/models/graph.h"

namespace sweep {

using nlohmann::json;

std::optional<json> ParseJson(std::string_view text) {
  if (text.size() > kMaxJson) return std::nullopt;
  size_t values = 0;
  const json::parser_callback_t bound = [&](int depth, json::parse_event_t event, json&) {
    const bool begins = event == json::parse_event_t::object_start ||
                        event == json::parse_event_t::array_start ||
                        event == json::parse_event_t::value;
    return !begins || (depth < kMaxJsonDepth && ++values < kMaxJsonValues);
  };
  json document = json::parse(text, bound, /*allow_exceptions=*/false);
  if (document.is_discarded()) return std::nullopt;
  return document;
}

const json& Member(const json& object, const char* key) {
  static const json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

std::string_view TextMember(const json& object, const char* key) {
  const json& member = Member(object, key);
  return member.is_string() ? std::string_view(member.get_ref<const std::string&>())
                            : std::string_view();
}

int64_t IntegerMember(const json& object, const char* key) {
  const json& member = Member(object, key);
  int64_t value = -1;
  if (member.is_number_integer()) {
    value = member.get<int64_t>();
  } else if (member.is_string()) {
    const std::string& text = member.get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  return value;
}

std::vector<int64_t> Sizes(const json& array) {
  std::vector<int64_t> sizes;
  if (!array.is_array()) return sizes;
  for (const json& size : array) {
    if (sizes.size() >= kMaxRank) break;
    const int64_t value = size.is_number_integer() ? size.get<int64_t>() : -1;
    sizes.push_back(value > 0 ? value : -1);
  }
  return sizes;
}

}  // namespace sweep
