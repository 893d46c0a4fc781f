#include "sweep/models/flatbuffer.h"

namespace sweep {

using efface::ByteView;
using efface::Endian;
using efface::ReadUint;

std::optional<FlatTable> FlatTable::At(ByteView buffer, size_t at) {
  const auto back =
      ReadUint(buffer, at, 4, Endian::kLittle);  // signed, from the table to its list of fields
  if (!back) return std::nullopt;
  const int64_t fields =
      static_cast<int64_t>(at) - static_cast<int32_t>(static_cast<uint32_t>(*back));
  if (fields < 0) return std::nullopt;
  const auto size = ReadUint(buffer, static_cast<size_t>(fields), 2, Endian::kLittle);
  if (!size || *size < 4 || !efface::Slice(buffer, static_cast<size_t>(fields), *size))
    return std::nullopt;
  return FlatTable(buffer, at, static_cast<size_t>(fields), *size);
}

std::optional<FlatTable> FlatTable::Root(ByteView buffer) {
  const auto at = ReadUint(buffer, 0, 4, Endian::kLittle);
  return at ? At(buffer, *at) : std::nullopt;
}

std::optional<size_t> FlatTable::Place(int field) const {
  const size_t entry = 4 + 2 * static_cast<size_t>(field);
  if (entry + 2 > fields_size_) return std::nullopt;
  const auto offset = ReadUint(buffer_, fields_ + entry, 2, Endian::kLittle);
  if (!offset || *offset == 0) return std::nullopt;
  return at_ + *offset;
}

std::optional<size_t> FlatTable::Follow(size_t place) const {
  const auto offset = ReadUint(buffer_, place, 4, Endian::kLittle);
  if (!offset || *offset == 0 || *offset > buffer_.size() - place) return std::nullopt;
  return place + *offset;
}

std::optional<int64_t> FlatTable::Integer(int field, int size) const {
  const auto place = Place(field);
  const auto value = place ? ReadUint(buffer_, *place, size, Endian::kLittle) : std::nullopt;
  if (!value) return std::nullopt;
  const int shift = 64 - 8 * size;
  return static_cast<int64_t>(*value << shift) >> shift;
}

FlatVector FlatTable::Vector(int field, size_t element) const {
  const auto place = Place(field);
  const auto start = place ? Follow(*place) : std::nullopt;
  const auto count = start ? ReadUint(buffer_, *start, 4, Endian::kLittle) : std::nullopt;
  if (!count || *count > (buffer_.size() - *start - 4) / element) return {};
  return {*start + 4, static_cast<size_t>(*count)};
}

std::string_view FlatTable::Text(int field) const {
  const FlatVector vector = Vector(field, 1);
  return {reinterpret_cast<const char*>(buffer_.data()) + vector.start, vector.count};
}

std::optional<FlatTable> FlatTable::Table(int field) const {
  const auto place = Place(field);
  const auto at = place ? Follow(*place) : std::nullopt;
  return at ? At(buffer_, *at) : std::nullopt;
}

int64_t FlatTable::IntegerAt(const FlatVector& vector, size_t index, int size) const {
  const uint64_t value =
      ReadUint(buffer_, vector.start + index * static_cast<size_t>(size), size, Endian::kLittle)
          .value_or(0);
  const int shift = 64 - 8 * size;
  return static_cast<int64_t>(value << shift) >> shift;
}

std::optional<FlatTable> FlatTable::TableAt(const FlatVector& vector, size_t index) const {
  const auto at = Follow(vector.start + index * 4);
  return at ? At(buffer_, *at) : std::nullopt;
}

}  // namespace sweep
