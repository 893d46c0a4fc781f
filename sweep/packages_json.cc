#include "sweep/packages_json.h"

#include <nlohmann/json.hpp>

namespace sweep {
namespace {

using Json = nlohmann::json;
using Each = std::function<void(std::string_view, std::string_view, std::string_view, size_t)>;
constexpr size_t kMaxLevels = 200;

// nlohmann's events say no offset; keys are looked for in the text from where the one before was.
class Events : public nlohmann::json_sax<Json> {
 public:
  Events(std::string_view text, const Each& each) : text_(text), each_(each) {}
  bool null() override { return Value({}); }
  bool boolean(bool) override { return Value({}); }
  bool number_integer(number_integer_t) override { return Value({}); }
  bool number_unsigned(number_unsigned_t) override { return Value({}); }
  bool number_float(number_float_t, const string_t&) override { return Value({}); }
  bool binary(binary_t&) override { return Value({}); }
  bool string(string_t& value) override { return Value(value); }
  bool key(string_t& key) override {
    const size_t found = text_.find("\"" + key + "\"", at_);
    if (found != std::string_view::npos) at_ = found + 1;
    key_ = key;
    return true;
  }
  bool start_object(size_t) override { return Down(); }
  bool start_array(size_t) override { return Down(); }
  bool end_object() override { return Up(); }
  bool end_array() override { return Up(); }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool Value(std::string_view value) {
    each_(path_, key_, value, at_);
    key_.clear();
    return true;
  }
  bool Down() {
    if (lengths_.size() >= kMaxLevels) return false;
    const size_t length = path_.size();
    if (!lengths_.empty()) each_(path_, key_, {}, at_);
    lengths_.push_back(length);
    if (!key_.empty() || lengths_.size() > 1) path_ += key_.empty() ? "" : key_ + ".";
    key_.clear();
    return true;
  }
  bool Up() {
    path_.resize(lengths_.back());
    lengths_.pop_back();
    key_.clear();
    return true;
  }

  std::string_view text_;
  const Each& each_;
  std::string path_, key_;
  std::vector<size_t> lengths_;
  size_t at_ = 0;
};

}  // namespace

void EachJsonKey(std::string_view text, const Each& each) {
  Events events(text, each);
  Json::sax_parse(text.begin(), text.end(), &events);
}

}  // namespace sweep
