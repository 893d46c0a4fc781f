// Reads FlatBuffers in place, with every offset checked: tables, their fields, texts and vectors.
// What passes the end reads as absent. Which field means what is its reader's business.
#ifndef EFFACE_SWEEP_MODELS_FLATBUFFER_H_
#define EFFACE_SWEEP_MODELS_FLATBUFFER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace sweep {

// A vector of `count` elements from `start` on, all within the buffer for the element size it was
// asked for.
struct FlatVector {
  size_t start = 0, count = 0;
};

class FlatTable {
 public:
  // The table at the root; nullopt where there is none.
  static std::optional<FlatTable> Root(efface::ByteView buffer);

  // A field is named by its place in the schema, from 0.
  std::optional<int64_t> Integer(int field, int size) const;  // signed, of 1, 2, 4 or 8 bytes
  std::string_view Text(int field) const;                     // "" where absent
  std::optional<FlatTable> Table(int field) const;
  FlatVector Vector(int field, size_t element) const;  // empty where absent

  // Elements of a vector of this buffer, index < count.
  int64_t IntegerAt(const FlatVector& vector, size_t index, int size) const;
  std::optional<FlatTable> TableAt(const FlatVector& vector, size_t index) const;

 private:
  FlatTable(efface::ByteView buffer, size_t at, size_t fields, size_t fields_size)
      : buffer_(buffer), at_(at), fields_(fields), fields_size_(fields_size) {}
  static std::optional<FlatTable> At(efface::ByteView buffer, size_t at);
  std::optional<size_t> Place(int field) const;
  std::optional<size_t> Follow(size_t place) const;  // an offset to what stands after it

  efface::ByteView buffer_;
  size_t at_, fields_, fields_size_;
};

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_FLATBUFFER_H_
