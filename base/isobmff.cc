#include "base/isobmff.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace efface {
namespace {

constexpr size_t kMaxBoxes = 65'536;
// Each over all items together: a hostile file must not make the tables much larger than itself.
constexpr size_t kMaxExtents = 65'536;
constexpr size_t kMaxAssociations = 262'144;
constexpr size_t kMaxReferenced = 262'144;

absl::Status Broken(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the HEIF file is broken: ", what));
}

// Reads big-endian fields one after the other. Once a field passes the end, ok() is false and all
// fields read as 0.
class Fields {
 public:
  explicit Fields(ByteView bytes) : bytes_(bytes) {}

  uint64_t Uint(int size) {
    if (size == 0) return 0;
    const auto value = ReadUint(bytes_, at_, size, Endian::kBig);
    if (!ok_ || !value) return Fail();
    at_ += static_cast<size_t>(size);
    return *value;
  }

  std::string Type() {
    const auto part = Slice(bytes_, at_, 4);
    if (!ok_ || !part) {
      Fail();
      return {};
    }
    at_ += 4;
    return std::string(part->begin(), part->end());
  }

  // Up to the next 0 byte, which is passed, or the end.
  std::string Text() {
    const ByteView rest = Rest();
    const auto end = std::find(rest.begin(), rest.end(), 0);
    at_ += std::min(rest.size(), static_cast<size_t>(end - rest.begin()) + 1);
    return std::string(rest.begin(), end);
  }

  // Version (8 bits) of a full box; its flags (24 bits) are kept.
  int Version() {
    const uint64_t word = Uint(4);
    flags_ = static_cast<uint32_t>(word & 0xFFFFFF);
    return static_cast<int>(word >> 24);
  }
  uint32_t flags() const { return flags_; }

  ByteView Rest() const { return ok_ ? bytes_.subspan(at_) : ByteView(); }
  bool ok() const { return ok_; }

 private:
  uint64_t Fail() {
    ok_ = false;
    return 0;
  }

  ByteView bytes_;
  size_t at_ = 0;
  uint32_t flags_ = 0;
  bool ok_ = true;
};

// The box at `offset`; nullopt where it passes the end.
std::optional<Box> ReadBox(ByteView bytes, size_t offset) {
  const auto small = ReadUint(bytes, offset, 4, Endian::kBig);
  const auto type = Slice(bytes, offset + 4, 4);
  if (!small || !type) return std::nullopt;
  uint64_t size = *small;
  size_t header = 8;
  if (size == 1) {
    const auto large = ReadUint(bytes, offset + 8, 8, Endian::kBig);
    if (!large) return std::nullopt;
    size = *large;
    header = 16;
  } else if (size == 0) {  // to the end
    size = bytes.size() - offset;
  }
  if (size < header || size > bytes.size() - offset) return std::nullopt;
  Box box;
  box.type.assign(type->begin(), type->end());
  box.offset = offset;
  box.whole = bytes.subspan(offset, static_cast<size_t>(size));
  box.payload = box.whole.subspan(header);
  return box;
}

// The boxes from the beginning of `bytes` up to the first that passes the end.
std::vector<Box> ReadWholeBoxes(ByteView bytes) {
  std::vector<Box> boxes;
  size_t offset = 0;
  while (offset < bytes.size() && boxes.size() < kMaxBoxes) {
    auto box = ReadBox(bytes, offset);
    if (!box) break;
    offset += box->whole.size();
    boxes.push_back(*std::move(box));
  }
  return boxes;
}

// The only box of a type: null where there is none; an error where there are several, since
// readers differ in which they take.
absl::StatusOr<const Box*> OnlyBox(const std::vector<Box>& boxes, absl::string_view type) {
  const Box* found = nullptr;
  for (const Box& box : boxes) {
    if (box.type != type) continue;
    if (found != nullptr) return Broken(absl::StrCat("it has more than one '", type, "' box"));
    found = &box;
  }
  return found;
}

// Fills one HeifFile from the boxes inside "meta".
class MetaReader {
 public:
  MetaReader(ByteView file, HeifFile& heif) : file_(file), heif_(heif) {}

  absl::Status Read(const Box& meta) {
    Fields fields(meta.payload);
    fields.Version();
    if (!fields.ok()) return Broken("its meta box is cut off");
    ASSIGN_OR_RETURN(const std::vector<Box> boxes, ReadBoxes(fields.Rest()));
    ASSIGN_OR_RETURN(const Box* pitm, OnlyBox(boxes, "pitm"));
    ASSIGN_OR_RETURN(const Box* iinf, OnlyBox(boxes, "iinf"));
    ASSIGN_OR_RETURN(const Box* iloc, OnlyBox(boxes, "iloc"));
    ASSIGN_OR_RETURN(const Box* idat, OnlyBox(boxes, "idat"));
    ASSIGN_OR_RETURN(const Box* iprp, OnlyBox(boxes, "iprp"));
    ASSIGN_OR_RETURN(const Box* iref, OnlyBox(boxes, "iref"));
    if (pitm == nullptr || iinf == nullptr || iloc == nullptr) {
      return Broken("its meta box lacks the tables of a picture");
    }
    if (idat != nullptr) idat_ = idat->payload;
    RETURN_IF_ERROR(ReadPrimary(*pitm));
    RETURN_IF_ERROR(ReadItems(*iinf));
    RETURN_IF_ERROR(ReadLocations(*iloc));
    if (iprp != nullptr) RETURN_IF_ERROR(ReadProperties(*iprp));
    if (iref != nullptr) RETURN_IF_ERROR(ReadReferences(*iref));
    return absl::OkStatus();
  }

 private:
  HeifItem* FindItem(uint64_t id) {
    const auto found = index_.find(id);
    return found == index_.end() ? nullptr : &heif_.items[found->second];
  }

  absl::Status ReadPrimary(const Box& box) {
    Fields fields(box.payload);
    heif_.primary = static_cast<uint32_t>(fields.Uint(fields.Version() == 0 ? 2 : 4));
    return fields.ok() ? absl::OkStatus() : Broken("its primary item is cut off");
  }

  absl::Status ReadItems(const Box& box) {
    Fields fields(box.payload);
    fields.Uint(fields.Version() == 0 ? 2 : 4);  // count; the boxes say it too
    if (!fields.ok()) return Broken("its list of items is cut off");
    ASSIGN_OR_RETURN(const std::vector<Box> entries, ReadBoxes(fields.Rest()));
    for (const Box& entry : entries) {
      if (entry.type != "infe") continue;
      Fields info(entry.payload);
      const int version = info.Version();
      if (version < 2) continue;  // of no picture: has no item type
      HeifItem item;
      item.hidden = (info.flags() & 1) != 0;
      item.id = static_cast<uint32_t>(info.Uint(version == 2 ? 2 : 4));
      info.Uint(2);  // protection
      item.type = info.Type();
      info.Text();  // name
      if (item.type == "mime") item.content_type = info.Text();
      if (!info.ok()) return Broken("an item is cut off");
      if (!index_.emplace(item.id, heif_.items.size()).second) {
        return Broken("two items have the same number");
      }
      heif_.items.push_back(std::move(item));
    }
    return absl::OkStatus();
  }

  absl::Status ReadLocations(const Box& box) {
    Fields fields(box.payload);
    const int version = fields.Version();
    const auto sizes = static_cast<unsigned>(fields.Uint(2));
    const int offset_size = sizes >> 12 & 15, length_size = sizes >> 8 & 15;
    const int base_size = sizes >> 4 & 15, index_size = version == 0 ? 0 : sizes & 15;
    for (const int size : {offset_size, length_size, base_size, index_size}) {
      if (size != 0 && size != 4 && size != 8) return Broken("its table of places is not valid");
    }
    if (version > 2) return Broken("its table of places is of an unknown version");
    const uint64_t count = fields.Uint(version == 2 ? 4 : 2);
    std::set<uint64_t> seen;
    for (uint64_t i = 0; i < count && fields.ok(); ++i) {
      const uint64_t id = fields.Uint(version == 2 ? 4 : 2);
      const uint64_t method = version == 0 ? 0 : fields.Uint(2) & 15;
      const uint64_t other_file = fields.Uint(2);
      const uint64_t base = fields.Uint(base_size);
      const uint64_t extents = fields.Uint(2);
      if (fields.ok() && !seen.insert(id).second) return Broken("an item has two places");
      HeifItem* item = FindItem(id);
      bool whole = method <= 1 && other_file == 0;
      for (uint64_t k = 0; k < extents && fields.ok(); ++k) {
        fields.Uint(index_size);
        const uint64_t offset = fields.Uint(offset_size);
        const uint64_t length = fields.Uint(length_size);
        if (++extents_ > kMaxExtents) return Broken("its items are in too many pieces");
        if (item == nullptr || !whole || !fields.ok()) continue;
        const ByteView source = method == 0 ? file_ : idat_;
        if (length == 0 || base > source.size() || offset > source.size() - base ||
            length > source.size() - base - offset) {
          whole = false;
        } else {
          item->extents.push_back(
              source.subspan(static_cast<size_t>(base + offset), static_cast<size_t>(length)));
        }
      }
      if (item != nullptr && !whole) item->extents.clear();
    }
    return fields.ok() ? absl::OkStatus() : Broken("its table of places is cut off");
  }

  absl::Status ReadProperties(const Box& box) {
    ASSIGN_OR_RETURN(const std::vector<Box> boxes, ReadBoxes(box.payload));
    ASSIGN_OR_RETURN(const Box* ipco, OnlyBox(boxes, "ipco"));
    if (ipco == nullptr) return Broken("it has no properties");
    ASSIGN_OR_RETURN(const std::vector<Box> properties, ReadBoxes(ipco->payload));
    std::set<uint64_t> seen;
    size_t associations = 0;
    for (const Box& ipma : boxes) {
      if (ipma.type != "ipma") continue;
      Fields fields(ipma.payload);
      const int version = fields.Version();
      const int index_size = (fields.flags() & 1) != 0 ? 2 : 1;
      const uint64_t count = fields.Uint(4);
      for (uint64_t i = 0; i < count && fields.ok(); ++i) {
        const uint64_t id = fields.Uint(version == 0 ? 2 : 4);
        if (fields.ok() && !seen.insert(id).second) {
          return Broken("an item has two lists of properties");
        }
        HeifItem* item = FindItem(id);
        const uint64_t listed = fields.Uint(1);
        for (uint64_t k = 0; k < listed && fields.ok(); ++k) {
          const uint64_t word = fields.Uint(index_size);
          const uint64_t top = index_size == 2 ? 0x8000 : 0x80;
          const uint64_t index = word & (top - 1);  // from 1; 0: none
          if (!fields.ok() || index == 0 || item == nullptr) continue;
          if (index > properties.size())
            return Broken("an item names a property that is not there");
          if (++associations > kMaxAssociations)
            return Broken("its items have too many properties");
          const Box& property = properties[static_cast<size_t>(index) - 1];
          item->properties.push_back(
              {property.type, property.whole, property.payload, (word & top) != 0});
        }
      }
      if (!fields.ok()) return Broken("its lists of properties are cut off");
    }
    return absl::OkStatus();
  }

  absl::Status ReadReferences(const Box& box) {
    Fields fields(box.payload);
    const int id_size = fields.Version() == 0 ? 2 : 4;
    if (!fields.ok()) return Broken("its list of references is cut off");
    ASSIGN_OR_RETURN(const std::vector<Box> entries, ReadBoxes(fields.Rest()));
    size_t referenced = 0;
    for (const Box& entry : entries) {
      Fields list(entry.payload);
      HeifReference reference;
      reference.type = entry.type;
      reference.from = static_cast<uint32_t>(list.Uint(id_size));
      const uint64_t count = list.Uint(2);
      for (uint64_t i = 0; i < count && list.ok(); ++i) {
        if (++referenced > kMaxReferenced) return Broken("it has too many references");
        reference.to.push_back(static_cast<uint32_t>(list.Uint(id_size)));
      }
      if (!list.ok()) return Broken("a reference is cut off");
      heif_.references.push_back(std::move(reference));
    }
    return absl::OkStatus();
  }

  ByteView file_;
  ByteView idat_;
  HeifFile& heif_;
  std::map<uint64_t, size_t> index_;  // item number -> place in heif_.items
  size_t extents_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<Box>> ReadBoxes(ByteView bytes) {
  std::vector<Box> boxes = ReadWholeBoxes(bytes);
  const size_t end = boxes.empty() ? 0 : boxes.back().offset + boxes.back().whole.size();
  if (end != bytes.size()) {
    return absl::InvalidArgumentError(boxes.size() == kMaxBoxes ? "the file has too many boxes"
                                                                : "a box of the file is cut off");
  }
  return boxes;
}

const HeifItem* HeifFile::Find(uint32_t id) const {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [id](const HeifItem& item) { return item.id == id; });
  return found == items.end() ? nullptr : &*found;
}

absl::StatusOr<HeifFile> ReadHeif(ByteView file) {
  HeifFile heif;
  heif.boxes = ReadWholeBoxes(file);
  if (heif.boxes.empty() || heif.boxes.front().type != "ftyp") {
    return absl::InvalidArgumentError("the file is not a HEIF file");
  }
  Fields brands(heif.boxes.front().payload);
  heif.major_brand = brands.Type();
  brands.Uint(4);  // minor version
  if (!brands.ok()) return Broken("its first box is cut off");
  while (brands.Rest().size() >= 4 && heif.brands.size() < kMaxBoxes) {
    heif.brands.push_back(brands.Type());
  }
  ASSIGN_OR_RETURN(const Box* meta, OnlyBox(heif.boxes, "meta"));
  if (meta == nullptr) return Broken("it has no meta box");
  RETURN_IF_ERROR(MetaReader(file, heif).Read(*meta));
  return heif;
}

}  // namespace efface
