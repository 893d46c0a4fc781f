// SHA-256 (FIPS 180-4) by Nettle, which uses the processor's instructions for it: of bytes in
// memory, of bytes as they come, of a file.
#ifndef EFFACE_BASE_SHA256_H_
#define EFFACE_BASE_SHA256_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace efface {

// 64 lower-case hexadecimal digits, as in all of this file.
std::string Sha256Hex(ByteView bytes);

// Of bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Add(ByteView bytes);
  std::string Hex() const;  // of all that was added so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Of all that the regular file `fd` holds, read with pread, in little memory. Unavailable where it
// can't be read.
absl::StatusOr<std::string> Sha256OfFile(int fd);

}  // namespace efface

#endif  // EFFACE_BASE_SHA256_H_
