#include "sweep/models/protobuf.h"

namespace sweep {

using efface::ByteView;

std::optional<uint64_t> ProtoReader::Varint() {
  uint64_t value = 0;
  for (size_t i = 0; i < rest_.size() && i < 10; ++i) {
    if (i < 9 || rest_[i] <= 1) value |= static_cast<uint64_t>(rest_[i] & 0x7F) << (7 * i);
    if (rest_[i] < 0x80) {
      rest_ = rest_.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<ProtoField> ProtoReader::Next() {
  if (!ok_ || rest_.empty()) return std::nullopt;
  if (--budget_->fields < 0) return Fail();
  const auto key = Varint();
  if (!key || *key >> 3 == 0 || *key >> 3 > 0x1FFFFFFF) return Fail();
  ProtoField field;
  field.number = static_cast<uint32_t>(*key >> 3);
  switch (*key & 7) {
    case 0: {
      const auto value = Varint();
      if (!value) return Fail();
      field.value = *value;
      return field;
    }
    case 1:
    case 5: {
      const int size = (*key & 7) == 1 ? 8 : 4;
      const auto value = efface::ReadUint(rest_, 0, size, efface::Endian::kLittle);
      if (!value) return Fail();
      field.type = size == 8 ? ProtoField::Type::kFixed64 : ProtoField::Type::kFixed32;
      field.value = *value;
      rest_ = rest_.subspan(static_cast<size_t>(size));
      return field;
    }
    case 2: {
      const auto size = Varint();
      if (!size || *size > rest_.size()) return Fail();
      field.type = ProtoField::Type::kBytes;
      field.bytes = rest_.first(static_cast<size_t>(*size));
      rest_ = rest_.subspan(static_cast<size_t>(*size));
      return field;
    }
    default:
      return Fail();
  }
}

void AppendIntegers(const ProtoField& field, size_t limit, std::vector<int64_t>& numbers) {
  if (field.type != ProtoField::Type::kBytes) {
    if (numbers.size() < limit) numbers.push_back(static_cast<int64_t>(field.value));
    return;
  }
  uint64_t value = 0;
  int shift = 0;
  for (const uint8_t byte : field.bytes) {
    if (numbers.size() >= limit) return;
    if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    shift += 7;
    if (byte >= 0x80) continue;
    numbers.push_back(static_cast<int64_t>(value));
    value = 0;
    shift = 0;
  }
}

}  // namespace sweep
