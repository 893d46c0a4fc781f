// JPEG coefficient by coefficient: all kinds that libjpeg-turbo writes, hidden areas of all places.
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
// jpeglib.h needs stdio.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/exif.h"
#include "efface/media/icc.h"
#include "efface/media/still.h"
#include "efface/media/test_hider.h"
#include "efface/media/test_profile.h"

namespace efface {
namespace {

using testing::HasSubstr;

// How a sample is encoded.
struct Kind {
  std::string name;
  J_COLOR_SPACE colours = JCS_YCbCr;
  std::vector<std::pair<int, int>> sampling;  // across, down; of each component
  bool progressive = false;
  bool arithmetic = false;
  int restart = 0;        // MCUs
  bool separate = false;  // one scan a component
};

std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

int Channels(J_COLOR_SPACE colours) {
  return colours == JCS_GRAYSCALE ? 1 : colours == JCS_CMYK || colours == JCS_YCCK ? 4 : 3;
}

// One scan, jpeg_simple_progression's, or separate ones; `scans` must outlive the writing.
void SetScans(jpeg_compress_struct& info, bool progressive, bool separate,
              std::vector<jpeg_scan_info>& scans) {
  if (progressive && !separate) jpeg_simple_progression(&info);
  if (!separate) return;
  for (int i = 0; i < info.num_components; ++i) {
    if (progressive) scans.push_back({1, {i}, 0, 0, 0, 0});
  }
  for (int i = 0; i < info.num_components; ++i) scans.push_back({1, {i}, progressive, 63, 0, 0});
  info.scan_info = scans.data();
  info.num_scans = static_cast<int>(scans.size());
}

using Markers = std::vector<std::pair<int, Bytes>>;

// A picture with edges, slopes and noise, in the input colours of `kind`; or of one colour `flat`.
Bytes Encode(const Kind& kind, int width, int height, const Markers& markers = {},
             const std::function<void(jpeg_compress_struct&)>& tune = {}, const Bytes& flat = {}) {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &out, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = Channels(kind.colours);
  info.in_color_space = info.input_components == 1   ? JCS_GRAYSCALE
                        : info.input_components == 4 ? JCS_CMYK
                                                     : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, kind.colours);
  jpeg_set_quality(&info, 85, TRUE);
  for (size_t i = 0; i < kind.sampling.size(); ++i) {
    info.comp_info[i].h_samp_factor = kind.sampling[i].first;
    info.comp_info[i].v_samp_factor = kind.sampling[i].second;
  }
  info.arith_code = kind.arithmetic;
  info.restart_interval = static_cast<unsigned>(kind.restart);
  std::vector<jpeg_scan_info> scans;
  SetScans(info, kind.progressive, kind.separate, scans);
  if (tune) tune(info);
  jpeg_start_compress(&info, TRUE);
  for (const auto& [code, bytes] : markers) {
    jpeg_write_marker(&info, code, bytes.data(), static_cast<unsigned>(bytes.size()));
  }
  std::mt19937 random(7);
  const int channels = info.input_components;
  for (int y = 0; y < height; ++y) {
    Bytes row;
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const int edge = (x / 11 + y / 7) % 2 * 60;
        const int value = 40 + (x * (c + 2) + y) % 120 + edge + static_cast<int>(random() % 24);
        row.push_back(flat.empty() ? static_cast<uint8_t>(value) : flat[size_t(c)]);
      }
    }
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&info, &pointer, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  Bytes file(out, out + size);
  std::free(out);
  return file;
}

using Block = std::array<int16_t, 64>;

struct Component {
  int id = 0, across = 0, down = 0;
  int width = 0, height = 0;                // blocks of the picture
  int stored_width = 0, stored_height = 0;  // with the padding of its MCUs
  std::vector<uint16_t> quantisers;
  std::vector<Block> blocks;  // stored_width * stored_height

  const Block& At(int x, int y) const {
    return blocks[size_t(y) * size_t(stored_width) + size_t(x)];
  }
};

// All that a JPEG decoder sees of a file.
struct Parsed {
  J_COLOR_SPACE colours = JCS_UNKNOWN;
  bool progressive = false, arithmetic = false, jfif = false, adobe = false;
  int restart = 0, density_unit = 0, density_x = 0, density_y = 0;
  std::vector<Component> components;
  std::vector<std::pair<int, Bytes>> markers;  // APP1..APP15 and COM

  PlaneGrid Grid(size_t i) const {
    int across = 1, down = 1;
    for (const Component& component : components) {
      across = std::max(across, component.across);
      down = std::max(down, component.down);
    }
    const Component& component = components[i];
    return {8 * component.width, 8 * component.height, double(across) / component.across,
            double(down) / component.down, 8};
  }
};

// Called with each block of the picture: component, its place in blocks, 64 coefficients.
using Change = std::function<void(size_t, int, int, int16_t*)>;

// Reads `file`; with `change`, writes it anew to `changed` with coefficients changed.
Parsed Parse(const Bytes& file, const Change& change = {}, Bytes* changed = nullptr) {
  jpeg_decompress_struct info = {};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, file.data(), file.size());
  for (int i = 1; i < 16; ++i) jpeg_save_markers(&info, JPEG_APP0 + i, 0xFFFF);
  jpeg_save_markers(&info, JPEG_COM, 0xFFFF);
  jpeg_read_header(&info, TRUE);
  jvirt_barray_ptr* arrays = jpeg_read_coefficients(&info);
  EXPECT_EQ(info.err->num_warnings, 0);

  Parsed parsed;
  parsed.colours = info.jpeg_color_space;
  parsed.progressive = info.progressive_mode;
  parsed.arithmetic = info.arith_code;
  parsed.jfif = info.saw_JFIF_marker;
  parsed.adobe = info.saw_Adobe_marker;
  parsed.restart = static_cast<int>(info.restart_interval);
  parsed.density_unit = info.density_unit;
  parsed.density_x = info.X_density;
  parsed.density_y = info.Y_density;
  for (auto marker = info.marker_list; marker; marker = marker->next) {
    parsed.markers.push_back(
        {marker->marker, Bytes(marker->data, marker->data + marker->data_length)});
  }
  for (int i = 0; i < info.num_components; ++i) {
    const jpeg_component_info& from = info.comp_info[i];
    Component to;
    to.id = from.component_id;
    to.across = from.h_samp_factor;
    to.down = from.v_samp_factor;
    to.width = static_cast<int>(from.width_in_blocks);
    to.height = static_cast<int>(from.height_in_blocks);
    const auto up = [](int value, int step) { return (value + step - 1) / step * step; };
    to.stored_width = up(to.width, to.across);
    to.stored_height = up(to.height, to.down);
    to.quantisers.assign(from.quant_table->quantval, from.quant_table->quantval + 64);
    for (int y = 0; y < to.stored_height; ++y) {
      JBLOCK* row = info.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&info), arrays[i],
                                                 static_cast<JDIMENSION>(y), 1, TRUE)[0];
      for (int x = 0; x < to.stored_width; ++x) {
        if (change && x < to.width && y < to.height) change(size_t(i), x, y, row[x]);
        Block block;
        std::copy_n(row[x], 64, block.begin());
        to.blocks.push_back(block);
      }
    }
    parsed.components.push_back(std::move(to));
  }

  if (changed) {
    jpeg_compress_struct out = {};
    out.err = &errors;
    jpeg_create_compress(&out);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&out, &bytes, &size);
    jpeg_copy_critical_parameters(&info, &out);
    out.arith_code = info.arith_code;
    out.restart_interval = info.restart_interval;
    out.optimize_coding = !info.arith_code;
    int blocks = 0;  // of an MCU
    for (const Component& component : parsed.components) {
      blocks += component.across * component.down;
    }
    std::vector<jpeg_scan_info> scans;
    SetScans(out, info.progressive_mode, blocks > 10, scans);
    jpeg_write_coefficients(&out, arrays);
    jpeg_finish_compress(&out);
    jpeg_destroy_compress(&out);
    changed->assign(bytes, bytes + size);
    std::free(bytes);
  }
  jpeg_destroy_decompress(&info);
  return parsed;
}

std::unique_ptr<Still> Open(Bytes&&) = delete;  // the file must outlive it
std::unique_ptr<Still> Open(const Bytes& file) {
  auto still = OpenJpeg(file, {});
  EXPECT_TRUE(still.ok()) << still.status();
  return still.ok() ? *std::move(still) : nullptr;
}

WrittenStill Redact(const Bytes& file, const Hider* hider, const WriteOptions& options = {}) {
  const auto still = Open(file);
  if (!still) return {};
  const Hider* const hiders[] = {hider};
  auto written = still->Write(hiders, options);
  EXPECT_TRUE(written.ok()) << written.status();
  return written.ok() ? *std::move(written) : WrittenStill();
}

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kinds = {
      {.name = "Baseline420"},
      {.name = "Baseline422", .sampling = {{2, 1}, {1, 1}, {1, 1}}},
      {.name = "Baseline444", .sampling = {{1, 1}, {1, 1}, {1, 1}}},
      {.name = "Baseline411", .sampling = {{4, 1}, {1, 1}, {1, 1}}},
      {.name = "Baseline440", .sampling = {{1, 2}, {1, 1}, {1, 1}}},
      {.name = "Baseline410", .sampling = {{4, 2}, {1, 1}, {1, 1}}},
      {.name = "OddSampling", .sampling = {{2, 2}, {1, 2}, {2, 1}}},
      {.name = "SeparateScans", .separate = true},
      {.name = "TooLargeToInterleave", .sampling = {{4, 4}, {2, 2}, {1, 4}}, .separate = true},
      {.name = "TooLargeToInterleaveProgressive",
       .sampling = {{4, 4}, {2, 2}, {1, 4}},
       .progressive = true,
       .separate = true},
      {.name = "Progressive420", .progressive = true},
      {.name = "Progressive444", .sampling = {{1, 1}, {1, 1}, {1, 1}}, .progressive = true},
      {.name = "Arithmetic", .arithmetic = true},
      {.name = "ArithmeticProgressive", .progressive = true, .arithmetic = true},
      {.name = "Grey", .colours = JCS_GRAYSCALE},
      {.name = "GreyWithFactors", .colours = JCS_GRAYSCALE, .sampling = {{2, 2}}},
      {.name = "GreyProgressive", .colours = JCS_GRAYSCALE, .progressive = true},
      {.name = "Rgb", .colours = JCS_RGB},
      {.name = "Cmyk", .colours = JCS_CMYK},
      {.name = "CmykProgressive", .colours = JCS_CMYK, .progressive = true},
      {.name = "Ycck", .colours = JCS_YCCK},
      {.name = "Ycck420", .colours = JCS_YCCK, .sampling = {{2, 2}, {1, 1}, {1, 1}, {2, 2}}},
      {.name = "Restart", .restart = 3},
      {.name = "RestartProgressive", .progressive = true, .restart = 5},
      {.name = "RestartArithmetic", .arithmetic = true, .restart = 2},
  };
  return kinds;
}

struct Size {
  int width, height;
};

constexpr Size kSizes[] = {{64, 48}, {61, 45}, {17, 33}, {200, 9}, {1, 1}};

class JpegKindTest : public testing::TestWithParam<Kind> {
 protected:
  // Rectangles in the middle, at each border, beyond it, over everything, and as small as can be.
  static std::vector<RectangleHider> Places(Size size) {
    const double w = size.width, h = size.height;
    return {{w * 0.4, h * 0.4, w * 0.2, h * 0.2},
            {0, 0, w * 0.3, h * 0.3},
            {w * 0.7, h * 0.6, w * 0.3, h * 0.4},
            {-5, h * 0.5, 10, h},
            {w - 1, h - 1, 50, 50},
            {0, 0, w, h},
            {w * 0.5, h * 0.5, 0.1, 0.1}};
  }
};

TEST_P(JpegKindTest, OnlyHiddenBlocksChange) {
  for (const Size size : kSizes) {
    const Bytes file = Encode(GetParam(), size.width, size.height);
    const Parsed before = Parse(file);
    for (const RectangleHider& hider : Places(size)) {
      const WrittenStill written = Redact(file, &hider);
      EXPECT_EQ(written.fidelity, Fidelity::kLossless);
      EXPECT_THAT(written.warnings, testing::IsEmpty());
      const Parsed after = Parse(written.file);
      EXPECT_EQ(after.colours, before.colours);
      EXPECT_EQ(after.progressive, before.progressive);
      EXPECT_EQ(after.arithmetic, before.arithmetic);
      EXPECT_EQ(after.restart, before.restart);
      EXPECT_EQ(after.jfif, before.jfif);
      EXPECT_EQ(after.adobe, before.adobe);
      ASSERT_EQ(after.components.size(), before.components.size());
      int hidden_blocks = 0, changed_blocks = 0;
      for (size_t i = 0; i < before.components.size(); ++i) {
        const Component& old = before.components[i];
        const Component& anew = after.components[i];
        EXPECT_EQ(anew.id, old.id);
        EXPECT_EQ(anew.across, old.across);
        EXPECT_EQ(anew.down, old.down);
        EXPECT_EQ(anew.quantisers, old.quantisers);
        ASSERT_EQ(anew.width, old.width);
        ASSERT_EQ(anew.height, old.height);
        const SampleBox hidden = hider.Hidden(before.Grid(i));
        for (int y = 0; y < old.height; ++y) {
          for (int x = 0; x < old.width; ++x) {
            if (hidden.Contains(8 * x, 8 * y)) {
              ++hidden_blocks;
              changed_blocks += anew.At(x, y) != old.At(x, y);
              // The test's fill is flat.
              EXPECT_TRUE(std::all_of(anew.At(x, y).begin() + 1, anew.At(x, y).end(),
                                      [](int16_t level) { return level == 0; }));
            } else {
              ASSERT_EQ(anew.At(x, y), old.At(x, y)) << i << ": " << x << ", " << y;
            }
          }
        }
      }
      EXPECT_GT(hidden_blocks, 0);
      EXPECT_GT(changed_blocks, 0);
    }
  }
}

TEST_P(JpegKindTest, WithoutMasksNothingChanges) {
  for (const Size size : kSizes) {
    const Bytes file = Encode(GetParam(), size.width, size.height);
    const RectangleHider nothing(-10, -10, 5, 5);
    for (const Hider* hider :
         {static_cast<const Hider*>(nullptr), static_cast<const Hider*>(&nothing)}) {
      const WrittenStill written = Redact(file, hider);
      const bool copied = hider == nullptr && !GetParam().progressive && !GetParam().arithmetic &&
                          !GetParam().separate;
      EXPECT_EQ(written.fidelity, copied ? Fidelity::kCopied : Fidelity::kLossless);
      const Parsed before = Parse(file), after = Parse(written.file);
      EXPECT_EQ(after.colours, before.colours);
      EXPECT_EQ(after.restart, before.restart);
      EXPECT_EQ(after.jfif, before.jfif);
      EXPECT_EQ(after.adobe, before.adobe);
      ASSERT_EQ(after.components.size(), before.components.size());
      for (size_t i = 0; i < before.components.size(); ++i) {
        for (int y = 0; y < before.components[i].height; ++y) {
          for (int x = 0; x < before.components[i].width; ++x) {
            ASSERT_EQ(after.components[i].At(x, y), before.components[i].At(x, y));
          }
        }
      }
    }
  }
}

// What is hidden leaves no trace: change any coefficient of hidden blocks, and the output is the
// same, byte by byte.
TEST_P(JpegKindTest, HiddenCoefficientsDoNotInterfere) {
  for (const Size size : kSizes) {
    const Bytes original = Encode(GetParam(), size.width, size.height);
    for (const RectangleHider& hider : Places(size)) {
      const Parsed parsed = Parse(original);
      Bytes same, changed;
      Parse(
          original, [](size_t, int, int, int16_t*) {}, &same);
      std::mt19937 random(5);
      const auto change = [&](size_t i, int x, int y, int16_t* block) {
        if (!hider.Hidden(parsed.Grid(i)).Contains(8 * x, 8 * y)) return;
        for (int k = 0; k < 64; ++k) block[k] = static_cast<int16_t>(int(random() % 200) - 100);
      };
      Parse(original, change, &changed);
      ASSERT_NE(same, changed);
      EXPECT_EQ(Redact(same, &hider).file, Redact(changed, &hider).file);
    }
  }
}

// The blocks that pad the last MCUs are no part of any plane; libjpeg makes them of the DC of
// written blocks, never of what it read.
TEST_P(JpegKindTest, PaddingOfMcusHoldsNothing) {
  for (const Size size : kSizes) {
    const Bytes file = Encode(GetParam(), size.width, size.height);
    const RectangleHider everything(0, 0, size.width, size.height);
    const Parsed after = Parse(Redact(file, &everything).file);
    for (const Component& component : after.components) {
      for (int y = 0; y < component.stored_height; ++y) {
        for (int x = 0; x < component.stored_width; ++x) {
          const Block& block = component.At(x, y);
          EXPECT_EQ(std::count(block.begin() + 1, block.end(), 0), 63);
          // Everything hidden is filled with half of the range, which is a DC of 0.
          EXPECT_EQ(block[0], 0);
        }
      }
    }
  }
}

TEST_P(JpegKindTest, PixelsAreThoseOfThePicture) {
  const int channels = Channels(GetParam().colours);
  Bytes colour = {200, 90, 40};
  if (channels == 1) colour = {120, 120, 120};
  Bytes input = colour;
  // Adobe's way: 0 is full ink. Half of the light passes the black ink.
  if (channels == 4) input = {200, 90, 40, 128};
  for (const Size size : kSizes) {
    const Bytes file = Encode(GetParam(), size.width, size.height, {}, {}, input);
    const auto still = Open(file);
    ASSERT_TRUE(still);
    EXPECT_EQ(still->pages()[0].width, size.width);
    EXPECT_EQ(still->pages()[0].height, size.height);
    const auto picture = still->Rgb(0);
    ASSERT_TRUE(picture.ok()) << picture.status();
    ASSERT_EQ(picture->width, size.width);
    ASSERT_EQ(picture->height, size.height);
    ASSERT_EQ(picture->samples.size(), size_t(3 * size.width * size.height));
    for (size_t i = 0; i < picture->samples.size(); ++i) {
      const int wanted = channels == 4 ? colour[i % 3] / 2 : colour[i % 3];
      ASSERT_NEAR(picture->samples[i], wanted, 4);
    }
  }
}

// A missing end marker does no harm; anything more that is missing is noticed.
TEST_P(JpegKindTest, EveryTruncationIsNoticed) {
  const Bytes file = Encode(GetParam(), 40, 24);
  for (size_t size = 0; size < file.size(); ++size) {
    const Bytes part(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
    const auto still = OpenJpeg(part, {});
    if (!still.ok()) {
      EXPECT_TRUE(absl::IsInvalidArgument(still.status())) << still.status();
      continue;
    }
    const auto picture = (*still)->Rgb(0);
    const auto written = (*still)->Write({}, {});
    if (size >= file.size() - 2 && !GetParam().arithmetic) {
      EXPECT_TRUE(picture.ok()) << size << " of " << file.size() << picture.status();
      EXPECT_TRUE(written.ok()) << size << " of " << file.size() << written.status();
    } else if (size < file.size() - 2) {
      EXPECT_TRUE(absl::IsDataLoss(picture.status())) << size << " of " << file.size();
      EXPECT_TRUE(absl::IsDataLoss(written.status())) << size << " of " << file.size();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, JpegKindTest, testing::ValuesIn(Kinds()),
                         [](const auto& tested) { return tested.param.name; });

// Notes which planes it was asked for, and fills nothing.
class Listener : public RectangleHider {
 public:
  Listener() : RectangleHider(20, 20, 10, 10) {}
  void Fill(const Patch&, const PlaneView& plane) const override {
    channels.push_back(plane.channel);
    inverted.push_back(plane.inverted);
  }
  mutable std::vector<Channel> channels;
  mutable std::vector<bool> inverted;
};

TEST(JpegTest, PlanesAreNamed) {
  using enum Channel;
  const std::pair<J_COLOR_SPACE, std::vector<Channel>> cases[] = {
      {JCS_GRAYSCALE, {kGrey}},
      {JCS_YCbCr, {kLuma, kCb, kCr}},
      {JCS_RGB, {kRed, kGreen, kBlue}},
      {JCS_CMYK, {kCyan, kMagenta, kYellow, kBlack}},
      {JCS_YCCK, {kLuma, kCb, kCr, kBlack}},
  };
  for (const auto& [colours, channels] : cases) {
    const Listener listener;
    Redact(Encode({.colours = colours}, 64, 64), &listener);
    EXPECT_EQ(listener.channels, channels);
    EXPECT_EQ(listener.inverted, std::vector<bool>(channels.size(), channels.size() == 4));
  }
  const Listener listener;
  Redact(Encode({.colours = JCS_CMYK}, 64, 64, {},
                [](jpeg_compress_struct& info) { info.write_Adobe_marker = FALSE; }),
         &listener);
  EXPECT_EQ(listener.inverted, std::vector<bool>(4, false));
}

// The hider sees the samples that a decoder shows: put back unchanged, they give the same
// coefficients but for rounding.
TEST(JpegTest, HiderSeesThePicture) {
  for (const Kind& kind : Kinds()) {
    const Listener listener;
    const Bytes file = Encode(kind, 64, 48);
    const Parsed before = Parse(file), after = Parse(Redact(file, &listener).file);
    for (size_t i = 0; i < before.components.size(); ++i) {
      for (size_t b = 0; b < before.components[i].blocks.size(); ++b) {
        for (size_t k = 0; k < 64; ++k) {
          EXPECT_NEAR(after.components[i].blocks[b][k], before.components[i].blocks[b][k], 2);
        }
      }
    }
  }
}

TEST(JpegTest, AHiderThatBreaksItsPromiseIsAnError) {
  class Careless : public RectangleHider {
   public:
    Careless() : RectangleHider(0, 0, 8, 8) {}
    std::vector<Patch> Patches(const PlaneGrid& grid) const override {
      std::vector<Patch> patches = RectangleHider::Patches(grid);
      patches[0].x += grid.width;
      return patches;
    }
  };
  const Bytes file = Encode({}, 64, 48);
  const Careless careless;
  const Hider* const hiders[] = {&careless};
  EXPECT_EQ(Open(file)->Write(hiders, {}).status().code(), absl::StatusCode::kInternal);
}

Bytes ExifSegment(const Bytes& tiff) {
  Bytes segment = {'E', 'x', 'i', 'f', 0, 0};
  Append(segment, tiff);
  return segment;
}

// An orientation, a resolution, a date, a position, a camera's name and a thumbnail.
Bytes RichExif() {
  Bytes tiff = {'M', 'M', 0, 42, 0, 0, 0, 8};
  const auto entry = [&](uint64_t tag, uint64_t type, uint64_t count, uint64_t value) {
    AppendUint(tiff, tag, 2, Endian::kBig);
    AppendUint(tiff, type, 2, Endian::kBig);
    AppendUint(tiff, count, 4, Endian::kBig);
    AppendUint(tiff, value, 4, Endian::kBig);
  };
  const auto count = [&](uint64_t value) { AppendUint(tiff, value, 2, Endian::kBig); };
  count(7);
  entry(0x010F, 2, 10, 300);
  entry(0x0112, 3, 1, 6 << 16);
  entry(0x011A, 5, 1, 320);
  entry(0x011B, 5, 1, 320);
  entry(0x0128, 3, 1, 2 << 16);
  entry(0x8769, 4, 1, 150);
  entry(0x8825, 4, 1, 200);
  AppendUint(tiff, 240, 4, Endian::kBig);
  tiff.resize(150);
  count(1);
  entry(0x9003, 2, 20, 350);
  AppendUint(tiff, 0, 4, Endian::kBig);
  tiff.resize(200);
  count(1);
  entry(0x0001, 2, 2, 'N' << 24);
  AppendUint(tiff, 0, 4, Endian::kBig);
  tiff.resize(240);
  count(2);
  entry(0x0201, 4, 1, 400);
  entry(0x0202, 4, 1, 9);
  AppendUint(tiff, 0, 4, Endian::kBig);
  tiff.resize(300);
  Append(tiff, AsBytes("SecretCam\0"));
  tiff.resize(320);
  AppendUint(tiff, 240, 4, Endian::kBig);
  AppendUint(tiff, 1, 4, Endian::kBig);
  tiff.resize(350);
  Append(tiff, AsBytes("2026:07:14 12:34:56"));
  tiff.resize(400);
  Append(tiff, AsBytes("thumbnail"));
  return ExifSegment(tiff);
}

// A profile with a curve that makes it as large as `size`, about.
Bytes Profile(size_t size) {
  Bytes curve = Element(std::string_view("curv\0\0\0\0", 8));
  AppendUint(curve, size / 2, 4, Endian::kBig);
  for (size_t i = 0; i < size / 2; ++i) AppendUint(curve, i, 2, Endian::kBig);
  return ProfileOf("GRAY", {{"kTRC", curve}});
}

Bytes IccSegment(ByteView part, uint8_t number, uint8_t count) {
  Bytes segment;
  Append(segment, AsBytes(std::string_view("ICC_PROFILE\0", 12)));
  segment.push_back(number);
  segment.push_back(count);
  Append(segment, part);
  return segment;
}

Bytes Text(std::string_view text) { return Bytes(text.begin(), text.end()); }

bool Holds(const Bytes& file, std::string_view text) {
  return std::search(file.begin(), file.end(), text.begin(), text.end()) != file.end();
}

TEST(JpegTest, OnlyOrientationProfileAndResolutionAreKept) {
  const Bytes profile = Profile(100'000);
  const ByteView all(profile);
  Bytes file = Encode({}, 64, 48,
                      {{JPEG_APP0 + 1, RichExif()},
                       {JPEG_APP0 + 1, Text("http://ns.adobe.com/xap/1.0/ SecretXmp")},
                       {JPEG_APP0 + 2, Text("MPF SecretMpf")},
                       {JPEG_APP0 + 2, IccSegment(all.first(60'000), 1, 2)},
                       {JPEG_APP0 + 2, IccSegment(all.subspan(60'000), 2, 2)},
                       {JPEG_APP0 + 13, Text("Photoshop 3.0 SecretIptc")},
                       {JPEG_COM, Text("SecretComment")}},
                      [](jpeg_compress_struct& info) {
                        info.density_unit = 1;
                        info.X_density = 72;
                        info.Y_density = 144;
                      });
  Append(file, AsBytes("SecretTrailer"));
  EXPECT_EQ(Open(file)->pages()[0].orientation, 6);

  for (const bool keep_date : {false, true}) {
    const RectangleHider hider(10, 10, 20, 20);
    const Bytes written = Redact(file, &hider, {.keep = {.date = keep_date}}).file;
    EXPECT_FALSE(Holds(written, "Secret"));
    EXPECT_FALSE(Holds(written, "thumbnail"));
    EXPECT_EQ(Holds(written, "2026:07:14"), keep_date);
    EXPECT_EQ(written[written.size() - 2], 0xFF);
    EXPECT_EQ(written[written.size() - 1], 0xD9);
    const Parsed parsed = Parse(written);
    EXPECT_TRUE(parsed.jfif);
    EXPECT_EQ(parsed.density_unit, 1);
    EXPECT_EQ(parsed.density_x, 72);
    EXPECT_EQ(parsed.density_y, 144);
    ASSERT_EQ(parsed.markers.size(), 3u);
    KeptExif kept;
    kept.orientation = 6;
    if (keep_date) kept.date_time_original = "2026:07:14 12:34:56";
    EXPECT_EQ(parsed.markers[0].second, ExifSegment(WriteKeptExif(kept)));
    Bytes again(parsed.markers[1].second.begin() + 14, parsed.markers[1].second.end());
    again.insert(again.end(), parsed.markers[2].second.begin() + 14,
                 parsed.markers[2].second.end());
    EXPECT_EQ(again, *RebuildIcc(profile));
    EXPECT_EQ(Open(written)->pages()[0].orientation, 6);
  }
}

// The place of the marker `code` in the header.
size_t Find(const Bytes& file, uint8_t code) {
  for (size_t at = 2; at + 4 <= file.size();) {
    if (file[at + 1] == code) return at;
    at += 2 + size_t(file[at + 2] << 8 | file[at + 3]);
  }
  ADD_FAILURE() << "no marker " << int(code);
  return 0;
}

// Where the coded data stands, and how long it is.
std::pair<size_t, size_t> CodedData(const Bytes& file) {
  const std::string_view mark = "\xFF\xDA";
  const auto scan = std::search(file.begin(), file.end(), mark.begin(), mark.end());
  const auto at = static_cast<size_t>(scan - file.begin());
  const size_t begin = at + 2 + *ReadUint(file, at + 2, 2, Endian::kBig);
  return {begin, file.size() - 2 - begin};
}

// What stands in coded data beside the picture is not copied.
TEST(JpegTest, NothingHidesInCodedData) {
  const Bytes file = Encode({}, 64, 48);
  const WrittenStill plain = Redact(file, nullptr);
  ASSERT_EQ(plain.fidelity, Fidelity::kCopied);
  const auto [begin, size] = CodedData(file);
  Bytes stuffed = file;
  const Bytes secret = Text("Secret");
  stuffed.insert(stuffed.end() - 2, secret.begin(), secret.end());
  Bytes filled = file;
  filled.insert(filled.end() - 2, 5, 0xFF);
  for (const Bytes& changed : {stuffed, filled}) {
    const WrittenStill written = Redact(changed, nullptr);
    EXPECT_EQ(written.fidelity, Fidelity::kLossless);
    EXPECT_FALSE(Holds(written.file, "Secret"));
    const Parsed before = Parse(file), after = Parse(written.file);
    for (size_t i = 0; i < before.components.size(); ++i) {
      EXPECT_EQ(after.components[i].blocks, before.components[i].blocks);
    }
  }
  // The padding of the last byte, where it has any, is ones.
  Bytes padded = file;
  padded[begin + size - 1] &= 0xFE;
  if (padded != file && (file[begin + size - 1] & 1) == 1) {
    EXPECT_EQ(Redact(padded, nullptr).file, Redact(Redact(padded, nullptr).file, nullptr).file);
  }
}

// Codes that no block uses say nothing.
TEST(JpegTest, NothingHidesInTheTablesOfCodes) {
  const Bytes flat = Encode({}, 64, 48, {}, {}, {128, 128, 128});
  Bytes changed = flat;
  const size_t table = Find(flat, 0xC4);  // the first: of DC
  // The last two symbols, of large differences.
  const size_t last = table + 2 + *ReadUint(flat, table + 2, 2, Endian::kBig) - 1;
  std::swap(changed[last], changed[last - 1]);
  ASSERT_NE(changed, flat);
  EXPECT_EQ(Redact(flat, nullptr).fidelity, Fidelity::kCopied);
  EXPECT_EQ(Redact(changed, nullptr).file, Redact(flat, nullptr).file);
}

TEST(JpegTest, TheWayOfCopyingMakesNoDifferenceToTheRest) {
  const Bytes file = Encode({}, 64, 48, {{JPEG_APP0 + 1, RichExif()}, {JPEG_COM, Text("Secret")}},
                            [](jpeg_compress_struct& info) {
                              info.density_unit = 1;
                              info.X_density = 72;
                              info.Y_density = 144;
                            });
  const RectangleHider nothing(-10, -10, 5, 5);
  for (const Keep& keep : {Keep{}, Keep{.resolution = false, .date = true, .gps = true}}) {
    const WrittenStill fast = Redact(file, nullptr, {.keep = keep});
    const WrittenStill slow = Redact(file, &nothing, {.keep = keep});
    EXPECT_EQ(fast.fidelity, Fidelity::kCopied);
    EXPECT_EQ(slow.fidelity, Fidelity::kLossless);
    EXPECT_EQ(fast.kept, slow.kept);
    const Parsed one = Parse(fast.file), other = Parse(slow.file);
    EXPECT_EQ(one.markers, other.markers);
    EXPECT_EQ(one.density_unit, other.density_unit);
    EXPECT_EQ(one.density_x, other.density_x);
    EXPECT_EQ(one.density_y, other.density_y);
    EXPECT_EQ(one.density_unit, keep.resolution ? 1 : 0);
  }
}

TEST(JpegTest, ResolutionComesFromExifWhereJfifHasNone) {
  const auto no_jfif = [](jpeg_compress_struct& info) { info.write_JFIF_header = FALSE; };
  const Bytes file = Encode({}, 16, 16, {{JPEG_APP0 + 1, RichExif()}}, no_jfif);
  const Parsed parsed = Parse(Redact(file, nullptr).file);
  EXPECT_FALSE(parsed.jfif);
  ASSERT_EQ(parsed.markers.size(), 1u);
  const KeptExif kept = ReadKeptExif(ByteView(parsed.markers[0].second).subspan(6));
  EXPECT_EQ(kept.x_resolution, 240);
  EXPECT_EQ(kept.orientation, 6);
}

TEST(JpegTest, BareFilesStayBare) {
  const Parsed parsed = Parse(Redact(Encode({}, 16, 16), nullptr).file);
  EXPECT_THAT(parsed.markers, testing::IsEmpty());
}

TEST(JpegTest, ColoursKeepTheirMeaningWithoutJfif) {
  const auto adobe = [](jpeg_compress_struct& info) {
    info.write_JFIF_header = FALSE;
    info.write_Adobe_marker = TRUE;
    for (int i = 0; i < 3; ++i) info.comp_info[i].component_id = 'A' + i;
  };
  for (const J_COLOR_SPACE colours : {JCS_YCbCr, JCS_RGB}) {
    const Bytes file = Encode({.colours = colours}, 16, 16, {}, adobe);
    const Parsed parsed = Parse(Redact(file, nullptr).file);
    EXPECT_EQ(parsed.colours, colours);
    EXPECT_TRUE(parsed.adobe);
    EXPECT_FALSE(parsed.jfif);
    EXPECT_EQ(parsed.components[2].id, 'C');
  }
}

TEST(JpegTest, ABrokenProfileIsLeftOutAndSaid) {
  const Bytes whole = Profile(500);
  Bytes no_signature = whole;
  no_signature[36] = 'x';
  const Bytes cases[] = {
      IccSegment(whole, 1, 2),                                    // the second part is missing
      IccSegment(no_signature, 1, 1),                             //
      IccSegment(ByteView(whole).first(whole.size() - 1), 1, 1),  // shorter than it says
      IccSegment(ByteView(whole).first(3), 1, 1),
      Text("ICC_PROFILE"),
  };
  for (const Bytes& segment : cases) {
    const WrittenStill written = Redact(Encode({}, 16, 16, {{JPEG_APP0 + 2, segment}}), nullptr);
    EXPECT_THAT(Parse(written.file).markers, testing::IsEmpty());
    EXPECT_THAT(written.warnings, testing::ElementsAre(HasSubstr("colour profile")));
  }
}

TEST(JpegTest, WhatFollowsAProfileIsCut) {
  Bytes longer = Profile(500);
  Append(longer, AsBytes("Secret"));
  const Bytes file = Encode({}, 16, 16, {{JPEG_APP0 + 2, IccSegment(longer, 1, 1)}});
  const Parsed parsed = Parse(Redact(file, nullptr).file);
  ASSERT_EQ(parsed.markers.size(), 1u);
  EXPECT_EQ(parsed.markers[0].second, IccSegment(*RebuildIcc(Profile(500)), 1, 1));
}

// The baseline file with its frame header changed.
Bytes WithFrame(const std::function<void(uint8_t*)>& change) {
  Bytes file = Encode({}, 64, 48);
  change(&file[Find(file, 0xC0)]);
  return file;
}

TEST(JpegTest, RefusesOtherKindsWithASentence) {
  const auto coded = [](uint8_t code) {
    return WithFrame([code](uint8_t* frame) { frame[1] = code; });
  };
  const std::pair<Bytes, const char*> cases[] = {
      {coded(0xC3), "lossless"},
      {coded(0xCB), "lossless"},
      {coded(0xC5), "hierarchical"},
      {coded(0xC6), "hierarchical"},
      {coded(0xC7), "hierarchical"},
      {coded(0xCD), "hierarchical"},
      {coded(0xCE), "hierarchical"},
      {coded(0xCF), "hierarchical"},
      {coded(0xDE), "hierarchical"},
      {coded(0xF7), "JPEG-LS"},
      {WithFrame([](uint8_t* frame) { frame[4] = 12; }), "12-bit"},
      {WithFrame([](uint8_t* frame) { frame[4] = 16; }), "16-bit"},
      {WithFrame([](uint8_t* frame) { frame[5] = frame[6] = 0; }), "height"},
      {WithFrame([](uint8_t* frame) { frame[9] = 2; }), "2 channels"},
      {WithFrame([](uint8_t* frame) { frame[11] = 0x31, frame[14] = 0x21; }), "fraction"},
  };
  for (const auto& [file, sentence] : cases) {
    const auto still = OpenJpeg(file, {});
    EXPECT_TRUE(absl::IsUnimplemented(still.status())) << sentence << still.status();
    EXPECT_THAT(std::string(still.status().message()), HasSubstr(sentence));
  }
}

TEST(JpegTest, RefusesBrokenHeaders) {
  const Bytes cases[] = {
      {},
      {0xFF, 0xD8},
      {0xFF, 0xD8, 0xFF, 0xD9},
      Text("GIF89a"),
      WithFrame([](uint8_t* frame) { frame[7] = frame[8] = 0; }),
      WithFrame([](uint8_t* frame) { frame[11] = 0x05; }),
      WithFrame([](uint8_t* frame) { frame[1] = 0xFE; }),  // a comment: no frame header is left
      WithFrame([](uint8_t* frame) { frame[3] = 8; }),
  };
  for (const Bytes& file : cases) {
    const auto still = OpenJpeg(file, {});
    EXPECT_TRUE(absl::IsInvalidArgument(still.status())) << still.status();
  }
}

TEST(JpegTest, RefusesWhatIsOverTheLimits) {
  const Bytes file = Encode({}, 64, 48);
  EXPECT_TRUE(absl::IsResourceExhausted(OpenJpeg(file, {.max_pixels = 64 * 48 - 1}).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(OpenJpeg(file, {.max_side = 63}).status()));
  EXPECT_TRUE(OpenJpeg(file, {.max_pixels = 64 * 48, .max_side = 64}).ok());
  const Bytes wide = WithFrame([](uint8_t* frame) { frame[7] = frame[8] = 0xFF; });
  EXPECT_TRUE(absl::IsResourceExhausted(OpenJpeg(wide, {}).status()));
}

TEST(JpegTest, RefusesEndlessScans) {
  const Bytes file = Encode({.progressive = true, .separate = true}, 16, 16);
  // The last scan, from its SOS to the end marker, again and again.
  size_t scan = file.size() - 2;
  while (file[scan] != 0xFF || file[scan + 1] != 0xDA) --scan;
  Bytes many(file.begin(), file.end() - 2);
  for (int i = 0; i < 600; ++i) {
    many.insert(many.end(), file.begin() + static_cast<ptrdiff_t>(scan), file.end() - 2);
  }
  many.insert(many.end(), {0xFF, 0xD9});
  const auto still = Open(many);
  EXPECT_TRUE(absl::IsResourceExhausted(still->Rgb(0).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(still->Write({}, {}).status()));
}

TEST(JpegTest, DamagedDataAreNoticed) {
  const Bytes file = Encode({.restart = 1}, 64, 48);
  // Without one restart marker, its interval runs into the next.
  Bytes damaged = file;
  for (size_t at = Find(file, 0xDA); at + 1 < damaged.size(); ++at) {
    if (damaged[at] != 0xFF || damaged[at + 1] != 0xD3) continue;
    damaged.erase(damaged.begin() + static_cast<ptrdiff_t>(at),
                  damaged.begin() + static_cast<ptrdiff_t>(at) + 2);
    break;
  }
  ASSERT_EQ(damaged.size() + 2, file.size());
  EXPECT_TRUE(absl::IsDataLoss(Open(damaged)->Rgb(0).status()));
  EXPECT_TRUE(absl::IsDataLoss(Open(damaged)->Write({}, {}).status()));
}

// No coder could be trusted to give such coefficients back.
TEST(JpegTest, ImpossibleCoefficientsAreRefused) {
  const Bytes file = Encode({.arithmetic = true}, 64, 48);
  Bytes wild;
  Parse(
      file, [](size_t, int, int, int16_t* block) { block[0] = 17'000; }, &wild);
  EXPECT_TRUE(absl::IsDataLoss(Open(wild)->Write({}, {}).status()));
}

TEST(JpegTest, BytesBetweenSegmentsDoNoHarm) {
  Bytes file = Encode({}, 64, 48);
  const Bytes expected = Redact(file, nullptr).file;
  file.insert(file.begin() + static_cast<ptrdiff_t>(Find(file, 0xC0)), {1, 2, 3});
  EXPECT_EQ(Redact(file, nullptr).file, expected);
}

TEST(JpegTest, MemoryCountsCoefficientsAndPixels) {
  const int64_t pixels = 640 * 480;
  const Kind full = {.sampling = {{1, 1}, {1, 1}, {1, 1}}};
  Kind progressive = full;
  progressive.progressive = true;
  const Bytes one = Encode(full, 640, 480), several = Encode(progressive, 640, 480);
  EXPECT_GE(Open(one)->memory(), 6 * pixels);
  EXPECT_GE(Open(several)->memory(), 9 * pixels);
  EXPECT_LE(Open(several)->memory(), 10 * pixels + (4 << 20));
}

}  // namespace
}  // namespace efface
