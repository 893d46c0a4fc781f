// Writes small model files byte by byte, for tests only, apart from the readers: protocol buffers,
// FlatBuffers, zip archives (by libarchive) and pickles.
#ifndef EFFACE_SWEEP_MODELS_TEST_WRITERS_H_
#define EFFACE_SWEEP_MODELS_TEST_WRITERS_H_

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"

namespace sweep {

using efface::AppendUint;
using efface::AsBytes;
using efface::Bytes;
using efface::ByteView;
using efface::Endian;

// One message:  Proto().Number(1, 7).Text(2, "x").Inner(7, graph)
class Proto {
 public:
  Proto& Number(uint32_t field, uint64_t value) {
    Varint(uint64_t{field} << 3);
    Varint(value);
    return *this;
  }
  Proto& Text(uint32_t field, std::string_view text) {
    Varint(uint64_t{field} << 3 | 2);
    Varint(text.size());
    efface::Append(bytes_, AsBytes(text));
    return *this;
  }
  Proto& Inner(uint32_t field, const Proto& message) {
    return Text(field,
                {reinterpret_cast<const char*>(message.bytes_.data()), message.bytes_.size()});
  }
  Proto& Numbers(uint32_t field, const std::vector<int64_t>& values) {
    for (const int64_t value : values) Number(field, static_cast<uint64_t>(value));
    return *this;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<uint8_t>(value | 0x80));
    bytes_.push_back(static_cast<uint8_t>(value));
  }
  Bytes bytes_;
};

// A value of a FlatBuffer. Fields of a table stand in the order of its schema; an absent one is
// Flat().
struct Flat {
  enum class Kind { kAbsent, kInteger, kText, kIntegers, kTables, kTable } kind = Kind::kAbsent;
  int64_t integer = 0;
  std::string text;
  std::vector<int64_t> integers;
  std::vector<Flat> fields;  // of a table, or the tables of a vector

  static Flat Integer(int64_t value) { return {Kind::kInteger, value, {}, {}, {}}; }
  static Flat Text(std::string value) { return {Kind::kText, 0, std::move(value), {}, {}}; }
  static Flat Integers(std::vector<int64_t> values) {
    return {Kind::kIntegers, 0, {}, std::move(values), {}};
  }
  static Flat Table(std::vector<Flat> values) {
    return {Kind::kTable, 0, {}, {}, std::move(values)};
  }
  static Flat Tables(std::vector<Flat> values) {
    return {Kind::kTables, 0, {}, {}, std::move(values)};
  }
};

class FlatWriter {
 public:
  Bytes Write(const Flat& root, std::string_view identifier) {
    AppendUint(bytes_, 0, 4, Endian::kLittle);
    efface::Append(bytes_, AsBytes(identifier));
    Point(0, Table(root));
    return std::move(bytes_);
  }

 private:
  void Point(size_t slot, size_t target) {
    for (size_t i = 0; i < 4; ++i)
      bytes_[slot + i] = static_cast<uint8_t>((target - slot) >> (8 * i));
  }
  size_t Align() {
    while (bytes_.size() % 4 != 0) bytes_.push_back(0);
    return bytes_.size();
  }
  size_t Table(const Flat& table) {
    const size_t list = Align();
    const size_t count = table.fields.size();
    AppendUint(bytes_, 4 + 2 * count, 2, Endian::kLittle);
    AppendUint(bytes_, 4 + 4 * count, 2, Endian::kLittle);
    for (size_t i = 0; i < count; ++i) {
      const bool absent = table.fields[i].kind == Flat::Kind::kAbsent;
      AppendUint(bytes_, absent ? 0 : 4 + 4 * i, 2, Endian::kLittle);
    }
    const size_t at = Align();
    AppendUint(bytes_, at - list, 4, Endian::kLittle);
    for (const Flat& field : table.fields)
      AppendUint(bytes_, static_cast<uint64_t>(field.integer) & 0xFFFFFFFF, 4, Endian::kLittle);
    for (size_t i = 0; i < count; ++i) Child(at + 4 + 4 * i, table.fields[i]);
    return at;
  }
  void Child(size_t slot, const Flat& value) {
    if (value.kind == Flat::Kind::kAbsent || value.kind == Flat::Kind::kInteger) return;
    if (value.kind == Flat::Kind::kTable) {
      Point(slot, Table(value));
      return;
    }
    const size_t at = Align();
    Point(slot, at);
    if (value.kind == Flat::Kind::kText) {
      AppendUint(bytes_, value.text.size(), 4, Endian::kLittle);
      efface::Append(bytes_, AsBytes(value.text));
      bytes_.push_back(0);
    } else if (value.kind == Flat::Kind::kIntegers) {
      AppendUint(bytes_, value.integers.size(), 4, Endian::kLittle);
      for (const int64_t integer : value.integers)
        AppendUint(bytes_, static_cast<uint64_t>(integer) & 0xFFFFFFFF, 4, Endian::kLittle);
    } else {
      AppendUint(bytes_, value.fields.size(), 4, Endian::kLittle);
      for (size_t i = 0; i < value.fields.size(); ++i) AppendUint(bytes_, 0, 4, Endian::kLittle);
      for (size_t i = 0; i < value.fields.size(); ++i)
        Point(at + 4 + 4 * i, Table(value.fields[i]));
    }
  }
  Bytes bytes_;
};

using ZipEntries = std::vector<std::pair<std::string, Bytes>>;

inline Bytes Zip(const ZipEntries& entries) {
  size_t size = 4096;
  for (const auto& [name, bytes] : entries) size += 2 * name.size() + bytes.size() + 1024;
  Bytes zip(size);
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_set_options(writer, "zip:compression=store");
  size_t used = 0;
  archive_write_open_memory(writer, zip.data(), zip.size(), &used);
  for (const auto& [name, bytes] : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  zip.resize(used);
  return zip;
}

struct NamedShape {
  std::string name;
  std::vector<int64_t> shape;
};

// A dictionary of tensors, as torch.save writes it, in protocol 2.
inline Bytes StateDictionary(const std::vector<NamedShape>& tensors) {
  std::string p =
      "\x80\x02"
      "ccollections\nOrderedDict\n)R(";
  const auto text = [&](std::string_view value) {
    p += 'X';
    for (size_t i = 0; i < 4; ++i) p += static_cast<char>(value.size() >> (8 * i));
    p += value;
  };
  const auto integer = [&](int64_t value) {
    p += 'J';
    for (size_t i = 0; i < 4; ++i) p += static_cast<char>(value >> (8 * i));
  };
  for (const NamedShape& tensor : tensors) {
    text(tensor.name);
    p += "ctorch._utils\n_rebuild_tensor_v2\n((";
    text("storage");
    p += "ctorch\nFloatStorage\n";
    text("0");
    text("cpu");
    integer(1);
    p += "tQ";
    integer(0);
    for (int twice = 0; twice < 2; ++twice) {  // its size, its strides
      p += '(';
      for (const int64_t size : tensor.shape) integer(size);
      p += 't';
    }
    p += "\x89"
         "ccollections\nOrderedDict\n)RtR";
  }
  p += "u.";
  return {p.begin(), p.end()};
}

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_TEST_WRITERS_H_
