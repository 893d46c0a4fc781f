// Walks the wire format of protocol buffers over bytes that stay where they are: fields are views,
// nothing is copied. What a field means is its reader's business; unknown fields are passed over. A
// message is walked once, and an inner message only where a reader asks, so no content makes the
// walk recurse.
#ifndef EFFACE_SWEEP_MODELS_PROTOBUF_H_
#define EFFACE_SWEEP_MODELS_PROTOBUF_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace sweep {

struct ProtoField {
  enum class Type { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
  uint32_t number = 0;
  Type type = Type::kVarint;
  uint64_t value = 0;      // of numbers
  efface::ByteView bytes;  // of kBytes: text, an inner message, or packed numbers

  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  bool Is(uint32_t wanted, Type as) const { return number == wanted && type == as; }
  bool IsBytes(uint32_t wanted) const { return Is(wanted, Type::kBytes); }
  bool IsVarint(uint32_t wanted) const { return Is(wanted, Type::kVarint); }
};

// How many fields may still be walked, in one file's messages together: bounds the time that
// hostile content takes.
struct ProtoBudget {
  int64_t fields = 1 << 24;
};

// One pass over a message:  ProtoReader reader(bytes, budget); while (auto field = reader.Next())
// ...; reader.ok(). `budget` must outlive it.
class ProtoReader {
 public:
  ProtoReader(efface::ByteView message, ProtoBudget& budget) : rest_(message), budget_(&budget) {}

  // The next field; nullopt at the end and at the first fault.
  std::optional<ProtoField> Next();
  // False once a fault has been met: a field that passes the end, a number or type that can't be,
  // the end of the budget.
  bool ok() const { return ok_; }

 private:
  std::optional<uint64_t> Varint();
  std::optional<ProtoField> Fail() {
    ok_ = false;
    return std::nullopt;
  }

  efface::ByteView rest_;
  ProtoBudget* budget_;
  bool ok_ = true;
};

// Integers of a repeated field, packed or not: appends to `numbers` up to `limit` of them in all.
void AppendIntegers(const ProtoField& field, size_t limit, std::vector<int64_t>& numbers);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_PROTOBUF_H_
