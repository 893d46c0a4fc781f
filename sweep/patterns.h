// Many patterns searched in one pass, by Hyperscan.
#ifndef EFFACE_SWEEP_PATTERNS_H_
#define EFFACE_SWEEP_PATTERNS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sweep/rules.h"

namespace sweep {

// Longest match in bytes, so that parts of a long file that overlap by so much lose none.
constexpr size_t kMaxMatch = 2048;

struct Match {
  int pattern = 0;  // index in what Compile was given
  size_t begin = 0, end = 0;
};

// Compiled patterns: immutable, so any number of threads may search at once, each with a Scratch
// of its own.
class PatternSet {
 public:
  class Scratch {
   public:
    explicit Scratch(const PatternSet& set);  // serves only this set
    ~Scratch();
    Scratch(Scratch&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
    Scratch& operator=(Scratch&&) = delete;

   private:
    friend class PatternSet;
    void* memory_ = nullptr;
  };

  // `patterns` must outlive nothing: it is copied from. InvalidArgument where an expression isn't
  // one, may match nothing, or may match more than kMaxMatch bytes.
  static absl::StatusOr<PatternSet> Compile(const std::vector<Pattern>& patterns);
  PatternSet(PatternSet&& other) noexcept;
  PatternSet& operator=(PatternSet&&) = delete;
  ~PatternSet();

  // Appends what is found in `text` to `matches`, at most `limit` in all. Words are kept to. A
  // match of a regular expression may be told with several ends.
  void Find(std::string_view text, Scratch& scratch, size_t limit,
            std::vector<Match>& matches) const;

  bool empty() const { return database_ == nullptr; }

 private:
  PatternSet() = default;
  struct Kept {
    size_t length;  // of a literal; 0: a regular expression
    bool word_before, word_after;
  };
  void* database_ = nullptr;
  std::vector<Kept> kept_;
};

}  // namespace sweep

#endif  // EFFACE_SWEEP_PATTERNS_H_
