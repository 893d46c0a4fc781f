#include "sweep/patterns.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <hs/hs.h>

#include "base/status.h"

namespace sweep {
namespace {

bool IsWord(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }

unsigned Flags(const Pattern& pattern) {
  unsigned flags = pattern.ignore_case ? HS_FLAG_CASELESS : 0;
  if (pattern.regex) flags |= HS_FLAG_SOM_LEFTMOST | HS_FLAG_MULTILINE;
  return flags;
}

absl::Status CheckExpression(const Pattern& pattern) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_expression_info(pattern.text.c_str(), Flags(pattern), &info, &error) != HS_SUCCESS) {
    const std::string what = error != nullptr ? error->message : "unknown";
    hs_free_compile_error(error);
    return absl::InvalidArgumentError(
        absl::StrCat("the regular expression ", pattern.text, " can't be used: ", what));
  }
  const bool too_wide = info->max_width > kMaxMatch, nothing = info->min_width == 0;
  std::free(info);
  if (nothing)
    return absl::InvalidArgumentError(
        absl::StrCat("the regular expression ", pattern.text, " matches the empty text"));
  if (too_wide)
    return absl::InvalidArgumentError(
        absl::StrCat("the regular expression ", pattern.text, " may match more than ", kMaxMatch,
                     " bytes; give its repetitions an upper bound, as in {0,80}"));
  return absl::OkStatus();
}

// As an expression that stands for the text itself.
std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (!IsWord(c) && static_cast<unsigned char>(c) < 128) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

struct Search {
  std::string_view text;
  size_t limit;
  std::vector<Match>* matches;
  const void* kept;
};

}  // namespace

PatternSet::Scratch::Scratch(const PatternSet& set) {
  if (set.database_ == nullptr) return;
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(static_cast<const hs_database_t*>(set.database_), &scratch) == HS_SUCCESS)
    memory_ = scratch;
}

PatternSet::Scratch::~Scratch() { hs_free_scratch(static_cast<hs_scratch_t*>(memory_)); }

PatternSet::PatternSet(PatternSet&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), kept_(std::move(other.kept_)) {}

PatternSet::~PatternSet() { hs_free_database(static_cast<hs_database_t*>(database_)); }

absl::StatusOr<PatternSet> PatternSet::Compile(const std::vector<Pattern>& patterns) {
  PatternSet set;
  if (patterns.empty()) return set;
  bool any_regex = false;
  for (const Pattern& pattern : patterns) {
    const bool literal = !pattern.regex;
    if (pattern.regex) RETURN_IF_ERROR(CheckExpression(pattern));
    if (literal && pattern.text.size() > kMaxMatch)
      return absl::InvalidArgumentError(
          absl::StrCat("a literal has more than ", kMaxMatch, " bytes"));
    any_regex |= pattern.regex;
    set.kept_.push_back({literal ? pattern.text.size() : 0,
                         literal && pattern.word && IsWord(pattern.text.front()),
                         literal && pattern.word && IsWord(pattern.text.back())});
  }
  std::vector<std::string> texts;
  std::vector<const char*> expressions;
  std::vector<unsigned> flags, ids;
  std::vector<size_t> lengths;
  for (const Pattern& pattern : patterns) {
    texts.push_back(any_regex && !pattern.regex ? Escaped(pattern.text) : pattern.text);
    flags.push_back(Flags(pattern));
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  for (const std::string& text : texts) {
    expressions.push_back(text.c_str());
    lengths.push_back(text.size());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto count = static_cast<unsigned>(texts.size());
  const hs_error_t result =
      any_regex ? hs_compile_multi(expressions.data(), flags.data(), ids.data(), count,
                                   HS_MODE_BLOCK, nullptr, &database, &error)
                : hs_compile_lit_multi(expressions.data(), flags.data(), ids.data(), lengths.data(),
                                       count, HS_MODE_BLOCK, nullptr, &database, &error);
  if (result != HS_SUCCESS) {
    const std::string what = error != nullptr ? error->message : "this processor lacks SSSE3";
    hs_free_compile_error(error);
    return absl::InvalidArgumentError(absl::StrCat("the patterns can't be compiled: ", what));
  }
  set.database_ = database;
  return set;
}

void PatternSet::Find(std::string_view text, Scratch& scratch, size_t limit,
                      std::vector<Match>& matches) const {
  if (database_ == nullptr || scratch.memory_ == nullptr || text.empty()) return;
  Search search{text, limit, &matches, kept_.data()};
  hs_scan(
      static_cast<const hs_database_t*>(database_), text.data(), static_cast<unsigned>(text.size()),
      0, static_cast<hs_scratch_t*>(scratch.memory_),
      [](unsigned id, unsigned long long from, unsigned long long to, unsigned, void* context) {
        const auto& at = *static_cast<const Search*>(context);
        const Kept& kept = static_cast<const Kept*>(at.kept)[id];
        const size_t end = to,
                     begin = kept.length != 0 ? end - kept.length : static_cast<size_t>(from);
        if (kept.word_before && begin > 0 && IsWord(at.text[begin - 1])) return 0;
        if (kept.word_after && end < at.text.size() && IsWord(at.text[end])) return 0;
        at.matches->push_back({static_cast<int>(id), begin, end});
        return at.matches->size() >= at.limit ? 1 : 0;
      },
      &search);
}

}  // namespace sweep
