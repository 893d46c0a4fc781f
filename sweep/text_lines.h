// Lines, tables and trees of texts, with where in the text they stand: what the readers of
// manifests share.
#ifndef EFFACE_SWEEP_TEXT_LINES_H_
#define EFFACE_SWEEP_TEXT_LINES_H_

#include <string_view>

namespace sweep {

inline std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Calls each(line, offset) for every line, without its end.
template <typename Each>
void EachLine(std::string_view text, Each each) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    each(line, at);
    at = end + 1;
  }
}

// The first characters of `text` that are all in `set`.
inline std::string_view Run(std::string_view text, std::string_view set) {
  return text.substr(0, std::min(text.find_first_not_of(set), text.size()));
}

// What stands between the first two quotes (" or ') of `text`; empty: nothing.
inline std::string_view Quoted(std::string_view text) {
  const size_t begin = text.find_first_of("\"'");
  if (begin == std::string_view::npos) return {};
  const size_t end = text.find(text[begin], begin + 1);
  return end == std::string_view::npos ? std::string_view()
                                       : text.substr(begin + 1, end - begin - 1);
}

inline constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

}  // namespace sweep

#endif  // EFFACE_SWEEP_TEXT_LINES_H_
