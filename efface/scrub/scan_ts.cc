// MPEG transport streams (ISO/IEC 13818-1): streams that are neither pictures nor sound, streams
// that no table names, names and descriptors in the tables, and private and stuffing bytes.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>

#include "efface/scrub/coded.h"
#include "efface/scrub/walk_clip.h"

namespace efface {
namespace {

constexpr size_t kPacket = 188;
constexpr size_t kMaxPes = size_t{64} << 20;  // bytes of one picture
constexpr size_t kMaxSection = 4096 + 3;
constexpr int kNull = 0x1FFF;

enum class Kind { kPictures, kSound, kSubtitles, kData, kTable, kClock };

struct Stream {
  Kind kind = Kind::kData;
  std::unique_ptr<CodedWalk> coded;
  Bytes pes;      // the picture that is being put together
  Bytes section;  // the table that is
  bool begun = false;
};

bool HasDescriptor(ByteView descriptors, std::initializer_list<int> tags) {
  for (size_t at = 0; at + 2 <= descriptors.size(); at += 2 + size_t{descriptors[at + 1]}) {
    if (std::find(tags.begin(), tags.end(), descriptors[at]) != tags.end()) return true;
  }
  return false;
}

class TsWalk {
 public:
  TsWalk(ClipFile& file, Findings& findings) : file_(file), findings_(findings) {
    streams_[0].kind = Kind::kTable;
    for (const int pid : {0x10, 0x11, 0x12, 0x13, 0x14}) streams_[pid].kind = Kind::kTable;
  }

  absl::Status Run() {
    FindStep();
    // Tables first, since a stream may come before the table that names it.
    Packets([&](uint64_t, ByteView packet) { Tables(packet); });
    Packets([&](uint64_t at, ByteView packet) { Look(at, packet); });
    for (auto& [pid, stream] : streams_) Finish(stream);
    return file_.status();
  }

 private:
  // M2TS has four bytes of time before each packet.
  void FindStep() {
    for (const auto& [first, step] : {std::pair<uint64_t, uint64_t>{0, kPacket}, {4, 192}}) {
      bool all = true;
      for (uint64_t i = 0; i < 4 && first + i * step < file_.size(); ++i) {
        all = all && file_.Uint(first + i * step, 1, Endian::kBig) == 0x47;
      }
      if (all) {
        lead_ = first;
        return;
      }
    }
  }

  // Calls `packet` for each; bytes that belong to none are listed once.
  void Packets(const std::function<void(uint64_t, ByteView)>& packet) {
    std::vector<ByteRange> strays;
    uint64_t at = 0;
    std::array<uint8_t, kPacket> copy = {};
    while (at < file_.size() && file_.status().ok()) {
      const ByteView bytes = file_.Peek(at + lead_, kPacket);
      if (bytes.size() == kPacket && bytes[0] == 0x47) {
        std::copy(bytes.begin(), bytes.end(), copy.begin());
        packet(at + lead_, copy);
        at += lead_ + kPacket;
        continue;
      }
      // To where two packets follow each other, or the end.
      uint64_t next = at + 1;
      while (next < file_.size() && !(IsSync(next) && (IsSync(next + lead_ + kPacket) ||
                                                       next + lead_ + kPacket >= file_.size())))
        ++next;
      strays.push_back({at, next - at});
      at = next;
    }
    if (!listed_) {
      for (const ByteRange& stray : strays) {
        const bool tail = stray.offset + stray.size == file_.size();
        findings_.AddAt(tail ? "trailing-bytes" : "stray-bytes", stray);
      }
    }
    listed_ = true;
  }

  bool IsSync(uint64_t at) { return file_.Uint(at + lead_, 1, Endian::kBig) == 0x47; }

  struct Parts {
    int pid = 0;
    bool start = false;
    ByteView adaptation, payload;
    bool enciphered = false;
  };

  static Parts Split(ByteView packet) {
    Parts parts;
    parts.start = (packet[1] & 0x40) != 0;
    parts.pid = (packet[1] & 0x1F) << 8 | packet[2];
    parts.enciphered = (packet[3] & 0xC0) != 0;
    size_t at = 4;
    if ((packet[3] & 0x20) != 0) {
      const size_t length = std::min<size_t>(packet[4], kPacket - 5);
      parts.adaptation = packet.subspan(5, length);
      at = 5 + length;
    }
    if ((packet[3] & 0x10) != 0) parts.payload = packet.subspan(at);
    return parts;
  }

  // Sections of tables are put together over packets.
  void Tables(ByteView packet) {
    const Parts parts = Split(packet);
    const auto found = streams_.find(parts.pid);
    if (found == streams_.end() || found->second.kind != Kind::kTable || parts.payload.empty()) {
      return;
    }
    Stream& stream = found->second;
    ByteView data = parts.payload;
    if (parts.start) {
      const size_t pointer = data[0];
      if (pointer + 1 > data.size()) return;
      stream.section.clear();
      stream.begun = true;
      data = data.subspan(1 + pointer);
    }
    if (!stream.begun) return;
    Append(stream.section, data);
    while (stream.section.size() >= 3) {
      if (stream.section[0] == 0xFF) {  // stuffing
        stream.begun = false;
        if (HasOther(stream.section, 0xFF)) findings_.Add("gap-bytes", stream.section.size());
        stream.section.clear();
        return;
      }
      const size_t length = 3 + ((stream.section[1] & 15U) << 8 | stream.section[2]);
      if (length > kMaxSection || stream.section.size() < length) break;
      const Bytes section(stream.section.begin(),
                          stream.section.begin() + static_cast<ptrdiff_t>(length));
      stream.section.erase(stream.section.begin(),
                           stream.section.begin() + static_cast<ptrdiff_t>(length));
      Section(parts.pid, section);
    }
    if (stream.section.size() > 2 * kMaxSection) stream.section.clear();
  }

  void Section(int pid, ByteView section) {
    const auto number = [&](size_t at, int size) {
      return static_cast<size_t>(ReadUint(section, at, size, Endian::kBig).value_or(0));
    };
    const int table = section[0];
    if (pid == 0 && table == 0) {
      for (size_t at = 8; at + 8 <= section.size(); at += 4) {  // 4 bytes of checksum end it
        const int next = static_cast<int>(number(at + 2, 2) & 0x1FFF);
        if (number(at, 2) != 0) streams_.try_emplace(next).first->second.kind = Kind::kTable;
      }
    } else if (table == 2) {
      Program(section);
    } else if (pid == 0x11 && (table == 0x42 || table == 0x46)) {
      Services(section);
    } else if (pid == 0x11 && table == 0x4A) {
      findings_.Add("metadata", section.size());
    } else if (pid >= 0x10 && pid <= 0x14 && table != 0x72) {
      // Networks, programmes and times of broadcasting.
      findings_.Add(pid == 0x14 ? "date" : "metadata", section.size());
    } else if (table != 0) {
      findings_.Add("data-track", section.size());
    }
  }

  void Program(ByteView section) {
    const auto number = [&](size_t at, int size) {
      return static_cast<size_t>(ReadUint(section, at, size, Endian::kBig).value_or(0));
    };
    streams_.try_emplace(static_cast<int>(number(8, 2) & 0x1FFF), Stream{.kind = Kind::kClock});
    const size_t length = number(10, 2) & 0xFFF;
    Descriptors(Slice(section, 12, length).value_or(ByteView()));
    size_t at = 12 + length;
    while (at + 5 + 4 <= section.size()) {
      const int type = section[at];
      const int pid = static_cast<int>(number(at + 1, 2) & 0x1FFF);
      const size_t size = number(at + 3, 2) & 0xFFF;
      const ByteView descriptors = Slice(section, at + 5, size).value_or(ByteView());
      Stream& stream = streams_[pid];
      stream.kind = KindOf(type, descriptors);
      const Coding coding = type == 0x1B                             ? Coding::kH264
                            : type == 0x24                           ? Coding::kHevc
                            : type == 1 || type == 2 || type == 0x10 ? Coding::kMpegVideo
                                                                     : Coding::kOther;
      if (stream.kind == Kind::kPictures && stream.coded == nullptr) {
        stream.coded = std::make_unique<CodedWalk>(coding, findings_);
      }
      if (stream.kind == Kind::kPictures || stream.kind == Kind::kSound) Descriptors(descriptors);
      at += 5 + size;
    }
  }

  static Kind KindOf(int type, ByteView descriptors) {
    switch (type) {
      case 0x01:
      case 0x02:
      case 0x10:
      case 0x1B:
      case 0x24:
        return Kind::kPictures;
      case 0x03:
      case 0x04:
      case 0x0F:
      case 0x11:
      case 0x80:  // of Blu-ray and ATSC
      case 0x81:
      case 0x82:
      case 0x83:
      case 0x84:
      case 0x85:
      case 0x86:
      case 0x87:
        return Kind::kSound;
      case 0x90:
      case 0x91:
      case 0x92:
        return Kind::kSubtitles;
      case 0x06:
        if (HasDescriptor(descriptors, {0x56, 0x59, 0x46})) return Kind::kSubtitles;
        // AC-3, E-AC-3, DTS, AAC; what registers a coding of sound or pictures.
        if (HasDescriptor(descriptors, {0x6A, 0x7A, 0x7B, 0x7C})) return Kind::kSound;
        for (const std::string_view name :
             {"AC-3", "EAC3", "DTS1", "DTS2", "DTS3", "Opus", "BSSD"}) {
          if (descriptors.size() >= 6 && HasText(descriptors, 2, name)) return Kind::kSound;
        }
        if (descriptors.size() >= 6 && HasText(descriptors, 2, "AV01")) return Kind::kPictures;
        return Kind::kData;
      default:
        return Kind::kData;
    }
  }

  // Those that say how to decode, and the language.
  void Descriptors(ByteView descriptors) {
    for (size_t at = 0; at + 2 <= descriptors.size();) {
      const size_t size = 2 + size_t{descriptors[at + 1]};
      const auto whole = Slice(descriptors, at, size);
      if (!whole) {
        findings_.Add("stray-bytes", descriptors.size() - at);
        return;
      }
      switch ((*whole)[0]) {
        case 0x02:
        case 0x03:
        case 0x06:
        case 0x0A:
        case 0x0E:
        case 0x10:
        case 0x11:
        case 0x1C:
        case 0x28:
        case 0x2A:
        case 0x2B:
        case 0x38:
        case 0x52:
        case 0x6A:
        case 0x7A:
        case 0x7B:
        case 0x7C:
        case 0x7F:
        case 0x80:
        case 0x81:
          break;
        case 0x05:
          if (size > 6 && !HasText(*whole, 2, "HDMV") && !HasText(*whole, 2, "Opus") &&
              !HasText(*whole, 2, "AV01")) {
            findings_.Add("metadata", size);
          }
          break;
        default:
          findings_.Add("metadata", size);
          break;
      }
      at += size;
    }
  }

  // Names of services (ETSI EN 300 468, 5.2.3): those that Efface's muxer always writes say
  // nothing.
  void Services(ByteView section) {
    constexpr std::string_view kOwn(
        "\x48\x12\x01\x06"
        "FFmpeg\x09Service01",
        20);
    size_t at = 11;
    while (at + 5 + 4 <= section.size()) {
      const size_t size = ReadUint(section, at + 3, 2, Endian::kBig).value_or(0) & 0xFFF;
      const auto descriptors = Slice(section, at + 5, size);
      if (!descriptors) return;
      if (!(descriptors->size() == kOwn.size() && HasText(*descriptors, 0, kOwn))) {
        findings_.Add("metadata", descriptors->size());
      }
      at += 5 + size;
    }
  }

  void Look(uint64_t at, ByteView packet) {
    const Parts parts = Split(packet);
    const auto place = [&](ByteView part) {
      return ByteRange{at + static_cast<uint64_t>(part.data() - packet.data()), part.size()};
    };
    Adaptation(parts.adaptation, place);
    if (parts.pid == kNull) {
      if (HasOther(parts.payload, 0xFF) && HasOther(parts.payload, 0)) {
        findings_.AddAt("gap-bytes", place(parts.payload));
      }
      return;
    }
    const auto found = streams_.find(parts.pid);
    if (found == streams_.end()) {
      if (!parts.payload.empty()) findings_.AddAt("private-stream", place(parts.payload));
      return;
    }
    Stream& stream = found->second;
    switch (stream.kind) {
      case Kind::kSubtitles:
        if (!parts.payload.empty()) findings_.AddAt("subtitles", place(parts.payload));
        break;
      case Kind::kData:
        if (!parts.payload.empty()) findings_.AddAt("data-track", place(parts.payload));
        break;
      case Kind::kClock:
        if (!parts.payload.empty()) findings_.AddAt("private-stream", place(parts.payload));
        break;
      case Kind::kTable:
        break;
      case Kind::kPictures:
      case Kind::kSound:
        if (parts.start) {
          Finish(stream);
          stream.begun = true;
        }
        if (stream.begun && stream.pes.size() < kMaxPes) {
          // Of sound only the header is looked at.
          const bool all = stream.kind == Kind::kPictures;
          if (all || stream.pes.size() < 512) Append(stream.pes, parts.payload);
        }
        break;
    }
  }

  // Flags, then fields by them, then stuffing (2.4.3.4).
  void Adaptation(ByteView field, const std::function<ByteRange(ByteView)>& place) {
    if (field.empty()) return;
    const uint8_t flags = field[0];
    size_t at = 1;
    if ((flags & 0x10) != 0) at += 6;
    if ((flags & 0x08) != 0) at += 6;
    if ((flags & 0x04) != 0) at += 1;
    if ((flags & 0x02) != 0 && at < field.size()) {
      const size_t size = field[at];
      const auto data = Slice(field, at + 1, size);
      if (data && !data->empty()) findings_.AddAt("private-data", place(*data));
      at += 1 + size;
    }
    if ((flags & 0x01) != 0 && at < field.size()) at += 1 + size_t{field[at]};
    if (at >= field.size()) return;
    const ByteView stuffing = field.subspan(at);
    if (HasOther(stuffing, 0xFF)) findings_.AddAt("gap-bytes", place(stuffing));
  }

  // A whole packet of an elementary stream (2.4.3.6).
  void Finish(Stream& stream) {
    const Bytes pes = std::move(stream.pes);
    stream.pes.clear();
    stream.begun = false;
    if (pes.size() < 9 || !HasText(pes, 0, std::string_view("\0\0\1", 3))) return;
    const size_t header = 9 + size_t{pes[8]};
    if (header > pes.size()) return;
    size_t at = 9;
    const uint8_t flags = pes[7];
    at += (flags & 0xC0) == 0xC0 ? 10 : (flags & 0x80) != 0 ? 5 : 0;
    if ((flags & 0x20) != 0) at += 6;
    if ((flags & 0x10) != 0) at += 3;
    if ((flags & 0x08) != 0) at += 1;
    if ((flags & 0x04) != 0) at += 1;
    if ((flags & 0x02) != 0) at += 2;
    if ((flags & 0x01) != 0 && at < header) {
      const uint8_t more = pes[at++];
      if ((more & 0x80) != 0) {
        findings_.Add("private-data", 16);
        at += 16;
      }
      if ((more & 0x40) != 0 && at < header) at += 1 + size_t{pes[at]};
      if ((more & 0x20) != 0) at += 2;
      if ((more & 0x10) != 0) at += 2;
      if ((more & 0x01) != 0 && at < header) at += 1 + (pes[at] & 0x7FU);
    }
    if (at < header && HasOther(ByteView(pes).subspan(at, header - at), 0xFF)) {
      findings_.Add("gap-bytes", header - at);
    }
    if (stream.coded != nullptr) {
      stream.coded->Frame(ByteView(pes).subspan(header), std::nullopt);
    }
  }

  ClipFile& file_;
  Findings& findings_;
  uint64_t lead_ = 0;  // bytes before each packet
  std::map<int, Stream> streams_;
  bool listed_ = false;
};

}  // namespace

absl::Status ScanTs(ClipFile& file, Findings& findings) { return TsWalk(file, findings).Run(); }

}  // namespace efface
