#include "base/signing.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "gtest/gtest.h"

namespace efface {
namespace {

class Signing : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) /
                                  testing::UnitTest::GetInstance()->current_test_info()->name();
};

std::string SignatureOf(std::string_view text, const SigningKey& key) {
  Signer signer;
  signer.Add(AsBytes(text.substr(0, 3)));
  signer.Add(AsBytes(text.substr(3)));
  return signer.Sign(key);
}

bool Holds(std::string_view text, std::string_view signature, std::string_view key) {
  Signer signer;
  signer.Add(AsBytes(text));
  return signer.Holds(signature, key);
}

TEST_F(Signing, HoldsForTheTextAndTheKeyAlone) {
  const SigningKey key = SigningKey::New(), other = SigningKey::New();
  const std::string signature = SignatureOf("what was done", key);
  EXPECT_TRUE(Holds("what was done", signature, key.public_hex()));
  EXPECT_FALSE(Holds("what was dome", signature, key.public_hex()));
  EXPECT_FALSE(Holds("what was done", signature, other.public_hex()));
  EXPECT_FALSE(Holds("what was done", SignatureOf("what was done", other), key.public_hex()));
  std::string changed = signature;
  changed[7] = changed[7] == '0' ? '1' : '0';
  EXPECT_FALSE(Holds("what was done", changed, key.public_hex()));
  EXPECT_FALSE(Holds("what was done", "", key.public_hex()));
  EXPECT_FALSE(Holds("what was done", signature, "xyz"));
}

TEST_F(Signing, KeysAreReadBackAndPrivate) {
  const SigningKey key = SigningKey::New();
  ASSERT_TRUE(key.Write(folder_ / "key").ok());
  struct stat status {};
  ASSERT_EQ(stat((folder_ / "key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const auto read = SigningKey::Read(folder_ / "key");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(Holds("a text", SignatureOf("a text", *read), key.public_hex()));
  EXPECT_EQ(*ReadPublicKey(folder_ / "key"), key.public_hex());
  EXPECT_EQ(*ReadPublicKey(folder_ / "key.pub"), key.public_hex());
  EXPECT_TRUE(absl::IsInvalidArgument(SigningKey::Read(folder_ / "key.pub").status()) ||
              absl::IsPermissionDenied(SigningKey::Read(folder_ / "key.pub").status()));
}

TEST_F(Signing, NeverReplacesAFile) {
  std::ofstream(folder_ / "key") << "something else";
  EXPECT_TRUE(absl::IsAlreadyExists(SigningKey::New().Write(folder_ / "key")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "key.pub"));
  std::ofstream(folder_ / "other.pub") << "something else";
  EXPECT_TRUE(absl::IsAlreadyExists(SigningKey::New().Write(folder_ / "other")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "other"));
}

TEST_F(Signing, RefusesKeysThatOthersMayReadAndWhatIsNone) {
  ASSERT_TRUE(SigningKey::New().Write(folder_ / "key").ok());
  ASSERT_EQ(chmod((folder_ / "key").c_str(), 0640), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(SigningKey::Read(folder_ / "key").status()));
  for (const char* text :
       {"", "efface-private-key/1 ed25519\n", "efface-private-key/1 ed25519\nab\n",
        "efface-public-key/1 ed25519\n00\n"}) {
    std::ofstream(folder_ / "none", std::ios::trunc) << text;
    ASSERT_EQ(chmod((folder_ / "none").c_str(), 0600), 0);
    EXPECT_TRUE(absl::IsInvalidArgument(SigningKey::Read(folder_ / "none").status())) << text;
    EXPECT_TRUE(absl::IsInvalidArgument(ReadPublicKey(folder_ / "none").status())) << text;
  }
  EXPECT_TRUE(absl::IsNotFound(SigningKey::Read(folder_ / "missing").status()));
}

}  // namespace
}  // namespace efface
