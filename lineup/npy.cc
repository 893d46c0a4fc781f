#include "lineup/npy.h"

#include <minizip/unzip.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"

namespace lineup {
namespace {

using absl::InvalidArgumentError;

// Fills the span or says why not.
using Source = std::function<absl::Status(std::span<uint8_t>)>;

struct Header {
  std::string type;  // "<f4"
  bool fortran = false;
  std::vector<uint64_t> shape;
};

absl::StatusOr<std::string> Between(const std::string& text, const std::string& key, char open,
                                    char close) {
  const size_t at = text.find("'" + key + "'");
  const size_t from = at == std::string::npos ? at : text.find(open, at + key.size() + 2);
  const size_t to = from == std::string::npos ? from : text.find(close, from + 1);
  if (to == std::string::npos) return InvalidArgumentError("has a NumPy header that can't be read");
  return text.substr(from + 1, to - from - 1);
}

absl::StatusOr<Header> ReadHeader(const Source& source) {
  uint8_t start[8];
  RETURN_IF_ERROR(source(start));
  if (std::memcmp(start, "\x93NUMPY", 6) != 0) return InvalidArgumentError("is no NumPy array");
  const size_t width = start[6] == 1 ? 2 : 4;
  uint8_t bytes[4] = {};
  RETURN_IF_ERROR(source({bytes, width}));
  const size_t size =
      bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<size_t>(bytes[3]) << 24;
  if (size > (1 << 20)) return InvalidArgumentError("has a NumPy header that can't be read");
  std::vector<uint8_t> text(size);
  RETURN_IF_ERROR(source(text));
  const std::string header(text.begin(), text.end());
  Header result;
  ASSIGN_OR_RETURN(result.type, Between(header, "descr", '\'', '\''));
  const size_t key = header.find("'fortran_order'");
  const size_t order = key == std::string::npos ? key : header.find_first_not_of(" :", key + 15);
  if (order == std::string::npos)
    return InvalidArgumentError("has a NumPy header that can't be read");
  result.fortran = header.compare(order, 4, "True") == 0;
  ASSIGN_OR_RETURN(const std::string shape, Between(header, "shape", '(', ')'));
  for (size_t i = 0; i < shape.size();) {
    if (shape[i] < '0' || shape[i] > '9') {
      ++i;
      continue;
    }
    uint64_t value = 0;
    for (; i < shape.size() && shape[i] >= '0' && shape[i] <= '9'; ++i) {
      if (value > kMaxValues) return absl::ResourceExhaustedError("holds too many numbers");
      value = value * 10 + static_cast<uint64_t>(shape[i] - '0');
    }
    result.shape.push_back(value);
  }
  return result;
}

float Half(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = bits >> 15 ? -1.f : 1.f;
  if (exponent == 31) return fraction ? std::nanf("") : sign * INFINITY;
  return exponent == 0 ? sign * std::ldexp(static_cast<float>(fraction), -24)
                       : sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

template <typename T>
T Load(const uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

absl::StatusOr<NumpyRows> ReadNumbers(const Source& source, const Header& header) {
  static_assert(std::endian::native == std::endian::little);
  const int width = header.type == "<f4"   ? 4
                    : header.type == "<f8" ? 8
                    : header.type == "<f2" ? 2
                                           : 0;
  if (width == 0)
    return InvalidArgumentError(
        absl::StrCat("holds numbers of type ", header.type,
                     "; embeddings are little-endian floats: <f4, <f8 or <f2"));
  if (header.shape.size() != 2 || header.shape[0] == 0 || header.shape[1] == 0)
    return InvalidArgumentError(
        "must have two dimensions: a row for each picture, a column for each number");
  NumpyRows result;
  result.rows = header.shape[0];
  result.columns = header.shape[1];
  if (result.columns > 1 << 20 || result.rows > kMaxValues / result.columns)
    return absl::ResourceExhaustedError("holds too many numbers");
  const size_t count = result.rows * result.columns;
  std::vector<uint8_t> chunk;
  for (size_t done = 0;
       done < count;) {  // grows as data comes, so that a header can't ask for more
    const size_t some = std::min(count - done, size_t{1} << 20);
    chunk.resize(some * static_cast<size_t>(width));
    RETURN_IF_ERROR(source(chunk));
    if (result.values.empty() && done == 0) result.values.reserve(std::min(count, size_t{1} << 28));
    for (size_t i = 0; i < some; ++i) {
      const uint8_t* at = chunk.data() + i * static_cast<size_t>(width);
      result.values.push_back(width == 4   ? Load<float>(at)
                              : width == 8 ? static_cast<float>(Load<double>(at))
                                           : Half(Load<uint16_t>(at)));
    }
    done += some;
  }
  if (header.fortran) {
    std::vector<float> turned(count);
    for (size_t r = 0; r < result.rows; ++r)
      for (size_t c = 0; c < result.columns; ++c)
        turned[r * result.columns + c] = result.values[c * result.rows + r];
    result.values = std::move(turned);
  }
  return result;
}

void AppendUtf8(std::string& text, uint32_t point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xC0 | point >> 6);
    text += static_cast<char>(0x80 | (point & 63));
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0 | point >> 12);
    text += static_cast<char>(0x80 | (point >> 6 & 63));
    text += static_cast<char>(0x80 | (point & 63));
  } else {
    text += static_cast<char>(0xF0 | (point >> 18 & 7));
    text += static_cast<char>(0x80 | (point >> 12 & 63));
    text += static_cast<char>(0x80 | (point >> 6 & 63));
    text += static_cast<char>(0x80 | (point & 63));
  }
}

// Text ("<U12", "|S12") or whole numbers ("<i8").
absl::StatusOr<std::vector<std::string>> ReadIds(const Source& source, const Header& header) {
  double characters = 0;
  const bool wide = header.type.starts_with("<U"), narrow = header.type.starts_with("|S");
  size_t width = header.type == "<i8" ? 8 : header.type == "<i4" ? 4 : 0;
  if (wide || narrow) {
    width = static_cast<size_t>(std::atoi(header.type.c_str() + 2)) * (wide ? 4 : 1);
    characters = static_cast<double>(width);
  }
  if (width == 0 || characters > 1 << 16 || header.shape.size() != 1)
    return InvalidArgumentError("has an array ids that isn't one row of texts or whole numbers");
  std::vector<std::string> ids;
  std::vector<uint8_t> bytes(width);
  for (uint64_t i = 0; i < header.shape[0]; ++i) {
    RETURN_IF_ERROR(source(bytes));
    std::string id;
    if (wide) {
      for (size_t c = 0; c < width; c += 4)
        if (const uint32_t point = Load<uint32_t>(bytes.data() + c)) AppendUtf8(id, point);
    } else if (narrow) {
      id.assign(bytes.begin(), std::find(bytes.begin(), bytes.end(), 0));
    } else {
      id = width == 8 ? absl::StrCat(Load<int64_t>(bytes.data()))
                      : absl::StrCat(Load<int32_t>(bytes.data()));
    }
    ids.push_back(std::move(id));
  }
  return ids;
}

struct CloseZip {
  void operator()(void* zip) const { unzClose(zip); }
};

absl::StatusOr<NumpyRows> ReadArchive(const std::filesystem::path& path) {
  const std::unique_ptr<void, CloseZip> zip(unzOpen64(path.c_str()));
  if (!zip) return InvalidArgumentError("is no .npz archive that can be read");
  const Source source = [&](std::span<uint8_t> out) -> absl::Status {
    while (!out.empty()) {
      const int got = unzReadCurrentFile(
          zip.get(), out.data(), static_cast<unsigned>(std::min(out.size(), size_t{1} << 24)));
      if (got <= 0) return absl::DataLossError("ends too early, or its compressed data is damaged");
      out = out.subspan(static_cast<size_t>(got));
    }
    return absl::OkStatus();
  };
  std::optional<NumpyRows> rows;
  std::vector<std::string> ids;
  bool named = false;
  std::string names;
  for (int more = unzGoToFirstFile(zip.get()); more == UNZ_OK; more = unzGoToNextFile(zip.get())) {
    char name[256] = {};
    if (unzGetCurrentFileInfo64(zip.get(), nullptr, name, sizeof(name) - 1, nullptr, 0, nullptr,
                                0) != UNZ_OK ||
        unzOpenCurrentFile(zip.get()) != UNZ_OK)
      return InvalidArgumentError("is no .npz archive that can be read");
    ASSIGN_OR_RETURN(const Header header, ReadHeader(source));
    const bool is_rows = std::string_view(name) == "embeddings.npy";
    if (std::string_view(name) == "ids.npy") {
      ASSIGN_OR_RETURN(ids, ReadIds(source, header));
    } else if (is_rows || (!named && header.shape.size() == 2)) {
      if (rows && !is_rows)
        return InvalidArgumentError(
            "holds several tables of numbers; name the right one embeddings");
      named = is_rows;
      ASSIGN_OR_RETURN(rows, ReadNumbers(source, header));
    }
    unzCloseCurrentFile(zip.get());
  }
  if (!rows) return InvalidArgumentError("holds no array with two dimensions");
  if (!ids.empty() && ids.size() != rows->rows)
    return InvalidArgumentError(
        absl::StrCat("holds ", rows->rows, " embeddings and ", ids.size(), " ids"));
  rows->ids = std::move(ids);
  return *std::move(rows);
}

}  // namespace

absl::StatusOr<NumpyRows> ReadNumpy(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const efface::Descriptor file, efface::OpenRegularFile(path));
  uint8_t start[4] = {};
  ASSIGN_OR_RETURN(const size_t got, efface::ReadAt(file.get(), 0, start));
  if (got == 4 && std::memcmp(start, "PK\3\4", 4) == 0) return ReadArchive(path);
  int64_t offset = 0;
  const Source source = [&](std::span<uint8_t> out) -> absl::Status {
    ASSIGN_OR_RETURN(const size_t read, efface::ReadAt(file.get(), offset, out));
    offset += static_cast<int64_t>(read);
    return read == out.size() ? absl::OkStatus() : absl::InvalidArgumentError("ends too early");
  };
  ASSIGN_OR_RETURN(const Header header, ReadHeader(source));
  return ReadNumbers(source, header);
}

}  // namespace lineup
