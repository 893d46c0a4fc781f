// SHA-256 (FIPS 180-4) of bytes in memory, by libsodium.
#ifndef EFFACE_BASE_SHA256_H_
#define EFFACE_BASE_SHA256_H_

#include <string>

#include "base/bytes.h"

namespace efface {

// 64 lower-case hexadecimal digits.
std::string Sha256Hex(ByteView bytes);

}  // namespace efface

#endif  // EFFACE_BASE_SHA256_H_
