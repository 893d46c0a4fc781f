#include "base/sha256.h"

#include <nettle/sha2.h>

#include <array>
#include <string_view>

#include "base/file.h"
#include "base/status.h"

namespace efface {

struct Sha256::State {
  sha256_ctx hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { sha256_init(&state_->hash); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Add(ByteView bytes) { sha256_update(&state_->hash, bytes.size(), bytes.data()); }

std::string Sha256::Hex() const {
  sha256_ctx copy = state_->hash;  // asking ends nothing
  std::array<uint8_t, SHA256_DIGEST_SIZE> digest = {};
  sha256_digest(&copy, digest.size(), digest.data());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
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
