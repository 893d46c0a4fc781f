// JPEG in the DCT domain, by libjpeg-turbo: coefficients are read, those of hidden blocks made anew
// from filled samples, and all written again; no other coefficient changes. libjpeg leaves its
// calls by longjmp: every call stands in Trap::Run, and no frame in between owns anything.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
// jpeglib.h needs stdio.h, jerror.h needs jpeglib.h.
#include <jpeglib.h>
// clang-format off
#include <jerror.h>
// clang-format on

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/exif.h"
#include "base/status.h"
#include "efface/media/icc.h"
#include "efface/media/jpeg_copy.h"
#include "efface/media/jpeg_dct.h"
#include "efface/media/jpeg_header.h"
#include "efface/media/still.h"

namespace efface {
namespace {

// Scans are refused beyond this, and beyond kMaxScanPixels pixels in all scans together, since a
// scan of a few bytes can cost a walk over the whole picture. Encoders write 1 to some 20.
constexpr int kMaxScans = 500;
constexpr int64_t kMaxScanPixels = 4'000'000'000;
constexpr int kFewScans = 40;  // always allowed

// A segment has room for this much of a profile, which goes into up to 255 of them (ICC.1 B.4).
constexpr size_t kMaxIccPiece = 65'519, kMaxIccBytes = 255 * kMaxIccPiece;

// Room for libjpeg's own tables and rows, beside coefficients and pixels.
constexpr int64_t kOverheadBytes = int64_t{2} << 20;

// Catches what libjpeg reports. Shared by the two handles of a transcoding; must outlive them.
class Trap {
 public:
  Trap() {
    jpeg_std_error(&hooks_.base);
    hooks_.base.error_exit = [](j_common_ptr info) { Leave(info); };
    hooks_.base.emit_message = OnMessage;
    hooks_.base.output_message = [](j_common_ptr) {};
    hooks_.progress.progress_monitor = OnProgress;
  }
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;

  // Runs `calls`, which must own nothing while it calls libjpeg. DataLoss, ResourceExhausted or
  // Unimplemented, with a sentence, where libjpeg fails or the picture's data are damaged.
  template <typename Calls>
  [[gnu::noinline]] absl::Status Run(const Calls& calls) {
    if (setjmp(hooks_.escape) != 0) return Failure();
    calls();
    return absl::OkStatus();
  }

  void Watch(jpeg_decompress_struct& info, int max_scans) {
    hooks_.max_scans = max_scans;
    info.progress = &hooks_.progress;
  }

  jpeg_error_mgr* errors() { return &hooks_.base; }
  // The reader needed more than the file has, and took it for its end.
  bool passed_end() const { return hooks_.passed_end; }

 private:
  // libjpeg hands back pointers to `base` and `progress`.
  struct Hooks {
    jpeg_error_mgr base = {};
    jpeg_progress_mgr progress = {};
    jmp_buf escape = {};
    int max_scans = 0;
    bool passed_end = false;
    bool too_many_scans = false;
  };

  static Hooks& Of(j_common_ptr info) { return *reinterpret_cast<Hooks*>(info->err); }

  [[noreturn]] static void Leave(j_common_ptr info) { longjmp(Of(info).escape, 1); }

  static void OnMessage(j_common_ptr info, int level) {
    if (level >= 0) return;  // a mere trace
    switch (info->err->msg_code) {
      case JWRN_JPEG_EOF:
        Of(info).passed_end = true;
        return;
      case JWRN_ADOBE_XFORM:
      case JWRN_BOGUS_ICC:
      case JWRN_BOGUS_PROGRESSION:
      case JWRN_EXTRANEOUS_DATA:
      case JWRN_JFIF_MAJOR:
      case JWRN_NOT_SEQUENTIAL:
        return;  // no coefficient is in doubt
      default:
        Leave(info);
    }
  }

  static void OnProgress(j_common_ptr info) {
    Hooks& hooks = Of(info);
    if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= hooks.max_scans) return;
    hooks.too_many_scans = true;
    Leave(info);
  }

  absl::Status Failure() {
    if (hooks_.too_many_scans) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the JPEG has more than ", hooks_.max_scans, " scans"));
    }
    switch (hooks_.base.msg_code) {
      case JWRN_HIT_MARKER:
        return absl::DataLossError("the JPEG's picture data end too early");
      case JWRN_ARITH_BAD_CODE:
      case JWRN_HUFF_BAD_CODE:
      case JWRN_MUST_RESYNC:
        return absl::DataLossError("the JPEG's picture data are damaged");
      case JERR_OUT_OF_MEMORY:
        return absl::ResourceExhaustedError("there is not enough memory for the JPEG");
      case JERR_IMAGE_TOO_BIG:
        return absl::ResourceExhaustedError(absl::StrCat("the picture is larger than ",
                                                         JPEG_MAX_DIMENSION,
                                                         " pixels on a side, which is the "
                                                         "limit for JPEG"));
      case JERR_MISMATCHED_QUANT_TABLE:
        return absl::UnimplementedError(
            "JPEG files that change their quantisation between scans are not supported: convert "
            "them to PNG or TIFF first");
      case JERR_CCIR601_NOTIMPL:
      case JERR_NOTIMPL:
      case JERR_NOT_COMPILED:
        return absl::UnimplementedError("this kind of JPEG is not supported");
      default:
        break;
    }
    // The common part of a message needs no handle but for its error manager.
    std::array<char, JMSG_LENGTH_MAX> text = {};
    jpeg_common_struct info = {};
    info.err = &hooks_.base;
    hooks_.base.format_message(&info, text.data());
    return absl::DataLossError(absl::StrCat("the JPEG is damaged: ", text.data()));
  }

  Hooks hooks_;
};

// Owns a libjpeg reader.
class Reader {
 public:
  explicit Reader(Trap& trap) { info_.err = trap.errors(); }
  ~Reader() { jpeg_destroy_decompress(&info_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  jpeg_decompress_struct* operator->() { return &info_; }
  jpeg_decompress_struct* get() { return &info_; }

 private:
  jpeg_decompress_struct info_ = {};
};

// Owns a libjpeg writer and the bytes that it has written.
class Writer {
 public:
  explicit Writer(Trap& trap) { info_.err = trap.errors(); }
  ~Writer() { jpeg_destroy_compress(&info_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // After jpeg_create_compress.
  void Connect() {
    sink_.hooks.init_destination = [](j_compress_ptr info) { Rewind(Of(info)); };
    sink_.hooks.empty_output_buffer = [](j_compress_ptr info) -> boolean {
      Flush(info, Of(info).chunk.size());
      Rewind(Of(info));
      return TRUE;
    };
    sink_.hooks.term_destination = [](j_compress_ptr info) {
      Flush(info, Of(info).chunk.size() - Of(info).hooks.free_in_buffer);
    };
    info_.dest = &sink_.hooks;
  }

  jpeg_compress_struct* operator->() { return &info_; }
  jpeg_compress_struct* get() { return &info_; }
  Bytes& bytes() { return sink_.bytes; }

 private:
  struct Sink {
    jpeg_destination_mgr hooks = {};  // first: libjpeg hands back a pointer to it
    std::array<JOCTET, 65536> chunk;
    Bytes bytes;
  };

  static Sink& Of(j_compress_ptr info) { return *reinterpret_cast<Sink*>(info->dest); }

  static void Rewind(Sink& sink) {
    sink.hooks.next_output_byte = sink.chunk.data();
    sink.hooks.free_in_buffer = sink.chunk.size();
  }

  static void Flush(j_compress_ptr info, size_t size) {
    if (!TryAppend(Of(info), size)) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  }

  static bool TryAppend(Sink& sink, size_t size) {
    try {
      Append(sink.bytes, ByteView(sink.chunk).first(size));
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  Sink sink_;
  jpeg_compress_struct info_ = {};
};

// Opens `file` and reads its header. Segments with an ICC profile are kept in the reader.
absl::Status Begin(Trap& trap, Reader& reader, ByteView file, int max_scans) {
  return trap.Run([&] {
    jpeg_create_decompress(reader.get());
    reader->mem->max_memory_to_use = 0;  // whatever the environment says
    trap.Watch(*reader.get(), max_scans);
    jpeg_mem_src(reader.get(), file.data(), file.size());
    jpeg_save_markers(reader.get(), JPEG_APP0 + 2, 0xFFFF);
    jpeg_read_header(reader.get(), TRUE);
  });
}

// DataLoss where the file ended before it had given every coefficient. A missing end marker alone
// does no harm.
absl::Status CheckComplete(const Trap& trap, const jpeg_decompress_struct& info) {
  const absl::Status early = absl::DataLossError("the JPEG's picture data end too early");
  for (int i = 0; i < info.num_components; ++i) {
    if (!info.comp_info[i].quant_table) return early;  // set when its first scan begins
  }
  if (!trap.passed_end()) return absl::OkStatus();
  // Arithmetic decoding goes on without data; it can't tell what was lost.
  if (info.arith_code) return early;
  if (info.progressive_mode) {
    for (int i = 0; i < info.num_components; ++i) {
      for (int k = 0; k < DCTSIZE2; ++k) {
        if (info.coef_bits[i][k] != 0) return early;  // bits still to come; -1: all
      }
    }
  }
  return absl::OkStatus();
}

// True where 0 means full ink in the file: Adobe writes CMYK and YCCK so.
bool IsInverted(const jpeg_decompress_struct& info) {
  return info.num_components == 4 && info.saw_Adobe_marker;
}

Channel ChannelOf(const jpeg_decompress_struct& info, int component) {
  const auto at = static_cast<size_t>(component);
  constexpr std::array kYcck = {Channel::kLuma, Channel::kCb, Channel::kCr, Channel::kBlack};
  constexpr std::array kCmyk = {Channel::kCyan, Channel::kMagenta, Channel::kYellow,
                                Channel::kBlack};
  constexpr std::array kRgb = {Channel::kRed, Channel::kGreen, Channel::kBlue};
  switch (info.jpeg_color_space) {
    case JCS_GRAYSCALE:
      return Channel::kGrey;
    case JCS_RGB:
      return kRgb[at];
    case JCS_CMYK:
      return kCmyk[at];
    default:
      return kYcck[at];
  }
}

// Turns a row of CMYK into RGB, without colour management.
void CmykToRgb(const uint8_t* cmyk, int width, bool inverted, uint8_t* rgb) {
  const int flip = inverted ? 0 : 255;
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    const int light = cmyk[3] ^ flip;
    for (int i = 0; i < 3; ++i) {
      rgb[i] = static_cast<uint8_t>(((cmyk[i] ^ flip) * light + 127) / 255);
    }
  }
}

// A plane of coefficients within libjpeg's arrays.
class Coefficients {
 public:
  // `info` and `array` are borrowed.
  Coefficients(jpeg_decompress_struct* info, jvirt_barray_ptr array, int component)
      : info_(info), array_(array), component_(info->comp_info[component]) {}

  // Blocks of row `y`. Leaves by longjmp where it fails.
  JBLOCK* Row(int y, bool writable) const {
    return info_->mem->access_virt_barray(reinterpret_cast<j_common_ptr>(info_), array_,
                                          static_cast<JDIMENSION>(y), 1,
                                          writable ? TRUE : FALSE)[0];
  }
  int width() const { return static_cast<int>(component_.width_in_blocks); }
  int height() const { return static_cast<int>(component_.height_in_blocks); }
  const uint16_t* quantisers() const { return component_.quant_table->quantval; }
  PlaneGrid grid() const {
    return {width() * DCTSIZE, height() * DCTSIZE,
            double(info_->max_h_samp_factor) / component_.h_samp_factor,
            double(info_->max_v_samp_factor) / component_.v_samp_factor, DCTSIZE};
  }

 private:
  jpeg_decompress_struct* info_;
  jvirt_barray_ptr array_;
  const jpeg_component_info& component_;
};

bool IsWithin(const Patch& patch, const PlaneGrid& grid) {
  const auto whole = [](int value) { return value >= 0 && value % DCTSIZE == 0; };
  return whole(patch.x) && whole(patch.y) && whole(patch.width) && whole(patch.height) &&
         patch.width <= grid.width - patch.x && patch.height <= grid.height - patch.y &&
         patch.hidden.size() == size_t(patch.width) * size_t(patch.height);
}

// Makes the hidden blocks of one component anew. All others stay as they are.
absl::Status Hide(Trap& trap, const Coefficients& plane, PlaneView view, const Hider& hider) {
  const PlaneGrid grid = plane.grid();
  for (const Patch& patch : hider.Patches(grid)) {
    if (!IsWithin(patch, grid)) return absl::InternalError("a hidden area is not made of blocks");
    const size_t row_size = size_t(patch.width) * DCTSIZE;  // samples of a row of blocks
    std::vector<uint8_t> samples(size_t(patch.width) * size_t(patch.height));
    const int left = patch.x / DCTSIZE, top = patch.y / DCTSIZE;
    const int across = patch.width / DCTSIZE, down = patch.height / DCTSIZE;
    const auto block_at = [&](int x, int y) { return size_t(y) * row_size + size_t(x) * DCTSIZE; };

    RETURN_IF_ERROR(trap.Run([&] {
      for (int y = 0; y < down; ++y) {
        const JBLOCK* row = plane.Row(top + y, false) + left;
        for (int x = 0; x < across; ++x) {
          DecodeJpegBlock(row[x], plane.quantisers(), &samples[block_at(x, y)], patch.width);
        }
      }
    }));

    view.samples8 = samples.data();
    view.stride = view.width = patch.width;
    view.height = patch.height;
    hider.Fill(patch, view);

    RETURN_IF_ERROR(trap.Run([&] {
      for (int y = 0; y < down; ++y) {
        JBLOCK* row = plane.Row(top + y, true) + left;
        for (int x = 0; x < across; ++x) {
          const size_t at = block_at(x, y);
          if (!patch.hidden[at]) continue;
          EncodeJpegBlock(&samples[at], patch.width, plane.quantisers(), row[x]);
        }
      }
    }));
  }
  return absl::OkStatus();
}

// DataLoss where a coefficient is so far beyond what 8-bit samples give that libjpeg's arithmetic
// coder would write what its decoder does not take back; its Huffman coder checks by itself.
absl::Status CheckRange(Trap& trap, const Coefficients& plane) {
  constexpr int kLargest = 16383;  // the difference of two takes 15 bits
  bool within = true;
  RETURN_IF_ERROR(trap.Run([&] {
    for (int y = 0; y < plane.height(); ++y) {
      const JBLOCK* row = plane.Row(y, false);
      for (int x = 0; x < plane.width(); ++x) {
        for (const JCOEF level : row[x]) within &= std::abs(level) <= kLargest;
      }
    }
  }));
  if (within) return absl::OkStatus();
  return absl::DataLossError("the JPEG's picture data are damaged");
}

// Scans of one component each, for sampling factors that are too large to interleave.
std::vector<jpeg_scan_info> SeparateScans(int components, bool progressive) {
  std::vector<jpeg_scan_info> scans;
  for (int i = 0; i < components; ++i) {
    if (progressive) scans.push_back({1, {i}, 0, 0, 0, 0});
  }
  for (int i = 0; i < components; ++i) {
    scans.push_back({1, {i}, progressive ? 1 : 0, DCTSIZE2 - 1, 0, 0});
  }
  return scans;
}

class JpegStill : public Still {
 public:
  JpegStill(ByteView file, JpegHeader header, PageInfo page)
      : file_(file), header_(std::move(header)), pages_({page}) {
    const int64_t pixels = std::max<int64_t>(int64_t{page.width} * page.height, 1);
    max_scans_ = static_cast<int>(
        std::clamp<int64_t>(kMaxScanPixels / pixels, int64_t{kFewScans}, int64_t{kMaxScans}));
  }

  // Checks by libjpeg what only it knows.
  absl::Status Check() const {
    Trap trap;
    Reader reader(trap);
    const absl::Status status = Begin(trap, reader, file_, max_scans_);
    return absl::IsDataLoss(status) ? absl::InvalidArgumentError(status.message()) : status;
  }

  const std::vector<PageInfo>& pages() const override { return pages_; }

  int64_t memory() const override {
    const int64_t pixels = int64_t{pages_[0].width} * pages_[0].height;
    const int64_t coefficients = header_.CoefficientBytes();
    const bool whole = header_.progressive || !header_.one_scan;  // decoded after the last scan
    const int64_t read = 3 * pixels + (whole ? coefficients : 0);
    const int64_t write = coefficients + pixels + 2 * static_cast<int64_t>(file_.size());
    return std::max(read, write) + kOverheadBytes;
  }

  absl::StatusOr<RgbPicture> Rgb(int) override {
    Trap trap;
    Reader reader(trap);
    RETURN_IF_ERROR(Begin(trap, reader, file_, max_scans_));
    const bool cmyk = reader->num_components == 4;
    const bool inverted = IsInverted(*reader.get());

    RgbPicture picture;
    picture.width = pages_[0].width;
    picture.height = pages_[0].height;
    const size_t row_size = 3 * size_t(picture.width);
    picture.samples.resize(row_size * size_t(picture.height));
    std::vector<uint8_t> cmyk_row(cmyk ? 4 * size_t(picture.width) : 0);

    RETURN_IF_ERROR(trap.Run([&] {
      reader->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
      reader->dct_method = JDCT_ISLOW;
      reader->do_fancy_upsampling = FALSE;
      reader->do_block_smoothing = FALSE;
      jpeg_start_decompress(reader.get());
      for (int y = 0; y < picture.height; ++y) {
        uint8_t* rgb = picture.samples.data() + size_t(y) * row_size;
        JSAMPROW row = cmyk ? cmyk_row.data() : rgb;
        jpeg_read_scanlines(reader.get(), &row, 1);
        if (cmyk) CmykToRgb(row, picture.width, inverted, rgb);
      }
    }));
    RETURN_IF_ERROR(CheckComplete(trap, *reader.get()));
    return picture;
  }

  absl::StatusOr<WrittenStill> Write(std::span<const Hider* const> hiders,
                                     const WriteOptions& options) override {
    Trap trap;
    Reader reader(trap);
    Writer writer(trap);
    RETURN_IF_ERROR(Begin(trap, reader, file_, max_scans_));
    if (hiders.empty() || hiders[0] == nullptr) {
      if (auto copied = Copy(trap, reader, options.keep)) return *std::move(copied);
    }
    jvirt_barray_ptr* arrays = nullptr;
    RETURN_IF_ERROR(trap.Run([&] { arrays = jpeg_read_coefficients(reader.get()); }));
    RETURN_IF_ERROR(CheckComplete(trap, *reader.get()));

    const Hider* hider = hiders.empty() ? nullptr : hiders[0];
    for (int i = 0; i < reader->num_components; ++i) {
      const Coefficients plane(reader.get(), arrays[i], i);
      PlaneView view;
      view.channel = ChannelOf(*reader.get(), i);
      view.inverted = IsInverted(*reader.get());
      if (hider) RETURN_IF_ERROR(Hide(trap, plane, view, *hider));
      if (reader->arith_code) RETURN_IF_ERROR(CheckRange(trap, plane));
    }

    WrittenStill written;
    const Bytes icc = KeptIcc(ReadIcc(trap, reader), options.keep, written.kept, written.warnings);
    const Bytes exif = KeptSegment(*reader.get(), options.keep, written.kept);
    std::vector<jpeg_scan_info> scans;
    if (header_.BlocksInMcu() > C_MAX_BLOCKS_IN_MCU) {
      scans = SeparateScans(reader->num_components, reader->progressive_mode);
    }
    writer.bytes().reserve(file_.size());
    RETURN_IF_ERROR(trap.Run([&] {
      jpeg_create_compress(writer.get());
      writer->mem->max_memory_to_use = 0;
      writer.Connect();
      CopyParameters(reader.get(), writer.get());
      if (!options.keep.resolution) {
        writer->density_unit = 0;
        writer->X_density = writer->Y_density = 1;
      }
      if (!scans.empty()) {
        writer->scan_info = scans.data();
        writer->num_scans = static_cast<int>(scans.size());
      } else if (reader->progressive_mode) {
        jpeg_simple_progression(writer.get());
      }
      jpeg_write_coefficients(writer.get(), arrays);
      if (!exif.empty()) {
        jpeg_write_marker(writer.get(), JPEG_APP0 + 1, exif.data(),
                          static_cast<unsigned>(exif.size()));
      }
      if (!icc.empty()) {
        jpeg_write_icc_profile(writer.get(), icc.data(), static_cast<unsigned>(icc.size()));
      }
      jpeg_finish_compress(writer.get());
    }));
    written.file = std::move(writer.bytes());
    written.fidelity = Fidelity::kLossless;
    return written;
  }

 private:
  // The file anew around the input's coded data; nullopt where that is not known to be the picture
  // and nothing else.
  std::optional<WrittenStill> Copy(Trap& trap, Reader& reader, const Keep& keep) const {
    if (header_.progressive || header_.arithmetic || !header_.one_scan ||
        header_.BlocksInMcu() > C_MAX_BLOCKS_IN_MCU) {
      return std::nullopt;
    }
    JpegScan scan = ScanOf(*reader.get());
    const ByteView coded(reader->src->next_input_byte, reader->src->bytes_in_buffer);
    const auto size = CheckCodedData(coded, scan);
    if (!size || !HasText(coded, *size, "\xFF\xD9")) return std::nullopt;

    WrittenStill written{.fidelity = Fidelity::kCopied};
    const Bytes icc = KeptIcc(ReadIcc(trap, reader), keep, written.kept, written.warnings);
    const Bytes exif = KeptSegment(*reader.get(), keep, written.kept);
    if (icc.size() > kMaxIccBytes) return std::nullopt;
    Bytes& out = written.file;
    constexpr size_t kHeaders = 4096;
    out.reserve(*size + icc.size() + kHeaders);
    Append(out, AsBytes("\xFF\xD8"));
    AppendMarkers(*reader.get(), keep, exif, icc, out);
    AppendScan(scan, coded.first(*size), out);
    return written;
  }

  // All of the frame and its one scan, whose header has been read.
  static JpegScan ScanOf(const jpeg_decompress_struct& info) {
    JpegScan scan;
    scan.width = static_cast<int>(info.image_width);
    scan.height = static_cast<int>(info.image_height);
    scan.restart_interval = static_cast<int>(info.restart_interval);
    for (int i = 0; i < info.comps_in_scan; ++i) {
      const jpeg_component_info& component = *info.cur_comp_info[i];
      scan.components.push_back({component.component_id, component.h_samp_factor,
                                 component.v_samp_factor, component.quant_tbl_no,
                                 component.dc_tbl_no, component.ac_tbl_no});
    }
    for (size_t i = 0; i < NUM_QUANT_TBLS; ++i) {
      if (const JQUANT_TBL* table = info.quant_tbl_ptrs[i]) {
        std::copy_n(table->quantval, DCTSIZE2, scan.quantisers.at(i).emplace().begin());
      }
    }
    const auto take = [](const JHUFF_TBL* from, std::optional<HuffmanTable>& to) {
      if (from == nullptr) return;
      HuffmanTable& table = to.emplace();
      std::copy_n(from->bits, table.counts.size(), table.counts.begin());
      std::copy_n(from->huffval, table.symbols.size(), table.symbols.begin());
    };
    for (size_t i = 0; i < NUM_HUFF_TBLS; ++i) {
      take(info.dc_huff_tbl_ptrs[i], scan.dc_tables.at(i));
      take(info.ac_huff_tbl_ptrs[i], scan.ac_tables.at(i));
    }
    return scan;
  }

  // The segments before the tables, as libjpeg would write them.
  static void AppendMarkers(const jpeg_decompress_struct& info, const Keep& keep, ByteView exif,
                            ByteView icc, Bytes& out) {
    if (info.saw_JFIF_marker) {
      const bool known = info.JFIF_major_version == 1;
      const bool density = keep.resolution || info.density_unit == 0;
      AppendSegmentHeader(JPEG_APP0, 14, out);
      Append(out, AsBytes(std::string_view("JFIF\0\1", 6)));
      out.push_back(known ? info.JFIF_minor_version : 1);
      out.push_back(density ? info.density_unit : 0);
      AppendUint(out, density ? info.X_density : 1, 2, Endian::kBig);
      AppendUint(out, density ? info.Y_density : 1, 2, Endian::kBig);
      AppendUint(out, 0, 2, Endian::kBig);  // no thumbnail
    }
    if (WritesAdobe(info)) {
      AppendSegmentHeader(JPEG_APP0 + 14, 12, out);
      Append(out, AsBytes(std::string_view("Adobe\0\x64\0\0\0\0", 11)));
      out.push_back(info.jpeg_color_space == JCS_YCbCr  ? 1
                    : info.jpeg_color_space == JCS_YCCK ? 2
                                                        : 0);
    }
    if (!exif.empty()) {
      AppendSegmentHeader(JPEG_APP0 + 1, exif.size(), out);
      Append(out, exif);
    }
    const size_t pieces = (icc.size() + kMaxIccPiece - 1) / kMaxIccPiece;
    for (size_t i = 0; i < pieces; ++i) {
      const ByteView piece = icc.subspan(i * kMaxIccPiece)
                                 .first(std::min(kMaxIccPiece, icc.size() - i * kMaxIccPiece));
      AppendSegmentHeader(JPEG_APP0 + 2, 14 + piece.size(), out);
      Append(out, AsBytes(std::string_view("ICC_PROFILE\0", 12)));
      out.push_back(static_cast<uint8_t>(i + 1));
      out.push_back(static_cast<uint8_t>(pieces));
      Append(out, piece);
    }
  }

  // Says which colours these are; a JFIF header says it of grey and YCbCr, and for libjpeg it
  // overrides Adobe's.
  static bool WritesAdobe(const jpeg_decompress_struct& info) {
    const bool jfif_tells = info.saw_JFIF_marker && info.num_components < 4;
    return info.saw_Adobe_marker && info.num_components > 1 && !jfif_tells;
  }

  // All that decides how the coefficients are coded and understood. Within Trap::Run.
  static void CopyParameters(jpeg_decompress_struct* from, jpeg_compress_struct* to) {
    jpeg_copy_critical_parameters(from, to);
    to->arith_code = from->arith_code;
    to->optimize_coding = from->arith_code ? FALSE : TRUE;
    to->restart_interval = from->restart_interval;
    to->write_JFIF_header = from->saw_JFIF_marker;
    to->write_Adobe_marker = WritesAdobe(*from) ? TRUE : FALSE;
  }

  // The profile, as it is; empty where there is none.
  static Bytes ReadIcc(Trap& trap, Reader& reader) {
    bool present = false;
    for (jpeg_saved_marker_ptr marker = reader->marker_list; marker; marker = marker->next) {
      present |= HasText({marker->data, marker->data_length}, 0, "ICC_PROFILE");
    }
    if (!present) return {};
    JOCTET* data = nullptr;
    unsigned size = 0;
    const absl::Status status =
        trap.Run([&] { jpeg_read_icc_profile(reader.get(), &data, &size); });
    const std::unique_ptr<JOCTET, decltype(&std::free)> owner(data, &std::free);
    if (!status.ok() || data == nullptr) return {0};  // there is one, and it is broken
    return Bytes(data, data + size);
  }

  // The EXIF segment of what is kept; empty where that is nothing.
  Bytes KeptSegment(const jpeg_decompress_struct& info, const Keep& keep, Keep& kept) const {
    KeptExif exif = ReadKeptExif(header_.exif);
    if (info.saw_JFIF_marker && info.density_unit != 0) {
      exif.x_resolution = exif.y_resolution = 0;
      kept.resolution = keep.resolution;
    }
    const Bytes tiff = WriteKeptExif(Chosen(exif, keep, kept));
    if (tiff.empty()) return {};
    Bytes segment = {'E', 'x', 'i', 'f', 0, 0};
    Append(segment, tiff);
    return segment;
  }

  ByteView file_;
  JpegHeader header_;
  std::vector<PageInfo> pages_;
  int max_scans_ = kMaxScans;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Still>> OpenJpeg(ByteView file, const StillLimits& limits) {
  ASSIGN_OR_RETURN(JpegHeader header, ReadJpegHeader(file));
  RETURN_IF_ERROR(CheckSize(header.width, header.height, limits.max_pixels, limits));
  const PageInfo page = {header.width, header.height, ReadKeptExif(header.exif).orientation};
  auto still = std::make_unique<JpegStill>(file, std::move(header), page);
  RETURN_IF_ERROR(still->Check());
  return still;
}

}  // namespace efface
