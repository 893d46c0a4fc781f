#include "efface/media/av/grey.h"

#include <type_traits>

namespace efface {
namespace {

// The source samples under one sample of the result: [first, last], all with weight 256 but the
// two at the ends.
struct Span {
  int first = 0, last = 0;
  uint32_t first_weight = 256, last_weight = 256;  // of 256; the same where first == last
  uint32_t total = 256;

  bool whole() const { return first_weight == 256 && last_weight == 256; }
};

std::vector<Span> Spans(int from, int to) {
  std::vector<Span> spans(static_cast<size_t>(to));
  for (int i = 0; i < to; ++i) {
    const int64_t begin = int64_t{i} * from * 256 / to;
    const int64_t end = std::max((int64_t{i} + 1) * from * 256 / to, begin + 1);
    Span& span = spans[static_cast<size_t>(i)];
    span.first = static_cast<int>(begin / 256);
    span.last = static_cast<int>((end - 1) / 256);
    span.total = static_cast<uint32_t>(end - begin);
    if (span.first == span.last) {
      span.first_weight = span.last_weight = span.total;
    } else {
      span.first_weight = static_cast<uint32_t>(256 - begin % 256);
      span.last_weight = static_cast<uint32_t>((end - 1) % 256 + 1);
    }
  }
  return spans;
}

// sums[x] += the sum of `rows` rows. Four at once: the sums are then read and written less often.
template <typename Sum, typename Sample>
void AddRows(const Sample* row, ptrdiff_t stride, int rows, size_t width, Sum* sums) {
  for (; rows >= 4; rows -= 4, row += 4 * stride) {
    const Sample *a = row, *b = row + stride, *c = row + 2 * stride, *d = row + 3 * stride;
    for (size_t x = 0; x < width; ++x) {
      sums[x] = static_cast<Sum>(sums[x] + a[x] + b[x] + c[x] + d[x]);
    }
  }
  for (; rows > 0; --rows, row += stride) {
    for (size_t x = 0; x < width; ++x) sums[x] = static_cast<Sum>(sums[x] + row[x]);
  }
}

// The means of `count` runs of `step` sums each.
template <typename Sum>
void MeansOfRuns(const Sum* sums, int step, int count, uint64_t area, uint8_t* means) {
  // Rounded division by a multiplication: exact enough for 8 bits, as sums are below 2^31.
  const double scale = 1.0 / static_cast<double>(area);
  const auto run = [&](auto length) {
    for (int x = 0; x < count; ++x, sums += length) {
      uint32_t sum = 0;
      for (int i = 0; i < length; ++i) sum += sums[i];
      means[x] = static_cast<uint8_t>(static_cast<double>(sum) * scale + 0.5);
    }
  };
  switch (step) {
    case 1:
      return run(std::integral_constant<int, 1>());
    case 2:
      return run(std::integral_constant<int, 2>());
    case 3:
      return run(std::integral_constant<int, 3>());
    case 4:
      return run(std::integral_constant<int, 4>());
    default:
      return run(step);
  }
}

}  // namespace

template <typename Sample>
GreyPicture AreaMeans(const GreySource<Sample>& source, int width, int height) {
  GreyPicture grey{width, height, {}};
  grey.samples.resize(static_cast<size_t>(width) * static_cast<size_t>(height));
  const auto columns = Spans(source.width, width);
  const auto rows = Spans(source.height, height);
  const auto source_width = static_cast<size_t>(source.width);
  const uint64_t to_8_bits = uint64_t{1} << (source.bits - 8);
  const auto row_of = [&](int y) { return source.samples + y * source.stride; };

  const int step_x = source.width / width, step_y = source.height / height;
  const bool whole = source.width % width == 0 && source.height % height == 0;
  // Sums of whole columns of samples, in 16 bits where they fit.
  constexpr int kNarrowRows = std::is_same_v<Sample, uint8_t> ? 256 : 0;
  if (whole && (int64_t{step_x} * step_y << source.bits) < (int64_t{1} << 31)) {
    const uint64_t area = static_cast<uint64_t>(step_x) * static_cast<uint64_t>(step_y) * to_8_bits;
    const auto reduce = [&](auto& sums) {
      for (int y = 0; y < height; ++y) {
        std::fill(sums.begin(), sums.end(), 0);
        AddRows(row_of(y * step_y), source.stride, step_y, source_width, sums.data());
        MeansOfRuns(sums.data(), step_x, width, area,
                    grey.samples.data() + static_cast<size_t>(y) * static_cast<size_t>(width));
      }
    };
    if (step_y <= kNarrowRows) {
      std::vector<uint16_t> sums(source_width);
      reduce(sums);
    } else {
      std::vector<uint32_t> sums(source_width);
      reduce(sums);
    }
    return grey;
  }

  std::vector<uint32_t> sums(source_width);      // of whole rows
  std::vector<uint64_t> weighted(source_width);  // with those at the ends, x 256
  for (int y = 0; y < height; ++y) {
    const Span& span = rows[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0);
    const int begin = span.first_weight == 256 ? span.first : span.first + 1;
    const int end = span.last_weight == 256 ? span.last + 1 : span.last;
    if (begin < end) {
      AddRows(row_of(begin), source.stride, end - begin, source_width, sums.data());
    }
    const Sample* first = row_of(span.first);
    const Sample* last = row_of(span.last);
    const uint32_t above = span.first_weight == 256 ? 0 : span.first_weight;
    const uint32_t below =
        span.last_weight == 256 || span.first == span.last ? 0 : span.last_weight;
    for (size_t x = 0; x < source_width; ++x) {
      weighted[x] = uint64_t{sums[x]} * 256 + (above * first[x] + below * last[x]);
    }
    uint8_t* means = grey.samples.data() + static_cast<size_t>(y) * static_cast<size_t>(width);
    for (int x = 0; x < width; ++x) {
      const Span& column = columns[static_cast<size_t>(x)];
      uint64_t sum = weighted[static_cast<size_t>(column.first)] * column.first_weight;
      if (column.last > column.first) {
        uint64_t inner = 0;
        for (int i = column.first + 1; i < column.last; ++i) {
          inner += weighted[static_cast<size_t>(i)];
        }
        sum += inner * 256 + weighted[static_cast<size_t>(column.last)] * column.last_weight;
      }
      const uint64_t area = uint64_t{span.total} * column.total * to_8_bits;
      means[x] = static_cast<uint8_t>(std::min<uint64_t>((sum + area / 2) / area, 255));
    }
  }
  return grey;
}

template GreyPicture AreaMeans(const GreySource<uint8_t>&, int, int);
template GreyPicture AreaMeans(const GreySource<uint16_t>&, int, int);

}  // namespace efface
