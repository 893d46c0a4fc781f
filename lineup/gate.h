// How flaws of an input are met: refused with a sentence, or left out and counted.
#ifndef EFFACE_LINEUP_GATE_H_
#define EFFACE_LINEUP_GATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lineup/population.h"

namespace lineup {

// Counts into `left_out`, which must outlive it.
class Gate {
 public:
  Gate(Flaws flaws, std::vector<LeftOut>& left_out) : flaws_(flaws), left_out_(left_out) {}

  absl::Status Flaw(const std::string& what, const std::string& where) {
    if (flaws_ == Flaws::kRefuse)
      return absl::InvalidArgumentError(
          absl::StrCat(what, ": ", where, " (--leave-out-bad leaves such out and counts them)"));
    for (LeftOut& kind : left_out_) {
      if (kind.what != what) continue;
      ++kind.count;
      return absl::OkStatus();
    }
    left_out_.push_back({what, 1, where});
    return absl::OkStatus();
  }

 private:
  Flaws flaws_;
  std::vector<LeftOut>& left_out_;
};

}  // namespace lineup

#endif  // EFFACE_LINEUP_GATE_H_
