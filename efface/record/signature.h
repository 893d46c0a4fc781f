// The signature of a record: its last member, over all bytes of the text before it, so that nothing
// in a signed record can be changed without its being seen. Form, to the byte:
//   ,\n  "signature": {"algorithm": "ed25519ph", "public_key": "<64 digits>", "value": "<128
//   digits>"}\n}\n
#ifndef EFFACE_RECORD_SIGNATURE_H_
#define EFFACE_RECORD_SIGNATURE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace efface {

// The end of a signed record's text.
std::string SignatureTail(std::string_view public_key, std::string_view value);

struct RecordSignature {
  bool present = false;    // in the form above
  bool valid = false;      // of this very text, by the owner of public_key
  std::string public_key;  // 64 hexadecimal digits; empty where not present
};

// Of the record in the regular file `fd`, which may be of any length; says nothing of whether it is
// a record. Unavailable where it can't be read.
absl::StatusOr<RecordSignature> CheckSignature(int fd);

}  // namespace efface

#endif  // EFFACE_RECORD_SIGNATURE_H_
