// AVI (Microsoft's RIFF, with OpenDML's further parts): every chunk that is not the clip's own
// structure, streams of neither pictures nor sound, data that the index leaves out.
#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_set>

#include "efface/scrub/coded.h"
#include "efface/scrub/walk_clip.h"

namespace efface {
namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kMaxIndexed = 20'000'000;           // chunks
constexpr uint64_t kMaxSample = uint64_t{64} << 20;  // bytes of a chunk that is looked into
constexpr size_t kMaxStreams = 100;                  // two digits name one

struct Chunk {
  std::string id;    // four characters
  std::string form;  // of RIFF and LIST
  ByteRange whole, payload;
};

struct Stream {
  std::string kind;  // "vids", "auds", "txts", "mids"
  std::unique_ptr<CodedWalk> coded;
};

Coding CodingOf(std::string code) {
  for (char& letter : code)
    letter = static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 32 : letter);
  const auto is = [&](std::initializer_list<std::string_view> codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  if (is({"H264", "X264", "AVC1", "DAVC", "VSSH"})) return Coding::kH264;
  if (is({"HEVC", "H265", "X265"})) return Coding::kHevc;
  if (is({"FMP4", "XVID", "DIVX", "DX50", "MP4V", "MPG2", "MPEG", "MPG1", "MP4S"})) {
    return Coding::kMpegVideo;
  }
  return is({"MJPG", "AVRN", "LJPG"}) ? Coding::kMotionJpeg : Coding::kOther;
}

class AviWalk {
 public:
  AviWalk(ClipFile& file, Findings& findings) : file_(file), findings_(findings) {}

  absl::Status Run() {
    uint64_t at = 0;
    while (at < file_.size()) {
      const auto riff = Read(at, file_.size(), true);
      if (!riff || riff->id != "RIFF" || (riff->form != "AVI " && riff->form != "AVIX")) break;
      Chunks(riff->payload, 0);
      at = riff->whole.offset + riff->whole.size;
    }
    if (at < file_.size()) findings_.AddAt("trailing-bytes", {at, file_.size() - at});
    Unindexed();
    return file_.status();
  }

 private:
  std::optional<Chunk> Read(uint64_t at, uint64_t end, bool may_be_cut) {
    const ByteView head = file_.Peek(at, 12);
    const auto size = ReadUint(head, 4, 4, Endian::kLittle);
    if (!size || end - at < 8) return std::nullopt;
    Chunk chunk;
    chunk.id.assign(head.begin(), head.begin() + 4);
    uint64_t length = *size;
    if (length > end - at - 8) {
      if (!may_be_cut) return std::nullopt;
      length = end - at - 8;
    }
    chunk.payload = {at + 8, length};
    chunk.whole = {at, std::min(8 + length + length % 2, end - at)};
    if (chunk.id == "RIFF" || chunk.id == "LIST") {
      if (length < 4) return std::nullopt;
      chunk.form.assign(head.begin() + 8, head.begin() + 12);
      chunk.payload = {at + 12, length - 4};
    }
    return chunk;
  }

  void Chunks(ByteRange parent, int depth) {
    const uint64_t end = parent.offset + parent.size;
    uint64_t at = parent.offset;
    while (at < end && depth < kMaxDepth && file_.status().ok()) {
      const bool movie = HasText(file_.Peek(at, 12), 8, "movi");
      const auto chunk = Read(at, end, movie);
      if (!chunk) break;
      One(*chunk, depth);
      if (chunk->payload.size % 2 != 0 && chunk->id != "LIST" &&
          !file_.IsZero(chunk->payload.offset + chunk->payload.size, 1)) {
        findings_.AddAt("gap-bytes", {chunk->payload.offset + chunk->payload.size, 1});
      }
      at = chunk->whole.offset + chunk->whole.size;
    }
    if (at < end && !file_.IsZero(at, end - at)) findings_.AddAt("stray-bytes", {at, end - at});
  }

  void One(const Chunk& chunk, int depth) {
    const std::string& id = chunk.id;
    if (id == "LIST") {
      if (chunk.form == "movi") {
        if (movies_.empty()) index_base_ = chunk.payload.offset - 4;
        movies_.push_back(chunk.payload);
        Movie(chunk.payload, depth + 1);
      } else if (chunk.form == "hdrl" || chunk.form == "strl" || chunk.form == "odml") {
        Chunks(chunk.payload, depth + 1);
      } else {
        findings_.AddAt(chunk.form == "INFO" ? "metadata" : "unknown-chunk", chunk.whole);
      }
    } else if (id == "JUNK" || id == "PAD ") {
      if (!IsPlaceholder(chunk)) findings_.AddAt("gap-bytes", chunk.payload);
    } else if (id == "strh") {
      if (streams_.size() < kMaxStreams) {
        const Bytes head = file_.Read(chunk.payload.offset, 8);
        if (head.size() == 8) {
          Stream& stream = streams_.emplace_back();
          stream.kind.assign(head.begin(), head.begin() + 4);
        }
      }
    } else if (id == "strf") {
      Format(chunk);
    } else if (id == "idx1") {
      Index(chunk);
    } else if (id == "indx") {
      SuperIndex(chunk);
    } else if (id == "IDIT") {
      findings_.AddAt("date", chunk.whole);
    } else if (id == "strn" || id == "ISMP" || id == "strd") {
      findings_.AddAt("metadata", chunk.whole);
    } else if (id == "_PMX") {
      findings_.AddAt("xmp", chunk.whole);
    } else if (id != "avih" && id != "vprp" && id != "dmlh") {
      findings_.AddAt("unknown-chunk", chunk.whole);
    }
  }

  // Padding is zero; Efface's muxer also leaves places where an index, or OpenDML's header, would
  // go in a longer clip.
  bool IsPlaceholder(const Chunk& chunk) {
    const ByteRange& at = chunk.payload;
    if (file_.IsZero(at.offset, at.size)) return true;
    const Bytes head = file_.Read(at.offset, 24);
    if (HasText(head, 0, "odmldmlh")) {
      return file_.IsZero(at.offset + 12, at.size - std::min<uint64_t>(12, at.size)) &&
             at.size <= 260;
    }
    // Longs an entry, kinds, entries in use, and the stream's name.
    return at.size >= 24 && HasText(head, 0, std::string_view("\4\0\0\0\0\0\0\0", 8)) &&
           IsStreamName(std::string(head.begin() + 8, head.begin() + 12)) &&
           file_.IsZero(at.offset + 12, at.size - 12);
  }

  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  static bool IsStreamName(const std::string& id) { return IsDigit(id[0]) && IsDigit(id[1]); }

  // BITMAPINFOHEADER: the coding at 16, and what the decoder needs after 40 bytes.
  void Format(const Chunk& chunk) {
    if (streams_.empty() || streams_.back().kind != "vids") return;
    const Bytes format =
        file_.Read(chunk.payload.offset, std::min<uint64_t>(chunk.payload.size, 1 << 16));
    if (format.size() < 20) return;
    const std::string code(format.begin() + 16, format.begin() + 20);
    streams_.back().coded = std::make_unique<CodedWalk>(CodingOf(code), findings_);
    if (format.size() > 40) {
      const ByteView more = ByteView(format).subspan(40);
      streams_.back().coded->Frame(more, chunk.payload.offset + 40);
    }
  }

  void Movie(ByteRange movie, int depth) {
    const uint64_t end = movie.offset + movie.size;
    uint64_t at = movie.offset;
    while (at < end && depth < kMaxDepth && file_.status().ok()) {
      const auto chunk = Read(at, end, true);
      if (!chunk) break;
      if (chunk->id == "LIST" && chunk->form == "rec ") {
        Movie(chunk->payload, depth + 1);
      } else if (IsStreamName(chunk->id)) {
        Data(*chunk);
      } else if (chunk->id.starts_with("ix")) {
        StandardIndex(chunk->payload);
      } else {
        One(*chunk, depth);
      }
      at = chunk->whole.offset + chunk->whole.size;
    }
    if (at < end && !file_.IsZero(at, end - at)) findings_.AddAt("stray-bytes", {at, end - at});
  }

  void Data(const Chunk& chunk) {
    const auto number = static_cast<size_t>((chunk.id[0] - '0') * 10 + chunk.id[1] - '0');
    if (chunk.payload.size > 0 && data_.size() < kMaxIndexed) data_.push_back(chunk.payload);
    if (number >= streams_.size()) {
      findings_.AddAt("data-track", chunk.whole);
      return;
    }
    const Stream& stream = streams_[number];
    if (stream.kind == "txts") {
      findings_.AddAt("subtitles", chunk.payload);
    } else if (stream.kind != "vids" && stream.kind != "auds") {
      findings_.AddAt("data-track", chunk.payload);
    } else if (chunk.id.ends_with("pc")) {
      return;  // a new palette
    } else if (stream.coded != nullptr && stream.coded->coding() != Coding::kOther &&
               chunk.payload.size <= kMaxSample) {
      stream.coded->Frame(file_.Read(chunk.payload.offset, chunk.payload.size),
                          chunk.payload.offset);
    }
  }

  // Entries of 16 bytes: name, flags, place, size. Places count from the list's name or the file's
  // start.
  void Index(const Chunk& chunk) {
    std::optional<uint64_t> base;
    const uint64_t end = chunk.payload.offset + chunk.payload.size;
    for (uint64_t at = chunk.payload.offset; at + 16 <= end && ++entries_read_ < kMaxIndexed;
         at += 16) {
      const uint64_t place = file_.Uint(at + 8, 4, Endian::kLittle).value_or(0);
      if (!base) {
        const ByteView name = file_.Peek(at, 4);
        const std::string id(name.begin(), name.end());
        const ByteView there = file_.Peek(place, 4);
        const bool absolute = std::string(there.begin(), there.end()) == id && place > index_base_;
        base = absolute ? 0 : index_base_;
      }
      indexed_.insert(*base + place + 8);
    }
    has_index_ = has_index_ || chunk.payload.size >= 16;
  }

  // OpenDML: longs an entry (2), kinds (2), entries (4), name (4), then by kind.
  void SuperIndex(const Chunk& chunk) {
    const uint64_t at = chunk.payload.offset;
    const uint64_t kind = file_.Uint(at + 3, 1, Endian::kLittle).value_or(0);
    if (kind != 0) return StandardIndex(chunk.payload);
    const uint64_t entries =
        std::min(file_.Uint(at + 4, 4, Endian::kLittle).value_or(0), chunk.payload.size / 16);
    for (uint64_t i = 0; i < entries; ++i) {
      const uint64_t place = file_.Uint(at + 24 + 16 * i, 8, Endian::kLittle).value_or(0);
      const auto index = place < file_.size() ? Read(place, file_.size(), true) : std::nullopt;
      if (index) StandardIndex(index->payload);
    }
  }

  // Entries of 8 bytes from 24 on: place of the data, counted from a base at 12, and its size.
  void StandardIndex(ByteRange payload) {
    const uint64_t at = payload.offset;
    const uint64_t longs = file_.Uint(at, 2, Endian::kLittle).value_or(0);
    if (payload.size < 24 || (longs != 2 && longs != 3)) return;
    const uint64_t entries = std::min(file_.Uint(at + 4, 4, Endian::kLittle).value_or(0),
                                      (payload.size - 24) / (4 * longs));
    const uint64_t base = file_.Uint(at + 12, 8, Endian::kLittle).value_or(0);
    for (uint64_t i = 0; i < entries && ++entries_read_ < kMaxIndexed; ++i) {
      indexed_.insert(base + file_.Uint(at + 24 + 4 * longs * i, 4, Endian::kLittle).value_or(0));
    }
    has_index_ = has_index_ || entries > 0;
  }

  // Players go by the index.
  void Unindexed() {
    if (!has_index_ || entries_read_ >= kMaxIndexed) return;
    for (const ByteRange& each : data_) {
      if (!indexed_.contains(each.offset)) findings_.AddAt("hidden-frames", each);
    }
  }

  ClipFile& file_;
  Findings& findings_;
  std::vector<Stream> streams_;
  std::vector<ByteRange> movies_;
  uint64_t index_base_ = 0;               // where the first movi list's name stands
  std::unordered_set<uint64_t> indexed_;  // where data begins that an index names
  size_t entries_read_ = 0;               // of indexes, which may be named several times
  bool has_index_ = false;
  std::vector<ByteRange> data_;  // of all streams
};

}  // namespace

absl::Status ScanAvi(ClipFile& file, Findings& findings) { return AviWalk(file, findings).Run(); }

}  // namespace efface
