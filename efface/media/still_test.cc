// What OpenStill says of files that it refuses, and that no broken file harms it.
#include "efface/media/still.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/test_data.h"
#include "efface/media/test_hider.h"

namespace efface {
namespace {

absl::Status Opened(std::string_view text) {
  return OpenStill(AsBytes(text), StillLimits{}).status();
}

TEST(Still, RefusesWithASentence) {
  EXPECT_EQ(Opened("").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Opened("").message(), "the file is empty");
  EXPECT_EQ(Opened("hello").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Opened("hello").message(), "the file is not a picture");
  const absl::Status raw = Opened("FUJIFILMCCD-RAW 0201");
  EXPECT_EQ(raw.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(raw.message(), "camera RAW files are not supported: export them as TIFF or JPEG first");
}

TEST(Still, ChecksSizes) {
  const StillLimits limits;
  EXPECT_TRUE(CheckSize(20000, 10000, limits.max_pixels, limits).ok());
  EXPECT_EQ(CheckSize(20001, 10000, limits.max_pixels, limits).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CheckSize(65536, 1, limits.max_pixels, limits).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CheckSize(0, 1, limits.max_pixels, limits).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CheckSize(INT64_MAX, INT64_MAX, limits.max_pixels, limits).code(),
            absl::StatusCode::kResourceExhausted);
}

// Bytes of a 4 x 4 BMP of 24 bits.
Bytes SmallBmp() {
  Bytes file = {'B', 'M'};
  for (const uint64_t field : {54 + 48, 0, 54, 40, 4, 4, 1 + (24 << 16), 0, 0, 0, 0, 0, 0}) {
    AppendUint(file, field, 4, Endian::kLittle);
  }
  file.resize(54 + 48);
  return file;
}

TEST(Still, RefusesWhatTakesTooMuchMemory) {
  const Bytes file = SmallBmp();
  EXPECT_TRUE(OpenStill(file, StillLimits{}).ok());
  EXPECT_EQ(OpenStill(file, {.max_memory = 50}).status().code(),
            absl::StatusCode::kResourceExhausted);
}

// Reads and writes all of a still; the outcome does not matter, that there is one does.
void Try(const Bytes& file) {
  auto still = OpenStill(file, StillLimits{});
  if (!still.ok()) {
    EXPECT_FALSE(still.status().message().empty());
    return;
  }
  const RectangleHider hider(2, 2, 9, 9);
  const std::vector<const Hider*> hiders((*still)->pages().size(), &hider);
  for (size_t page = 0; page < hiders.size(); ++page) {
    const auto rgb = (*still)->Rgb(static_cast<int>(page));
    if (!rgb.ok()) {
      EXPECT_FALSE(rgb.status().message().empty());
    }
  }
  const auto written = (*still)->Write(hiders, {});
  if (written.ok()) {
    const auto again = OpenStill(written->file, StillLimits{});
    EXPECT_TRUE(again.ok()) << again.status();
  }
}

TEST(Still, SurvivesMalformedFiles) {
  const std::filesystem::path folder = TestData() / "malformed";
  if (!std::filesystem::is_directory(folder)) {
    GTEST_SKIP() << "no folder of malformed files: set EFFACE_TEST_DATA to a folder that has one";
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    const auto file = ReadFile(entry.path(), int64_t{1} << 30);
    ASSERT_TRUE(file.ok()) << file.status();
    const auto start = std::chrono::steady_clock::now();
    Try(*file);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  }
}

}  // namespace
}  // namespace efface
