// Looks for the bytes of one file's hidden pictures in another file.
#ifndef EFFACE_JOB_VERIFY_BYTES_H_
#define EFFACE_JOB_VERIFY_BYTES_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "efface/scrub/scan.h"

namespace efface {

struct BytesFound {
  int64_t searched = 0;  // windows of 32 bytes that were looked for
  int64_t found = 0;     // of these
  std::string what;      // the kind of thing that the first of them is of
  uint64_t offset = 0;   // where it stands in the other file

  bool any() const { return found >= kLeast; }
  // Fewer are what two files of one maker have in common.
  static constexpr int64_t kLeast = 3;
};

// `hidden`: of the file `input`, as the scan found it. What stands in the visible rest of `input`
// as well (a colour profile), tables that JPEG files share, and runs of few values tell nothing and
// are not looked for. Memory and time are bounded: of very large things every n-th window is taken.
// Unavailable where a file can't be read.
absl::StatusOr<BytesFound> FindHiddenBytes(int input, std::span<const HiddenThing> hidden,
                                           int output);

}  // namespace efface

#endif  // EFFACE_JOB_VERIFY_BYTES_H_
