// Words that sentences for users are made of.
#ifndef BASE_WORDS_H_
#define BASE_WORDS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace efface {

// absl::StrCat takes absl::string_view, not std's.
inline absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

// "1 mask", "2 masks"
inline std::string CountOf(int64_t count, const char* one, const char* many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

}  // namespace efface

#endif  // BASE_WORDS_H_
