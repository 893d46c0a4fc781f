#include "efface/record/signature.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/signing.h"
#include "base/status.h"

namespace efface {
namespace {

constexpr size_t kKeyDigits = 64, kValueDigits = 128;
constexpr size_t kBuffer = size_t{1} << 18;

}  // namespace

std::string SignatureTail(std::string_view public_key, std::string_view value) {
  return absl::StrCat(",\n  \"signature\": {\"algorithm\": \"ed25519ph\", \"public_key\": \"",
                      absl::string_view(public_key.data(), public_key.size()), "\", \"value\": \"",
                      absl::string_view(value.data(), value.size()), "\"}\n}\n");
}

absl::StatusOr<RecordSignature> CheckSignature(int fd) {
  const std::string form =
      SignatureTail(std::string(kKeyDigits, 'k'), std::string(kValueDigits, 'v'));
  ASSIGN_OR_RETURN(const int64_t size, FileSize(fd));
  RecordSignature signature;
  const int64_t signed_bytes = size - static_cast<int64_t>(form.size());
  if (signed_bytes < 0) return signature;
  Bytes end(form.size());
  ASSIGN_OR_RETURN(const size_t got, ReadAt(fd, signed_bytes, end));
  const std::string tail(reinterpret_cast<const char*>(end.data()), got);
  if (tail.size() != form.size()) return signature;
  const std::string key = tail.substr(form.find("kkk"), kKeyDigits);
  const std::string value = tail.substr(form.find("vvv"), kValueDigits);
  if (tail != SignatureTail(key, value)) return signature;

  signature.present = true;
  signature.public_key = key;
  Signer signer;
  Bytes buffer(kBuffer);
  for (int64_t at = 0; at < signed_bytes;) {
    const auto wanted = static_cast<size_t>(std::min<int64_t>(kBuffer, signed_bytes - at));
    ASSIGN_OR_RETURN(const size_t read, ReadAt(fd, at, std::span(buffer).first(wanted)));
    if (read == 0) return signature;  // it was cut off meanwhile
    signer.Add(ByteView(buffer).first(read));
    at += static_cast<int64_t>(read);
  }
  signature.valid = signer.Holds(value, key);
  return signature;
}

}  // namespace efface
