#include "base/sha256.h"

#include <sodium.h>

#include "base/file.h"
#include "base/status.h"

namespace efface {

struct Sha256::State {
  crypto_hash_sha256_state hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { crypto_hash_sha256_init(&state_->hash); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Add(ByteView bytes) {
  crypto_hash_sha256_update(&state_->hash, bytes.data(), bytes.size());
}

std::string Sha256::Hex() const {
  crypto_hash_sha256_state copy = state_->hash;
  uint8_t digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_final(&copy, digest);
  char hex[2 * sizeof(digest) + 1];
  sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
  return hex;
}

std::string Sha256Hex(ByteView bytes) {
  Sha256 hash;
  hash.Add(bytes);
  return hash.Hex();
}

absl::StatusOr<std::string> Sha256OfFile(int fd) {
  Sha256 hash;
  Bytes buffer(1 << 20);
  for (int64_t offset = 0;;) {
    ASSIGN_OR_RETURN(const size_t got, ReadAt(fd, offset, buffer));
    hash.Add(ByteView(buffer).first(got));
    if (got < buffer.size()) return hash.Hex();
    offset += static_cast<int64_t>(got);
  }
}

}  // namespace efface
