// The scan over real files: those of the folder "leaks" in the folder that EFFACE_TEST_DATA names
// (../shared/data beside the repository where it names none).
#include "efface/scrub/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/test_data.h"

namespace efface {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class ScanRealFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = TestData() / "leaks";
    if (!std::filesystem::is_directory(folder_)) {
      GTEST_SKIP() << "no folder of test photos: set EFFACE_TEST_DATA";
    }
  }

  std::map<std::string, int64_t> Scan(const std::string& name, Format format) const {
    const auto file = ReadFile(folder_ / name, int64_t{1} << 30);
    EXPECT_TRUE(file.ok()) << name << ": " << file.status();
    std::map<std::string, int64_t> found;
    if (!file.ok()) return found;
    for (const Removed& each : ScanStill(*file, format, {})) found[each.what] = each.bytes;
    return found;
  }

  std::filesystem::path folder_;
};

TEST_F(ScanRealFilesTest, Exif) {
  for (const char* name :
       {"exif_gps.jpg", "exif_DSCN0010.jpg", "apple_gainmap_new.jpg", "samsung_motion_photo.jpg"}) {
    EXPECT_THAT(Scan(name, Format::kJpeg), AllOf(Contains(Key("exif")), Contains(Key("exif-gps"))))
        << name;
  }
  for (const char* name :
       {"thumb_Canon_0.jpg", "thumb_FujiFilm_0.jpg", "thumb_FujiFilm_1.jpg", "thumb_JVC_0.jpg",
        "thumb_Kodak_0.jpg", "thumb_Nikon_0.jpg", "thumb_Nikon_1.jpg", "thumb_Olympus_0.jpg",
        "thumb_Olympus_1.jpg", "thumb_Samsung_0.jpg", "thumb_Sony_0.jpg", "thumb_Sony_1.jpg"}) {
    EXPECT_THAT(Scan(name, Format::kJpeg), Contains(Pair("exif-thumbnail", Ge(3000)))) << name;
  }
  EXPECT_THAT(Scan("pixel_motion_photo.jpg", Format::kJpeg), Contains(Key("exif-maker-note")));
  EXPECT_THAT(Scan("paris_exif_orientation_5.jpg", Format::kJpeg), IsEmpty());
}

TEST_F(ScanRealFilesTest, XmpAndPhotoshop) {
  EXPECT_THAT(Scan("paris_extended_xmp.jpg", Format::kJpeg),
              AllOf(Contains(Pair("xmp", 5533)), Contains(Pair("xmp-extended", 135867))));
  EXPECT_THAT(Scan("thumb_Canon_0.jpg", Format::kJpeg),
              AllOf(Contains(Key("photoshop")), Contains(Key("iptc")), Contains(Key("thumbnail"))));
}

TEST_F(ScanRealFilesTest, FurtherPictures) {
  EXPECT_THAT(Scan("frozenpond.mpo", Format::kJpeg),
              AllOf(Contains(Pair("second-picture", 83757)), Contains(Key("mpf"))));
  for (const char* name : {"apple_gainmap_new.jpg", "apple_gainmap_old.jpg",
                           "paris_exif_xmp_gainmap_bigendian.jpg", "seine_sdr_gainmap_srgb.jpg"}) {
    EXPECT_THAT(Scan(name, Format::kJpeg),
                AllOf(Contains(Key("gain-map")), Not(Contains(Key("trailing-bytes")))))
        << name;
  }
  EXPECT_THAT(Scan("seine_sdr_gainmap_srgb.avif", Format::kAvif),
              AllOf(Contains(Key("gain-map")), Contains(Key("exif-thumbnail")),
                    Contains(Key("xmp")), Not(Contains(Key("gap-bytes")))));
}

TEST_F(ScanRealFilesTest, MotionPhotos) {
  EXPECT_THAT(Scan("pixel_motion_photo.jpg", Format::kJpeg),
              Contains(Pair("motion-clip", 1317283)));
  EXPECT_THAT(Scan("samsung_motion_photo.jpg", Format::kJpeg),
              AllOf(Contains(Key("motion-clip")), Contains(Key("samsung-trailer"))));
  EXPECT_THAT(Scan("motion_photo.heic", Format::kHeic),
              AllOf(Contains(Key("motion-clip")), Contains(Key("xmp"))));
}

TEST_F(ScanRealFilesTest, Png) {
  EXPECT_THAT(Scan("exif.png", Format::kPng), AllOf(Contains(Key("text")), Contains(Key("date"))));
  EXPECT_THAT(Scan("exif_imagemagick_orientation.png", Format::kPng), Contains(Pair("exif", 114)));
  EXPECT_THAT(Scan("apng_single.png", Format::kPng), Contains(Key("animation")));
}

}  // namespace
}  // namespace efface
