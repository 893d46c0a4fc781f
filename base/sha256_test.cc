#include "base/sha256.h"

#include "base/file.h"
#include "gtest/gtest.h"

namespace efface {
namespace {

constexpr char kOfAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// The examples of FIPS 180-4.
TEST(Sha256Hex, MatchesTheStandardsExamples) {
  EXPECT_EQ(Sha256Hex(AsBytes("abc")), kOfAbc);
  EXPECT_EQ(Sha256Hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, TakesPieces) {
  Sha256 hash;
  hash.Add(AsBytes("a"));
  EXPECT_EQ(hash.Hex(), Sha256Hex(AsBytes("a")));  // asking ends nothing
  hash.Add({});
  hash.Add(AsBytes("bc"));
  EXPECT_EQ(hash.Hex(), kOfAbc);
}

TEST(Sha256, ReadsAFileFromItsBeginningWhereverItStands) {
  for (const size_t size : {size_t{0}, size_t{3}, size_t{1} << 20, (size_t{1} << 20) + 1}) {
    Bytes bytes(size);
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 7 + size);
    const auto file = OpenUnnamedFile(testing::TempDir());
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE(WriteAll(file->get(), bytes).ok());
    const auto hash = Sha256OfFile(file->get());
    ASSERT_TRUE(hash.ok()) << hash.status();
    EXPECT_EQ(*hash, Sha256Hex(bytes)) << size;
  }
}

TEST(Sha256, OfWhatCannotBeReadIsAnError) { EXPECT_FALSE(Sha256OfFile(-1).ok()); }

}  // namespace
}  // namespace efface
