// JSON from files that may be hostile: bounded in size, depth and number of values. nlohmann-json's
// parser does not recurse.
#ifndef EFFACE_SWEEP_MODELS_BOUNDED_JSON_H_
#define EFFACE_SWEEP_MODELS_BOUNDED_JSON_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace sweep {

constexpr size_t kMaxJson = size_t{24} << 20;       // bytes of text
constexpr size_t kMaxJsonValues = size_t{1} << 20;  // those after it are passed over
constexpr int kMaxJsonDepth = 64;                   // what lies deeper is passed over

// nullopt where `text` is no JSON or passes kMaxJson.
std::optional<nlohmann::json> ParseJson(std::string_view text);

// Members without exceptions: null, "" and -1 where there is none, or it is of another type.
const nlohmann::json& Member(const nlohmann::json& object, const char* key);
std::string_view TextMember(const nlohmann::json& object, const char* key);
int64_t IntegerMember(const nlohmann::json& object, const char* key);  // also of a text of digits
// An array of sizes: -1 for null, and for what is no positive number.
std::vector<int64_t> Sizes(const nlohmann::json& array);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_BOUNDED_JSON_H_
