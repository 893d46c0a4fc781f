#include "base/signing.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"

namespace efface {
namespace {

// A key file is one of these lines, then the key in hexadecimal digits on a line of its own.
constexpr std::string_view kPrivateLine = "efface-private-key/1 ed25519\n";
constexpr std::string_view kPublicLine = "efface-public-key/1 ed25519\n";

template <size_t kSize>
std::string Hex(const std::array<uint8_t, kSize>& bytes) {
  std::string hex(2 * kSize + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes.data(), kSize);
  hex.pop_back();
  return hex;
}

template <size_t kSize>
bool FromHex(std::string_view hex, std::array<uint8_t, kSize>& bytes) {
  size_t size = 0;
  return hex.size() == 2 * kSize &&
         hex.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         sodium_hex2bin(bytes.data(), kSize, hex.data(), hex.size(), nullptr, &size, nullptr) ==
             0 &&
         size == kSize;
}

// The digits of a key file that begins with `line`; nullopt where it is none.
std::optional<std::string_view> DigitsOf(std::string_view text, std::string_view line) {
  if (!text.starts_with(line) || !text.ends_with('\n')) return std::nullopt;
  return text.substr(line.size(), text.size() - line.size() - 1);
}

absl::Status WriteNew(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file.ok()) {
    return errno == EEXIST ? absl::AlreadyExistsError("exists already, and keys are never replaced")
                           : absl::UnavailableError(std::strerror(errno));
  }
  absl::Status status = WriteAll(file.get(), AsBytes(text));
  // Whatever the umask says.
  if (status.ok() && (fchmod(file.get(), mode) != 0 || fsync(file.get()) != 0)) {
    status = absl::UnavailableError(std::strerror(errno));
  }
  if (!status.ok()) unlink(path.c_str());
  return status;
}

}  // namespace

struct SigningKey::State {
  std::array<uint8_t, crypto_sign_PUBLICKEYBYTES> public_key{};
  std::array<uint8_t, crypto_sign_SECRETKEYBYTES> secret_key{};
  ~State() { sodium_memzero(secret_key.data(), secret_key.size()); }
};

SigningKey::SigningKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;

SigningKey SigningKey::New() {
  if (sodium_init() < 0) std::abort();  // no source of randomness
  auto state = std::make_unique<State>();
  crypto_sign_keypair(state->public_key.data(), state->secret_key.data());
  return SigningKey(std::move(state));
}

absl::StatusOr<SigningKey> SigningKey::Read(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const Descriptor file, OpenRegularFile(path));
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return absl::UnavailableError(std::strerror(errno));
  if ((status.st_mode & 0077) != 0) {
    return absl::PermissionDeniedError(
        "others than its owner may use this private key: chmod 600 makes it private; if others "
        "have seen it, make a new one");
  }
  std::array<uint8_t, 1024> buffer{};
  ASSIGN_OR_RETURN(const size_t size, ReadAt(file.get(), 0, buffer));
  const auto digits = DigitsOf({reinterpret_cast<const char*>(buffer.data()), size}, kPrivateLine);
  auto state = std::make_unique<State>();
  const bool read = digits && FromHex(*digits, state->secret_key);
  sodium_memzero(buffer.data(), buffer.size());
  if (!read) return absl::InvalidArgumentError("is not a private key that Efface made");
  crypto_sign_ed25519_sk_to_pk(state->public_key.data(), state->secret_key.data());
  return SigningKey(std::move(state));
}

absl::Status SigningKey::Write(const std::filesystem::path& path) const {
  const std::filesystem::path public_path = std::filesystem::path(path).concat(".pub");
  RETURN_IF_ERROR(WriteNew(
      public_path,
      absl::StrCat(absl::string_view(kPublicLine.data(), kPublicLine.size()), public_hex(), "\n"),
      0644));
  std::string text(kPrivateLine);
  text.reserve(kPrivateLine.size() + 2 * state_->secret_key.size() + 2);  // never moved in memory
  std::string digits = Hex(state_->secret_key);
  text += digits;
  text += '\n';
  const absl::Status status = WriteNew(path, text, 0600);
  sodium_memzero(text.data(), text.size());
  sodium_memzero(digits.data(), digits.size());
  if (!status.ok()) unlink(public_path.c_str());
  return status;
}

std::string SigningKey::public_hex() const { return Hex(state_->public_key); }

absl::StatusOr<std::string> ReadPublicKey(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const Bytes bytes, ReadFileHead(path, 1024));
  const auto digits =
      DigitsOf({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kPublicLine);
  std::array<uint8_t, crypto_sign_PUBLICKEYBYTES> key{};
  if (digits && FromHex(*digits, key)) return std::string(*digits);
  ASSIGN_OR_RETURN(const SigningKey secret, SigningKey::Read(path));
  return secret.public_hex();
}

struct Signer::State {
  crypto_sign_state sign;
};

Signer::Signer() : state_(std::make_unique<State>()) { crypto_sign_init(&state_->sign); }
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;

void Signer::Add(ByteView bytes) { crypto_sign_update(&state_->sign, bytes.data(), bytes.size()); }

std::string Signer::Sign(const SigningKey& key) {
  std::array<uint8_t, crypto_sign_BYTES> signature{};
  crypto_sign_final_create(&state_->sign, signature.data(), nullptr, key.state_->secret_key.data());
  return Hex(signature);
}

bool Signer::Holds(std::string_view signature, std::string_view public_key) {
  std::array<uint8_t, crypto_sign_BYTES> bytes{};
  std::array<uint8_t, crypto_sign_PUBLICKEYBYTES> key{};
  return FromHex(signature, bytes) && FromHex(public_key, key) &&
         crypto_sign_final_verify(&state_->sign, bytes.data(), key.data()) == 0;
}

}  // namespace efface
