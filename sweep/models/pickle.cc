#include "sweep/models/pickle.h"

#include <charconv>

#include "absl/container/flat_hash_map.h"
#include "sweep/models/graph.h"

namespace sweep {
namespace {

using efface::ByteView;
using efface::Endian;

constexpr size_t kMaxSteps = 1 << 24;
constexpr size_t kMaxValues = 1 << 19;  // made, and on the stack
constexpr size_t kMaxMembers = 64;      // of a tuple; those after it are passed over

struct Value {
  enum class Kind : uint8_t { kOther, kMark, kInteger, kText, kGlobal, kTuple, kTensor };
  Kind kind = Kind::kOther;
  int64_t number = 0;     // of kInteger; of a tuple: where its members start
  uint32_t count = 0;     // of members of a tuple, or of dimensions of a tensor
  std::string_view text;  // of kText; name of kGlobal
};

class Machine {
 public:
  Machine(ByteView bytes, const PickleVisitor& visitor) : bytes_(bytes), visitor_(visitor) {}

  std::optional<size_t> Run() {
    for (size_t step = 0;
         step < kMaxSteps && members_.size() < kMaxValues && stack_.size() < kMaxValues; ++step) {
      const auto op = Take(1);
      if (!op) return std::nullopt;
      if ((*op)[0] == '.') return at_;
      if (!Step((*op)[0])) return std::nullopt;
    }
    return bytes_.size();  // a limit was met: what is known so far counts
  }

 private:
  using Kind = Value::Kind;

  std::optional<ByteView> Take(uint64_t size) {
    if (size > bytes_.size() - at_) return std::nullopt;
    const ByteView part = bytes_.subspan(at_, static_cast<size_t>(size));
    at_ += static_cast<size_t>(size);
    return part;
  }
  std::optional<uint64_t> Number(int size) {
    const auto value = efface::ReadUint(bytes_, at_, size, Endian::kLittle);
    if (value) at_ += static_cast<size_t>(size);
    return value;
  }
  std::optional<std::string_view> Line() {
    const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + at_,
                                bytes_.size() - at_);
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    at_ += end + 1;
    return rest.substr(0, end);
  }
  static std::string_view Text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  bool Push(Value value) {
    stack_.push_back(value);
    return true;
  }
  bool PushOther() { return Push({}); }
  bool PushInteger(int64_t number) { return Push({Kind::kInteger, number, 0, {}}); }
  // Counted bytes, of which the count has `width` bytes.
  bool PushText(int width, bool is_text) {
    const auto size = Number(width);
    const auto bytes = size ? Take(*size) : std::nullopt;
    if (!bytes) return false;
    return is_text ? Push({Kind::kText, 0, 0, Text(*bytes)}) : PushOther();
  }
  std::optional<Value> Pop() {
    if (stack_.empty()) return std::nullopt;
    const Value value = stack_.back();
    stack_.pop_back();
    return value;
  }
  // Where the values since the last mark start; nullopt without a mark.
  std::optional<size_t> Mark() const {
    for (size_t i = stack_.size(); i > 0; --i) {
      if (stack_[i - 1].kind == Kind::kMark) return i;
    }
    return std::nullopt;
  }
  // The values from `start` on become a tuple that takes their place, and that of a mark before
  // them.
  bool MakeTuple(size_t start, bool marked) {
    Value tuple{Kind::kTuple, static_cast<int64_t>(members_.size()), 0, {}};
    for (size_t i = start; i < stack_.size() && tuple.count < kMaxMembers; ++i, ++tuple.count)
      members_.push_back(stack_[i]);
    stack_.resize(marked ? start - 1 : start);
    return Push(tuple);
  }
  bool MakeTupleOf(size_t count) {
    return stack_.size() >= count && MakeTuple(stack_.size() - count, false);
  }
  // What stood since the mark goes, and the mark.
  bool DropToMark() {
    const auto mark = Mark();
    if (!mark) return false;
    stack_.resize(*mark - 1);
    return true;
  }
  bool Global(std::string_view module, std::string_view name) {
    visitor_.global(module, name);
    return Push({Kind::kGlobal, 0, 0, name});
  }
  const Value* Member(const Value& tuple, uint32_t index) const {
    if (tuple.kind != Kind::kTuple || index >= tuple.count) return nullptr;
    return &members_[static_cast<size_t>(tuple.number) + index];
  }
  static bool Integers(const std::vector<Value>& members, const Value* tuple) {
    if (tuple == nullptr || tuple->kind != Kind::kTuple) return false;
    for (uint32_t i = 0; i < tuple->count; ++i) {
      if (members[static_cast<size_t>(tuple->number) + i].kind != Kind::kInteger) return false;
    }
    return true;
  }

  // A call. Of all calls, only those that make tensors count.
  bool Reduce() {
    const auto arguments = Pop(), callee = Pop();
    if (!arguments || !callee) return false;
    if (callee->kind == Kind::kGlobal) {
      // (storage, offset, size, stride, ...)
      const bool rebuilds =
          callee->text.starts_with("_rebuild_tensor") || callee->text == "_rebuild_qtensor";
      const Value* size = Member(*arguments, 2);
      if (rebuilds && Integers(members_, size))
        return Push({Kind::kTensor, size->number, size->count, {}});
      const Value* inner = Member(*arguments, 0);
      if (callee->text.starts_with("_rebuild_parameter") && inner != nullptr &&
          inner->kind == Kind::kTensor)
        return Push(*inner);
    }
    return PushOther();
  }
  void SetItem(const Value& key, const Value& value) {
    if (key.kind != Kind::kText) return;
    if (value.kind == Kind::kInteger) visitor_.number(key.text, value.number);
    if (value.kind != Kind::kTensor) return;
    std::vector<int64_t> shape;
    for (uint32_t i = 0; i < std::min<uint32_t>(value.count, kMaxRank); ++i) {
      shape.push_back(members_[static_cast<size_t>(value.number) + i].number);
    }
    visitor_.tensor(key.text, shape);
  }
  bool SetItems() {
    const auto mark = Mark();
    if (!mark) return false;
    for (size_t i = *mark; i + 1 < stack_.size(); i += 2) SetItem(stack_[i], stack_[i + 1]);
    stack_.resize(*mark - 1);
    return true;
  }
  bool Memoize(uint64_t place) {
    if (stack_.empty()) return false;
    if (memo_.size() < kMaxValues) memo_[place] = stack_.back();
    return true;
  }
  bool Recall(uint64_t place) {
    const auto found = memo_.find(place);
    return found == memo_.end() ? PushOther() : Push(found->second);
  }
  bool RecallLine(bool put) {
    const auto line = Line();
    uint64_t place = 0;
    if (!line) return false;
    std::from_chars(line->data(), line->data() + line->size(), place);
    return put ? Memoize(place) : Recall(place);
  }
  bool Skip(uint64_t size) { return Take(size).has_value(); }

  bool Step(uint8_t op);

  ByteView bytes_;
  const PickleVisitor& visitor_;
  size_t at_ = 0;
  std::vector<Value> stack_, members_;
  absl::flat_hash_map<uint64_t, Value> memo_;
};

bool Machine::Step(uint8_t op) {
  switch (op) {
    case '(':
      return Push({Kind::kMark, 0, 0, {}});
    case '0':
      return Pop().has_value();
    case '1':
      return DropToMark();
    case '2':
      return !stack_.empty() && Push(stack_.back());
    // Numbers
    case 'J': {
      const auto value = Number(4);
      return value && PushInteger(static_cast<int32_t>(static_cast<uint32_t>(*value)));
    }
    case 'K':
    case 'M': {
      const auto value = Number(op == 'K' ? 1 : 2);
      return value && PushInteger(static_cast<int64_t>(*value));
    }
    case 0x8A: {
      const auto size = Number(1);
      const auto bytes = size ? Take(*size) : std::nullopt;
      if (!bytes) return false;
      if (bytes->empty() || bytes->size() > 8) return PushOther();
      const int shift = 64 - 8 * static_cast<int>(bytes->size());
      const uint64_t value =
          *efface::ReadUint(*bytes, 0, static_cast<int>(bytes->size()), Endian::kLittle);
      return PushInteger(static_cast<int64_t>(value << shift) >> shift);
    }
    case 0x8B:
      return PushText(4, false);
    case 'I':
    case 'L': {
      const auto line = Line();
      int64_t value = 0;
      if (!line) return false;
      std::from_chars(line->data(), line->data() + line->size(), value);
      return PushInteger(value);
    }
    case 'F':
      return Line() && PushOther();
    case 'G':
      return Skip(8) && PushOther();
    case 'N':
    case 0x88:
    case 0x89:
      return PushOther();
    // Texts and bytes
    case 'S':
    case 'V': {
      const auto line = Line();
      return line && Push({Kind::kText, 0, 0, *line});
    }
    case 'X':
    case 'T':
      return PushText(4, true);
    case 'U':
    case 0x8C:
      return PushText(1, true);
    case 0x8D:
      return PushText(8, true);
    case 'B':
      return PushText(4, false);
    case 'C':
      return PushText(1, false);
    case 0x8E:
    case 0x96:
      return PushText(8, false);
    // Collections
    case '}':
    case ']':
    case 0x8F:
      return PushOther();
    case ')':
      return MakeTupleOf(0);
    case 0x85:
      return MakeTupleOf(1);
    case 0x86:
      return MakeTupleOf(2);
    case 0x87:
      return MakeTupleOf(3);
    case 't': {
      const auto mark = Mark();
      return mark && MakeTuple(*mark, true);
    }
    case 'l':
    case 0x91:
      return DropToMark() && PushOther();
    case 'd':
      return SetItems() && PushOther();
    case 's': {
      const auto value = Pop(), key = Pop();
      if (!value || !key) return false;
      SetItem(*key, *value);
      return true;
    }
    case 'u':
      return SetItems();
    case 'a':
      return Pop().has_value();
    case 'e':
    case 0x90:
      return DropToMark();
    // Names, calls and objects
    case 'c':
    case 'i': {
      const auto module = Line(), name = Line();
      if (!module || !name) return false;
      if (op == 'i' && !DropToMark()) return false;
      return Global(*module, *name);
    }
    case 0x93: {
      const auto name = Pop(), module = Pop();
      return name && module && Global(module->text, name->text);
    }
    case 'R':
      return Reduce();
    case 0x81:
      return Pop() && Pop() && PushOther();
    case 0x92:
      return Pop() && Pop() && Pop() && PushOther();
    case 'o':
      return DropToMark() && PushOther();
    case 'b':
      return Pop().has_value();
    case 'P':
      return Line() && PushOther();
    case 'Q':
      return Pop() && PushOther();
    case 0x82:
      return Skip(1) && PushOther();
    case 0x83:
      return Skip(2) && PushOther();
    case 0x84:
      return Skip(4) && PushOther();
    case 0x97:
      return PushOther();
    case 0x98:
      return true;
    // The memo
    case 'q':
    case 'r': {
      const auto place = Number(op == 'q' ? 1 : 4);
      return place && Memoize(*place);
    }
    case 0x94:
      return Memoize(memo_.size());
    case 'h':
    case 'j': {
      const auto place = Number(op == 'h' ? 1 : 4);
      return place && Recall(*place);
    }
    case 'p':
      return RecallLine(true);
    case 'g':
      return RecallLine(false);
    // The frame
    case 0x80:
      return Skip(1);
    case 0x95:
      return Skip(8);
    default:
      return false;
  }
}

}  // namespace

std::optional<size_t> WalkPickle(ByteView bytes, const PickleVisitor& visitor) {
  return Machine(bytes, visitor).Run();
}

}  // namespace sweep
