#include "lineup/run/recogniser.h"

#include <cblas.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/status.h"
#include "lineup/gate.h"

namespace lineup {
namespace {

absl::StatusOr<std::string> HashOf(const std::filesystem::path& path) {
  const auto file = efface::OpenRegularFile(path);
  const auto hash =
      file.ok() ? efface::Sha256OfFile(file->get()) : absl::StatusOr<std::string>(file.status());
  if (hash.ok()) return hash;
  return absl::Status(hash.status().code(),
                      absl::StrCat(efface::DisplayName(path), ": ", hash.status().message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Recogniser>> Recogniser::Load(const RecogniserOptions& options) {
  std::unique_ptr<Recogniser> recogniser(new Recogniser);
  recogniser->options_ = options;
  int& threads = recogniser->options_.threads;
  if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::string>& notes = recogniser->notes_;
  // Said before any picture is read: a model that is missing is told at once.
  RETURN_IF_ERROR(FaceFinder::Load(options.models).status());
  if (options.description.empty()) {
    recogniser->name_ = "dlib's ResNet";
    RETURN_IF_ERROR(DlibRecogniser::Load(options.models).status());
    ASSIGN_OR_RETURN(recogniser->sha256_, HashOf(options.models / kRecogniserFile));
    notes.push_back(absl::StrCat(
        "Jitters: ", options.jitters, options.jitters > 1 ? "" : " (none: each face as it is)",
        ". Faces were cut out by 5 points, as 150 x 150 pixels with a padding of 0.25."));
  } else {
    if (options.jitters > 1)
      return absl::InvalidArgumentError("--jitters is for dlib's recogniser alone");
    ASSIGN_OR_RETURN(const ModelDescription description, ReadDescription(options.description));
    recogniser->name_ = description.name;
    recogniser->metric_ = description.metric;
    ASSIGN_OR_RETURN(recogniser->onnx_, OnnxModel::Load(description, threads));
    ASSIGN_OR_RETURN(recogniser->sha256_, HashOf(description.model));
    notes.push_back(absl::StrCat(
        "Faces were cut out by ", description.points ? "5 points" : "the detector's box alone",
        ", as ", description.width, " x ", description.height, " pixels."));
  }
  notes.insert(notes.begin(), absl::StrCat("Recogniser: ", recogniser->name_,
                                           ", SHA-256 of its model ", recogniser->sha256_, "."));
  notes.push_back(absl::StrCat(
      "Faces were found by dlib's frontal detector",
      options.doublings > 0 ? absl::StrCat(" in pictures doubled in size ", options.doublings,
                                           options.doublings > 1 ? " times" : " time")
                            : "",
      "; of several, the one with the largest area less twice its squared distance from the "
      "picture's middle was taken."));
  return recogniser;
}

absl::StatusOr<std::vector<Recogniser::Face>> Recogniser::Run(const Job& job) const {
  openblas_set_num_threads(1);  // pictures run side by side instead
  const size_t count = job.files.size();
  std::vector<Face> faces(count);
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  size_t done = 0;
  absl::Status failure;
  const auto one = [&](size_t i, FaceFinder& finder, DlibRecogniser* dlib) -> absl::Status {
    Face& face = faces[i];
    auto picture = ReadPicture(job.files[i]);
    face.read = picture.status();
    if (!picture.ok()) return absl::OkStatus();
    face.width = picture->width;
    face.height = picture->height;
    if (!job.found.empty()) {
      face.place = job.found[i];
    } else if (!job.boxes.empty() && job.boxes[i]) {
      ASSIGN_OR_RETURN(face.place, finder.At(*picture, *job.boxes[i]));
    } else {
      ASSIGN_OR_RETURN(face.place, finder.Find(*picture, options_.doublings));
    }
    if (!face.place) return absl::OkStatus();
    if (job.change) job.change(i, *picture);
    ASSIGN_OR_RETURN(face.embedding, dlib != nullptr
                                         ? dlib->Embed(*picture, *face.place, options_.jitters)
                                         : onnx_->Embed(*picture, *face.place));
    return absl::OkStatus();
  };
  const auto work = [&] {
    absl::Status status;
    auto finder = FaceFinder::Load(options_.models);
    status.Update(finder.status());
    std::unique_ptr<DlibRecogniser> dlib;
    if (!onnx_) {
      auto loaded = DlibRecogniser::Load(options_.models);
      status.Update(loaded.status());
      if (loaded.ok()) dlib = *std::move(loaded);
    }
    for (size_t i; status.ok() && (i = next++) < count;) {
      status = one(i, **finder, dlib.get());
      const std::lock_guard lock(mutex);
      if (job.progress) job.progress(static_cast<double>(++done) / static_cast<double>(count));
    }
    if (!status.ok()) {
      next = count;
      const std::lock_guard lock(mutex);
      failure.Update(status);
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < options_.threads; ++t) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  RETURN_IF_ERROR(failure);
  return faces;
}

absl::StatusOr<Embedded> EmbedSet(const Recogniser& recogniser, const PictureSet& set, Flaws flaws,
                                  const Progress& progress) {
  Embedded result{.table = {.has_ids = true, .has_groups = set.grouped}, .left_out = set.left_out};
  Gate gate(flaws, result.left_out);
  Recogniser::Job job{.progress = progress};
  for (const PictureEntry& entry : set.entries) {
    job.files.push_back(entry.file);
    job.boxes.push_back(entry.box);
  }
  ASSIGN_OR_RETURN(const auto faces, recogniser.Run(job));
  for (size_t i = 0; i < faces.size(); ++i) {
    const PictureEntry& entry = set.entries[i];
    if (!faces[i].read.ok()) {
      RETURN_IF_ERROR(
          gate.Flaw("a picture can't be read", absl::StrCat(efface::DisplayName(entry.file), " ",
                                                            std::string(faces[i].read.message()))));
      continue;
    }
    const Embedding& embedding = faces[i].embedding;
    result.table.rows.push_back({.id = entry.id,
                                 .person = entry.person,
                                 .group = entry.group,
                                 .failed = embedding.empty()});
    if (embedding.empty()) continue;
    result.numbers.columns = embedding.size();
    result.numbers.values.insert(result.numbers.values.end(), embedding.begin(), embedding.end());
    result.numbers.ids.push_back(entry.id);
    ++result.numbers.rows;
  }
  if (result.numbers.rows == 0)
    return absl::InvalidArgumentError(absl::StrCat(efface::DisplayName(set.root), ": in none of ",
                                                   faces.size(), " pictures is a face found"));
  return result;
}

std::string NpyOf(const Embedded& embedded) {
  const NumpyRows& numbers = embedded.numbers;
  std::string header = absl::StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': (",
                                    embedded.table.rows.size(), ", ", numbers.columns, "), }");
  header.append(63 - (10 + header.size()) % 64,
                ' ');  // all before the numbers: a multiple of 64 bytes
  header += '\n';
  std::string file = "\x93NUMPY";
  file +=
      {'\1', '\0', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  file += header;
  size_t row = 0;
  for (const PictureRow& picture : embedded.table.rows) {
    if (picture.failed) {
      file.append(numbers.columns * sizeof(float), '\0');
      continue;
    }
    file.append(reinterpret_cast<const char*>(numbers.values.data() + row++ * numbers.columns),
                numbers.columns * sizeof(float));
  }
  return file;
}

std::string TableOf(const Embedded& embedded) {
  const auto quoted = [](const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string result = "\"";
    for (const char c : text) {
      if (c == '"') result += '"';
      result += c;
    }
    return result + "\"";
  };
  const bool groups = embedded.table.has_groups;
  std::string text = groups ? "id,person,group,status\n" : "id,person,status\n";
  for (const PictureRow& row : embedded.table.rows)
    absl::StrAppend(&text, quoted(row.id), ",", quoted(row.person), ",",
                    groups ? quoted(row.group) + "," : "", row.failed ? "failed" : "ok", "\n");
  return text;
}

}  // namespace lineup
