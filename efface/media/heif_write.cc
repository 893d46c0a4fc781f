#include "efface/media/heif_write.h"

#include <map>
#include <string_view>
#include <utility>

namespace efface {
namespace {

constexpr std::string_view kAlphaUrn = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha";

void Put(Bytes& out, uint64_t value, int size) { AppendUint(out, value, size, Endian::kBig); }

Bytes FullBox(std::string_view type, int version, uint32_t flags, ByteView payload) {
  Bytes full;
  full.reserve(payload.size() + 4);
  Put(full, static_cast<uint64_t>(version) << 24 | flags, 4);
  Append(full, payload);
  return MakeBox(type, full);
}

uint64_t IdOf(size_t item) { return item + 1; }

Bytes FileType(const HeifOut& heif) {
  Bytes ftyp;
  Append(ftyp, AsBytes(heif.major_brand));
  Put(ftyp, 0, 4);
  for (const std::string& brand : heif.brands) Append(ftyp, AsBytes(brand));
  return MakeBox("ftyp", ftyp);
}

Bytes Handler() {
  Bytes hdlr(4);
  Append(hdlr, AsBytes("pict"));
  hdlr.resize(hdlr.size() + 13);  // reserved, and an empty name
  return FullBox("hdlr", 0, 0, hdlr);
}

Bytes ItemInfos(const HeifOut& heif) {
  Bytes iinf;
  Put(iinf, heif.items.size(), 2);
  for (size_t i = 0; i < heif.items.size(); ++i) {
    Bytes infe;
    Put(infe, IdOf(i), 2);
    Put(infe, 0, 2);  // not protected
    Append(infe, AsBytes(heif.items[i].type));
    Put(infe, 0, 1);  // no name
    Append(iinf, FullBox("infe", 2, heif.items[i].hidden ? 1 : 0, infe));
  }
  return FullBox("iinf", 0, 0, iinf);
}

// Properties that are equal are stored once.
Bytes Properties(const HeifOut& heif) {
  std::map<std::string, uint64_t> known;
  Bytes ipco, ipma;
  Put(ipma, heif.items.size(), 4);
  for (size_t i = 0; i < heif.items.size(); ++i) {
    Put(ipma, IdOf(i), 2);
    Put(ipma, heif.items[i].properties.size(), 1);
    for (const HeifOutProperty& property : heif.items[i].properties) {
      const auto [entry, is_new] =
          known.emplace(std::string(property.box.begin(), property.box.end()), known.size() + 1);
      if (is_new) Append(ipco, property.box);
      Put(ipma, entry->second | (property.essential ? 0x8000 : 0), 2);
    }
  }
  Bytes iprp = MakeBox("ipco", ipco);
  Append(iprp, FullBox("ipma", 0, 1, ipma));
  return MakeBox("iprp", iprp);
}

Bytes References(const HeifOut& heif) {
  Bytes iref;
  for (const HeifOutReference& reference : heif.references) {
    Bytes list;
    Put(list, IdOf(reference.from), 2);
    Put(list, reference.to.size(), 2);
    for (const size_t to : reference.to) Put(list, IdOf(to), 2);
    Append(iref, MakeBox(reference.type, list));
  }
  return FullBox("iref", 0, 0, iref);
}

// `data_offset`: where the first item's bytes lie in the file.
Bytes Locations(const HeifOut& heif, uint64_t data_offset) {
  Bytes iloc;
  Put(iloc, 0x4400, 2);  // offsets and lengths of 4 bytes
  Put(iloc, heif.items.size(), 2);
  for (size_t i = 0; i < heif.items.size(); ++i) {
    Put(iloc, IdOf(i), 2);
    Put(iloc, 0, 2);  // in this file
    Put(iloc, 1, 2);  // one extent
    Put(iloc, data_offset, 4);
    Put(iloc, heif.items[i].data.size(), 4);
    data_offset += heif.items[i].data.size();
  }
  return FullBox("iloc", 0, 0, iloc);
}

Bytes Meta(const HeifOut& heif, uint64_t data_offset) {
  Bytes meta = Handler();
  Bytes pitm;
  Put(pitm, IdOf(0), 2);
  Append(meta, FullBox("pitm", 0, 0, pitm));
  Append(meta, Locations(heif, data_offset));
  Append(meta, ItemInfos(heif));
  if (!heif.references.empty()) Append(meta, References(heif));
  Append(meta, Properties(heif));
  return FullBox("meta", 0, 0, meta);
}

}  // namespace

Bytes MakeBox(std::string_view type, ByteView payload) {
  Bytes box;
  box.reserve(payload.size() + 8);
  Put(box, payload.size() + 8, 4);
  Append(box, AsBytes(type));
  Append(box, payload);
  return box;
}

void AddExif(HeifOut& heif, ByteView tiff) {
  if (tiff.empty()) return;
  HeifOutItem exif;
  exif.type = "Exif";
  exif.hidden = true;
  exif.data.reserve(tiff.size() + 4);
  Put(exif.data, 0, 4);  // the TIFF header follows at once (ISO/IEC 23008-12, A.2.1)
  Append(exif.data, tiff);
  heif.references.push_back({"cdsc", heif.items.size(), {0}});
  heif.items.push_back(std::move(exif));
}

void AddAlpha(HeifOut& heif, HeifOut alpha, bool premultiplied) {
  const size_t base = heif.items.size();
  Bytes urn(4);  // version and flags
  Append(urn, AsBytes(kAlphaUrn));
  urn.push_back(0);
  HeifOutItem& primary = alpha.items.front();
  primary.properties.push_back({MakeBox("auxC", urn), false});
  for (HeifOutItem& item : alpha.items) {
    item.hidden = true;
    heif.items.push_back(std::move(item));
  }
  for (HeifOutReference& reference : alpha.references) {
    reference.from += base;
    for (size_t& to : reference.to) to += base;
    heif.references.push_back(std::move(reference));
  }
  heif.references.push_back({"auxl", base, {0}});
  if (premultiplied) heif.references.push_back({"prem", 0, {base}});
}

Bytes WriteHeif(const HeifOut& heif) {
  Bytes file = FileType(heif);
  const size_t meta_size = Meta(heif, 0).size();
  Append(file, Meta(heif, file.size() + meta_size + 8));
  size_t data_size = 0;
  for (const HeifOutItem& item : heif.items) data_size += item.data.size();
  file.reserve(file.size() + data_size + 8);
  Put(file, data_size + 8, 4);
  Append(file, AsBytes("mdat"));
  for (const HeifOutItem& item : heif.items) Append(file, item.data);
  return file;
}

}  // namespace efface
