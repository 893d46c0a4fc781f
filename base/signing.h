// Signatures by Ed25519 (RFC 8032, in its prehashed form, so that what is signed may come piece by
// piece), made and checked by libsodium, and the files that keys are kept in.
#ifndef EFFACE_BASE_SIGNING_H_
#define EFFACE_BASE_SIGNING_H_

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace efface {

// The secret half of a pair of keys. Its memory is wiped when it goes. Safe for use by several
// threads at once.
class SigningKey {
 public:
  static SigningKey New();

  // PermissionDenied where anyone but the owner may read or write the file; InvalidArgument where
  // it holds no private key; NotFound and others as the system says.
  static absl::StatusOr<SigningKey> Read(const std::filesystem::path& path);

  // Writes `path`, which only its owner may read (mode 0600), and the public half beside it as
  // `path`.pub. AlreadyExists where there is either; neither is then written.
  absl::Status Write(const std::filesystem::path& path) const;

  std::string public_hex() const;  // 64 lower-case hexadecimal digits

  ~SigningKey();
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;

 private:
  friend class Signer;
  struct State;
  explicit SigningKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The public key in a file that SigningKey::Write made, of either half, as public_hex has it.
// Errors as Read.
absl::StatusOr<std::string> ReadPublicKey(const std::filesystem::path& path);

// What is to be signed, or was.
class Signer {
 public:
  Signer();
  ~Signer();
  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;

  void Add(ByteView bytes);
  // The signature of all that was added: 128 lower-case hexadecimal digits. The last call.
  std::string Sign(const SigningKey& key);
  // Whether `signature` is one of all that was added, by the owner of `public_key` (both as above;
  // anything else is none). The last call.
  bool Holds(std::string_view signature, std::string_view public_key);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace efface

#endif  // EFFACE_BASE_SIGNING_H_
