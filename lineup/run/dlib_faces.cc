#include "lineup/run/dlib_faces.h"

#include <dlib/dnn.h>
#include <dlib/image_io.h>
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <exception>

#include "absl/strings/str_cat.h"
#include "base/exif.h"
#include "base/file.h"
#include "base/status.h"

namespace lineup {
namespace {

using Image = dlib::array2d<dlib::rgb_pixel>;
using Matrix = dlib::matrix<dlib::rgb_pixel>;

// The network that the weights are of: a ResNet of 29 convolutions (He, Zhang, Ren and Sun 2016,
// with half the filters and fewer layers), as published with the weights.
template <int filters, int stride, typename Below>
using Block = dlib::affine<
    dlib::con<filters, 3, 3, 1, 1,
              dlib::relu<dlib::affine<dlib::con<filters, 3, 3, stride, stride, Below>>>>>;
template <int filters, typename Below>
using Same = dlib::relu<dlib::add_prev1<Block<filters, 1, dlib::tag1<Below>>>>;
template <int filters, typename Below>
using Down = dlib::relu<dlib::add_prev2<
    dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<Block<filters, 2, dlib::tag1<Below>>>>>>>;
using Start = dlib::max_pool<
    3, 3, 2, 2,
    dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, dlib::input_rgb_image_sized<150>>>>>;
using Level32 = Same<32, Same<32, Same<32, Start>>>;
using Level64 = Same<64, Same<64, Same<64, Down<64, Level32>>>>;
using Level128 = Same<128, Same<128, Down<128, Level64>>>;
using Level256 = Down<256, Same<256, Same<256, Down<256, Level128>>>>;
using Network = dlib::loss_metric<
    dlib::fc_no_bias<DlibRecogniser::kDimensions, dlib::avg_pool_everything<Level256>>>;

// dlib reports by exceptions; here they end.
template <typename Call>
absl::Status Try(const char* what, Call call) {
  try {
    call();
    return absl::OkStatus();
  } catch (const std::exception& error) {
    std::string text = error.what();
    text = text.substr(0, text.find('\n'));
    return absl::InvalidArgumentError(absl::StrCat(what, text.empty() ? "" : ": ", text));
  }
}

void Copy(const Picture& from, Image& to) {
  to.set_size(from.height, from.width);
  const uint8_t* pixel = from.rgb.data();
  for (long y = 0; y < from.height; ++y)
    for (long x = 0; x < from.width; ++x, pixel += 3) to[y][x] = {pixel[0], pixel[1], pixel[2]};
}

template <typename Pixels>
Picture CopyOf(const Pixels& from) {
  Picture picture{
      static_cast<int>(dlib::num_columns(from)), static_cast<int>(dlib::num_rows(from)), {}};
  picture.rgb.reserve(3 * static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height));
  const dlib::const_image_view<Pixels> view(from);
  for (long y = 0; y < picture.height; ++y)
    for (long x = 0; x < picture.width; ++x)
      picture.rgb.insert(picture.rgb.end(), {view[y][x].red, view[y][x].green, view[y][x].blue});
  return picture;
}

dlib::rectangle RectangleOf(const Box& box) {
  const dlib::drectangle exact(box.x, box.y, box.x + box.width - 1, box.y + box.height - 1);
  return exact;
}

dlib::full_object_detection ShapeOf(const Place& place) {
  std::vector<dlib::point> parts;
  for (const Point& point : place.points) parts.emplace_back(dlib::dpoint(point.x, point.y));
  return {RectangleOf(place.box), parts};
}

Place PlaceOf(const dlib::full_object_detection& shape) {
  const dlib::rectangle& box = shape.get_rect();
  Place place{{static_cast<double>(box.left()), static_cast<double>(box.top()),
               static_cast<double>(box.width()), static_cast<double>(box.height())},
              {}};
  for (size_t i = 0; i < place.points.size(); ++i) {
    const dlib::point& part = shape.part(i);
    place.points[i] = {static_cast<double>(part.x()), static_cast<double>(part.y())};
  }
  return place;
}

// EXIF's orientation of a JPEG file, 1..8.
int OrientationOf(efface::ByteView bytes) {
  if (bytes.size() < 4 || bytes[0] != 0xFF || bytes[1] != 0xD8) return 1;
  for (size_t at = 2; at + 4 <= bytes.size() && bytes[at] == 0xFF;) {
    const size_t size = static_cast<size_t>(bytes[at + 2]) << 8 | bytes[at + 3];
    if (bytes[at + 1] == 0xDA || size < 2 || at + 2 + size > bytes.size()) return 1;
    const efface::ByteView content = bytes.subspan(at + 4, size - 2);
    if (bytes[at + 1] == 0xE1 && content.size() > 6 &&
        std::equal(content.begin(), content.begin() + 6, "Exif\0\0"))
      return efface::ReadKeptExif(content.subspan(6)).orientation;
    at += 2 + size;
  }
  return 1;
}

Picture Upright(Picture picture, int orientation) {
  if (orientation <= 1 || orientation > 8) return picture;
  const bool turned = orientation >= 5;
  Picture upright{turned ? picture.height : picture.width, turned ? picture.width : picture.height,
                  std::vector<uint8_t>(picture.rgb.size())};
  for (int y = 0; y < upright.height; ++y) {
    for (int x = 0; x < upright.width; ++x) {
      const int a = turned ? y : x, b = turned ? x : y;
      const bool flip_x =
          orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
      const bool flip_y =
          orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
      std::copy_n(
          picture.at(flip_x ? picture.width - 1 - a : a, flip_y ? picture.height - 1 - b : b), 3,
          upright.at(x, y));
    }
  }
  return upright;
}

absl::Status Missing(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(efface::DisplayName(file),
                                          " is missing: scripts/setup --lineup-run fetches it, or "
                                          "--models names the folder it lies in"));
}

}  // namespace

absl::StatusOr<Picture> ReadPicture(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const efface::Bytes bytes, efface::ReadFile(path, kMaxFile));
  const auto starts = [&](std::string_view magic) {
    return bytes.size() >= magic.size() &&
           std::equal(magic.begin(), magic.end(), bytes.begin(),
                      [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
  };
  if (starts("\xFF\xD8\xFF")) {
    ASSIGN_OR_RETURN(Picture picture, DecodeJpeg(bytes));
    return Upright(std::move(picture), OrientationOf(bytes));
  }
  const bool png = starts("\x89PNG");
  if (!png && !starts("BM")) return absl::InvalidArgumentError("is no JPEG, PNG or BMP picture");
  Image image;
  RETURN_IF_ERROR(Try("cannot be decoded", [&] {
    if (png)
      dlib::load_png(image, bytes.data(), bytes.size());
    else
      dlib::load_bmp(image, path.string());
  }));
  if (image.size() == 0) return absl::InvalidArgumentError("holds no pixel");
  return CopyOf(image);
}

struct FaceFinder::Impl {
  dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  dlib::shape_predictor points;
};

FaceFinder::FaceFinder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FaceFinder::~FaceFinder() = default;

absl::StatusOr<std::unique_ptr<FaceFinder>> FaceFinder::Load(const std::filesystem::path& models) {
  RETURN_IF_ERROR(Missing(models / kPointsFile));
  auto impl = std::make_unique<Impl>();
  RETURN_IF_ERROR(Try("the 5-point predictor can't be read",
                      [&] { dlib::deserialize((models / kPointsFile).string()) >> impl->points; }));
  if (impl->points.num_parts() != 5)
    return absl::InvalidArgumentError("the predictor of points gives other than 5 of them");
  return std::unique_ptr<FaceFinder>(new FaceFinder(std::move(impl)));
}

absl::StatusOr<std::optional<Place>> FaceFinder::Find(const Picture& picture, int doublings) {
  std::optional<Place> best;
  RETURN_IF_ERROR(Try("the detector failed", [&] {
    Image image, searched;
    Copy(picture, image);
    dlib::assign_image(searched, image);
    for (int i = 0; i < doublings; ++i) dlib::pyramid_up(searched);
    double most = -1e300;
    for (const dlib::rectangle& found : impl_->detector(searched)) {
      dlib::drectangle box = found;
      for (int i = 0; i < doublings; ++i) box = dlib::pyramid_down<2>().rect_down(box);
      const dlib::dpoint away =
          dlib::center(box) - dlib::dpoint(picture.width / 2.0, picture.height / 2.0);
      const double score = box.width() * box.height() - 2 * away.length_squared();
      if (score <= most) continue;
      most = score;
      best = PlaceOf(impl_->points(image, box));
    }
  }));
  return best;
}

absl::StatusOr<Place> FaceFinder::At(const Picture& picture, const Box& box) {
  Place place;
  RETURN_IF_ERROR(Try("the predictor of points failed", [&] {
    Image image;
    Copy(picture, image);
    place = PlaceOf(impl_->points(image, RectangleOf(box)));
  }));
  return place;
}

absl::StatusOr<Picture> AlignedChip(const Picture& picture, const Place& place,
                                    const ChipPoints& points, int width, int height) {
  const auto middle = [&](size_t a, size_t b) {
    return dlib::dpoint((place.points[a].x + place.points[b].x) / 2,
                        (place.points[a].y + place.points[b].y) / 2);
  };
  std::vector<dlib::dpoint> there = {{points.left_eye.x, points.left_eye.y},
                                     {points.right_eye.x, points.right_eye.y}};
  std::vector<dlib::dpoint> here = {middle(2, 3), middle(0, 1)};
  if (points.nose) {
    there.emplace_back(points.nose->x, points.nose->y);
    here.emplace_back(place.points[4].x, place.points[4].y);
  }
  Picture chip;
  RETURN_IF_ERROR(Try("the face can't be cut out", [&] {
    Image image, cut;
    Copy(picture, image);
    dlib::extract_image_chip(image,
                             dlib::chip_details(there, here,
                                                dlib::chip_dims(static_cast<unsigned long>(height),
                                                                static_cast<unsigned long>(width))),
                             cut);
    chip = CopyOf(cut);
  }));
  return chip;
}

absl::StatusOr<Picture> BoxChip(const Picture& picture, const Box& box, double scale, int width,
                                int height) {
  const double unit = scale * std::max(box.width / width, box.height / height);
  const double x = box.x + box.width / 2, y = box.y + box.height / 2;
  Picture chip;
  RETURN_IF_ERROR(Try("the face can't be cut out", [&] {
    Image image, cut;
    Copy(picture, image);
    const dlib::drectangle grown(x - unit * width / 2, y - unit * height / 2,
                                 x + unit * width / 2 - 1, y + unit * height / 2 - 1);
    dlib::extract_image_chip(
        image,
        dlib::chip_details(grown, dlib::chip_dims(static_cast<unsigned long>(height),
                                                  static_cast<unsigned long>(width))),
        cut);
    chip = CopyOf(cut);
  }));
  return chip;
}

struct DlibRecogniser::Impl {
  Network network;
};

DlibRecogniser::DlibRecogniser(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DlibRecogniser::~DlibRecogniser() = default;

absl::StatusOr<std::unique_ptr<DlibRecogniser>> DlibRecogniser::Load(
    const std::filesystem::path& models) {
  RETURN_IF_ERROR(Missing(models / kRecogniserFile));
  auto impl = std::make_unique<Impl>();
  RETURN_IF_ERROR(Try("the recogniser's weights can't be read", [&] {
    dlib::deserialize((models / kRecogniserFile).string()) >> impl->network;
  }));
  return std::unique_ptr<DlibRecogniser>(new DlibRecogniser(std::move(impl)));
}

absl::StatusOr<std::vector<float>> DlibRecogniser::Embed(const Picture& picture, const Place& place,
                                                         int jitters) {
  std::vector<float> result;
  RETURN_IF_ERROR(Try("the recogniser failed", [&] {
    Image image;
    Copy(picture, image);
    Matrix chip;
    dlib::extract_image_chip(image, dlib::get_face_chip_details(ShapeOf(place), 150, 0.25), chip);
    if (jitters <= 1) {
      const dlib::matrix<float, 0, 1> numbers = impl_->network(chip);
      result.assign(numbers.begin(), numbers.end());
      return;
    }
    std::vector<Matrix> copies;
    dlib::rand random;  // begins alike for each picture
    for (int i = 0; i < jitters; ++i) copies.push_back(dlib::jitter_image(chip, random));
    const dlib::matrix<float, 0, 1> numbers = dlib::mean(dlib::mat(impl_->network(copies)));
    result.assign(numbers.begin(), numbers.end());
  }));
  return result;
}

}  // namespace lineup
