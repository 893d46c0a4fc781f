// HEIC and AVIF: every item that the primary picture is not made of, descriptions among its
// properties, boxes that hold no picture, media data that no item refers to, and what follows the
// boxes; and within the coded picture units that are no picture, and pixels that are cut off.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/isobmff.h"
#include "efface/scrub/coded.h"
#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr size_t kMaxUrn = 256;
constexpr int kMaxExif = 16;        // EXIF items that are looked into
constexpr size_t kLengthSize = 21;  // where hvcC says how long the lengths of units are

constexpr std::string_view kC2paUuid =
    "\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81";
constexpr std::string_view kXmpUuid =
    "\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

class HeifWalk {
 public:
  HeifWalk(ByteView file, const HeifFile& heif, Findings& findings)
      : file_(file), heif_(heif), findings_(findings) {
    for (size_t i = 0; i < heif.items.size(); ++i) index_.emplace(heif.items[i].id, i);
    for (const HeifReference& reference : heif.references) {
      references_[{reference.from, reference.type}].push_back(&reference);
    }
  }

  void Run() {
    NameItems();
    for (const HeifItem& item : heif_.items) Report(item);
    for (const Box& box : heif_.boxes) {
      if (box.type == "meta") ReportMeta(box);
      if (const std::string_view what = NameOfBox(box); !what.empty()) {
        findings_.Add(what, box.whole);
      }
    }
    ReportMediaData();
  }

 private:
  const HeifItem* Find(uint32_t id) const {
    const auto found = index_.find(id);
    return found == index_.end() ? nullptr : &heif_.items[found->second];
  }

  // Names an item, and what it is derived from, unless named before. Kept items have an empty name.
  void Name(uint32_t id, std::string_view name) {
    std::vector<uint32_t> open = {id};
    while (!open.empty()) {
      const uint32_t next = open.back();
      open.pop_back();
      if (!names_.emplace(next, name).second) continue;
      const auto derived = references_.find({next, "dimg"});
      if (derived == references_.end()) continue;
      for (const HeifReference* reference : derived->second) {
        open.insert(open.end(), reference->to.begin(), reference->to.end());
      }
    }
  }

  // What an auxiliary picture holds, by the URN of its type.
  std::string_view NameOfAuxiliary(const HeifItem& item) const {
    for (const HeifProperty& property : item.properties) {
      if (property.type != "auxC" || property.payload.size() < 4) continue;
      const ByteView text =
          property.payload.subspan(4, std::min(kMaxUrn, property.payload.size() - 4));
      const std::string urn(text.begin(), text.end());
      const auto says = [&](const char* word) { return urn.find(word) != urn.npos; };
      // HEVC's own types: 1 alpha, 2 depth (ISO/IEC 23008-2 table F.2).
      if (says("alpha") || says("hevc:2015:auxid:1")) return "";
      if (says("depth") || says("disparity") || says("hevc:2015:auxid:2")) return "depth-map";
      if (says("gainmap")) return "gain-map";
      break;
    }
    return "auxiliary-picture";
  }

  // The kept picture comes first: what it is made of stays kept, whatever else refers to it.
  void NameItems() {
    Name(heif_.primary, "");
    std::vector<std::pair<uint32_t, std::string_view>> found;
    std::set<uint32_t> kept = {heif_.primary};
    for (const auto& [id, name] : names_) kept.insert(id);
    for (const HeifReference& reference : heif_.references) {
      const HeifItem* from = Find(reference.from);
      if (from == nullptr) continue;
      if (reference.type == "thmb") {
        found.emplace_back(from->id, "thumbnail");
      } else if (reference.type == "auxl") {
        std::string_view name = NameOfAuxiliary(*from);
        const bool of_kept = std::any_of(reference.to.begin(), reference.to.end(),
                                         [&](uint32_t id) { return kept.contains(id); });
        if (name.empty() && !of_kept) name = "auxiliary-picture";
        found.emplace_back(from->id, name);
      }
    }
    for (const HeifItem& item : heif_.items) {
      if (item.type == "tmap") found.emplace_back(item.id, "gain-map");
    }
    for (const auto& [id, name] : found) {
      if (name.empty()) Name(id, name);
    }
    for (const auto& [id, name] : found) Name(id, name);
    for (const HeifItem& item : heif_.items) {
      const bool data = IsOneOf(item.type, {"Exif", "mime", "uri "});
      Name(item.id, data ? "unknown-item" : "second-picture");
    }
  }

  void Report(const HeifItem& item) {
    for (const ByteView extent : item.extents) {
      coverage_.Add(static_cast<uint64_t>(extent.data() - file_.data()), extent.size());
    }
    const std::string_view name = names_.at(item.id);
    if (item.type == "Exif") {
      ReportExif(item);
    } else if (item.type == "mime" && item.content_type == "application/rdf+xml") {
      Add("xmp", item);
    } else if (!name.empty()) {
      Add(name, item);
    }
    if (!name.empty()) return;
    ReportProperties(item);
    ReportCoded(item);
  }

  // What hides within the coded picture.
  void ReportCoded(const HeifItem& item) {
    const bool hevc = item.type == "hvc1";
    if (!hevc && item.type != "av01") return;
    CodedWalk walk(hevc ? Coding::kHevc : Coding::kAv1, findings_);
    const auto offset = [&](ByteView part) {
      return static_cast<uint64_t>(part.data() - file_.data());
    };
    bool configured = false;
    for (const HeifProperty& property : item.properties) {
      if (property.type != (hevc ? "hvcC" : "av1C")) continue;
      configured = true;
      if (configurations_.insert(property.whole.data()).second) {
        walk.Configure(property.payload, offset(property.payload));
      } else if (hevc && property.payload.size() > kLengthSize) {
        walk.set_length_size((property.payload[kLengthSize] & 3) + 1);
      }
    }
    if (!configured) return;
    if (item.extents.size() == 1) {
      walk.Frame(item.extents[0], offset(item.extents[0]));
      return;
    }
    Bytes joined;
    for (const ByteView extent : item.extents) Append(joined, extent);
    walk.Frame(joined, std::nullopt);
  }

  void Add(std::string_view what, const HeifItem& item) {
    for (const ByteView extent : item.extents) findings_.Add(what, extent);
  }

  // The item is the offset of the TIFF structure (4 bytes), then usually "Exif\0\0", then it.
  void ReportExif(const HeifItem& item) {
    if (item.extents.size() != 1 || ++exif_ > kMaxExif) {
      Add("exif", item);
      return;
    }
    const ByteView payload = item.extents[0];
    const uint64_t offset = ReadUint(payload, 0, 4, Endian::kBig).value_or(0);
    const bool inside = offset < payload.size() && payload.size() - offset > 4;
    ScanExif(inside ? payload.subspan(4 + offset) : ByteView(), payload, findings_);
  }

  void ReportProperties(const HeifItem& item) {
    for (const HeifProperty& property : item.properties) {
      if (!properties_.insert(property.whole.data()).second) continue;  // shared by items
      if (property.type == "udes") findings_.Add("text", property.whole);
      if (property.type == "crtt" || property.type == "mdft") {
        findings_.Add("date", property.whole);
      }
      if (property.type == "uuid") findings_.Add("unknown-box", property.whole);
    }
  }

  // Boxes of the meta box that describe no item.
  void ReportMeta(const Box& meta) {
    if (meta.payload.size() < 4) return;
    const auto boxes = ReadBoxes(meta.payload.subspan(4));
    if (!boxes.ok()) return;
    for (const Box& box : *boxes) {
      if (IsOneOf(box.type, {"hdlr", "pitm", "iinf", "iloc", "iprp", "iref", "idat", "dinf", "grpl",
                             "ipro"})) {
        continue;
      }
      findings_.Add("unknown-box", box.whole);
    }
  }

  // What a box of the file holds; empty where it is part of the picture.
  static std::string_view NameOfBox(const Box& box) {
    if (IsOneOf(box.type, {"ftyp", "meta", "mdat"})) return "";
    if (IsOneOf(box.type, {"mpvd", "moov", "moof", "mfra", "sidx"})) return "motion-clip";
    if (box.type == "sefd") return "samsung-trailer";
    if (box.type == "uuid" && HasText(box.payload, 0, kC2paUuid)) return "jumbf";
    if (box.type == "uuid" && HasText(box.payload, 0, kXmpUuid)) return "xmp";
    return "unknown-box";
  }

  // Media data that no item refers to; where the file is a clip too, the clip's.
  void ReportMediaData() {
    const bool clip = std::any_of(heif_.boxes.begin(), heif_.boxes.end(),
                                  [](const Box& box) { return box.type == "moov"; });
    const std::string_view what = clip ? "motion-clip" : "gap-bytes";
    for (const Box& box : heif_.boxes) {
      const bool media = box.type == "mdat";
      coverage_.Add(box.offset, box.whole.size() - (media ? box.payload.size() : 0));
    }
    const Box& last = heif_.boxes.back();
    coverage_.Report(file_, 0, last.offset + last.whole.size(), what, what, findings_);
  }

  ByteView file_;
  const HeifFile& heif_;
  Findings& findings_;
  std::map<uint32_t, size_t> index_;  // item -> its place in heif_.items
  std::map<std::pair<uint32_t, std::string>, std::vector<const HeifReference*>> references_;
  std::map<uint32_t, std::string_view> names_;  // item -> what it is listed as; empty: kept
  std::set<const uint8_t*> properties_;         // those looked at
  std::set<const uint8_t*> configurations_;     // hvcC and av1C looked at
  Coverage coverage_;
  int exif_ = 0;
};

}  // namespace

void ScanHeif(ByteView file, Findings& findings) {
  const auto heif = ReadHeif(file);
  if (!heif.ok()) {
    findings.Add("trailing-bytes", file.size());
    return;
  }
  HeifWalk(file, *heif, findings).Run();
  const Box& last = heif->boxes.back();
  ScanTrailing(file.subspan(last.offset + last.whole.size()), false, findings);
}

}  // namespace efface
