#include "efface/record/spool.h"

#include <algorithm>
#include <span>
#include <tuple>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace efface {
namespace {

// Rows lie in the file as in memory: it never outlives the process.
static_assert(std::is_trivially_copyable_v<MaskRow> && sizeof(MaskRow) == 64);

constexpr size_t kPiece = 65'536;        // rows sorted in memory at once
constexpr size_t kWritten = 4'096;       // rows written at once
constexpr size_t kMergeRows = 65'536;    // rows of all pieces in memory while they are merged
constexpr size_t kLeastRowsOfPiece = 8;  // where there are very many pieces

ByteView BytesOf(std::span<const MaskRow> rows) {
  return {reinterpret_cast<const uint8_t*>(rows.data()), rows.size_bytes()};
}

bool Before(RowOrder order, const MaskRow& a, const MaskRow& b) {
  return order == RowOrder::kByFace
             ? std::tie(a.face, a.frame, a.track) < std::tie(b.face, b.frame, b.track)
             : std::tie(a.track, a.frame, a.face) < std::tie(b.track, b.frame, b.face);
}

absl::Status Write(int fd, std::span<const MaskRow> rows, const std::filesystem::path& folder) {
  const absl::Status status = WriteAll(fd, BytesOf(rows));
  if (!absl::IsResourceExhausted(status)) return status;
  return absl::ResourceExhaustedError(absl::StrCat("the disk of the folder ", DisplayName(folder),
                                                   " has no room for the masks of the clip"));
}

// Fills `rows` from row `first` of the file on.
absl::Status Read(int fd, int64_t first, std::span<MaskRow> rows) {
  const std::span<uint8_t> bytes(reinterpret_cast<uint8_t*>(rows.data()), rows.size_bytes());
  ASSIGN_OR_RETURN(const size_t got,
                   ReadAt(fd, first * static_cast<int64_t>(sizeof(MaskRow)), bytes));
  if (got == bytes.size()) return absl::OkStatus();
  return absl::DataLossError("the temporary file of the masks was cut off");
}

}  // namespace

struct RowCursor::Merge {
  // A sorted run of rows [next, end) of the file; `rows` of it are in memory, from `at` on unread.
  struct Piece {
    int64_t next = 0, end = 0;
    std::vector<MaskRow> rows;
    size_t at = 0;
  };

  RowOrder order;
  Descriptor file;
  size_t rows_a_piece = 0;  // in memory
  std::vector<Piece> pieces;
  std::vector<size_t> heap;  // pieces with rows left; that with the first row in front
  MaskRow current;

  // For the standard heap, whose front is what comes last.
  bool After(size_t a, size_t b) const {
    const MaskRow &row_a = pieces[a].rows[pieces[a].at], &row_b = pieces[b].rows[pieces[b].at];
    if (Before(order, row_b, row_a)) return true;
    return !Before(order, row_a, row_b) && a > b;
  }

  // Loads rows of a piece that has none unread in memory, and puts it into the heap if there are
  // any.
  absl::Status Load(size_t index) {
    Piece& piece = pieces[index];
    const auto count =
        std::min<int64_t>(static_cast<int64_t>(rows_a_piece), piece.end - piece.next);
    piece.rows.resize(static_cast<size_t>(count));
    piece.at = 0;
    if (count == 0) return absl::OkStatus();
    RETURN_IF_ERROR(Read(file.get(), piece.next, piece.rows));
    piece.next += count;
    Push(index);
    return absl::OkStatus();
  }

  void Push(size_t index) {
    heap.push_back(index);
    std::push_heap(heap.begin(), heap.end(), [this](size_t a, size_t b) { return After(a, b); });
  }

  absl::StatusOr<const MaskRow*> Next() {
    if (heap.empty()) return nullptr;
    std::pop_heap(heap.begin(), heap.end(), [this](size_t a, size_t b) { return After(a, b); });
    const size_t index = heap.back();
    heap.pop_back();
    Piece& piece = pieces[index];
    current = piece.rows[piece.at++];
    if (piece.at == piece.rows.size()) {
      RETURN_IF_ERROR(Load(index));
    } else {
      Push(index);
    }
    return &current;
  }
};

RowCursor::RowCursor(std::unique_ptr<Merge> merge) : merge_(std::move(merge)) {}
RowCursor::RowCursor(RowCursor&&) noexcept = default;
RowCursor& RowCursor::operator=(RowCursor&&) noexcept = default;
RowCursor::~RowCursor() = default;

absl::StatusOr<const MaskRow*> RowCursor::Next() { return merge_->Next(); }

RowSpool::RowSpool(std::filesystem::path folder, Descriptor file)
    : folder_(std::move(folder)), file_(std::move(file)) {
  buffer_.reserve(kWritten);
}

absl::StatusOr<RowSpool> RowSpool::Create(const std::filesystem::path& folder) {
  ASSIGN_OR_RETURN(Descriptor file, OpenUnnamedFile(folder));
  return RowSpool(folder, std::move(file));
}

absl::Status RowSpool::Add(const MaskRow& row) {
  buffer_.push_back(row);
  ++rows_;
  return buffer_.size() < kWritten ? absl::OkStatus() : Flush();
}

absl::Status RowSpool::Flush() {
  RETURN_IF_ERROR(Write(file_.get(), buffer_, folder_));
  buffer_.clear();
  return absl::OkStatus();
}

absl::StatusOr<RowCursor> RowSpool::Sorted(RowOrder order) {
  RETURN_IF_ERROR(Flush());
  auto merge = std::make_unique<RowCursor::Merge>();
  merge->order = order;
  ASSIGN_OR_RETURN(merge->file, OpenUnnamedFile(folder_));
  for (int64_t first = 0; first < rows_; first += kPiece) {
    std::vector<MaskRow> rows(std::min(kPiece, static_cast<size_t>(rows_ - first)));
    RETURN_IF_ERROR(Read(file_.get(), first, rows));
    std::stable_sort(rows.begin(), rows.end(),
                     [order](const MaskRow& a, const MaskRow& b) { return Before(order, a, b); });
    RETURN_IF_ERROR(Write(merge->file.get(), rows, folder_));
    merge->pieces.push_back({first, first + static_cast<int64_t>(rows.size()), {}, 0});
  }
  if (!merge->pieces.empty()) {
    merge->rows_a_piece = std::max(kMergeRows / merge->pieces.size(), kLeastRowsOfPiece);
  }
  for (size_t i = 0; i < merge->pieces.size(); ++i) RETURN_IF_ERROR(merge->Load(i));
  return RowCursor(std::move(merge));
}

}  // namespace efface
