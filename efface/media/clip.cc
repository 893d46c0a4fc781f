// Tells which family a clip belongs to, and loads the library of FFmpeg's family when it is first
// needed.
#include "efface/media/clip.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/status.h"
#include "efface/media/av/library.h"
#include "efface/media/format.h"

namespace efface {
namespace {

// The first `count` bytes of the file, or all where it has fewer.
absl::StatusOr<Bytes> ReadStart(int fd, size_t count) {
  struct stat file;
  if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
    return absl::FailedPreconditionError("it is not a regular file");
  }
  Bytes bytes(std::min<size_t>(count, static_cast<size_t>(file.st_size)));
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got =
        pread(fd, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::UnavailableError("the file can't be read");
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

// ../lib/efface/libefface-av.so from the program's own folder: both as built and as installed.
absl::StatusOr<OpenAvClipFunction*> LoadAvLibrary() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string path =
      (program.parent_path().parent_path() / "lib/efface/libefface-av.so").string();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed
  void* entry = library == nullptr ? nullptr : dlsym(library, kOpenAvClipName);
  if (entry == nullptr) {
    const char* reason = dlerror();
    return absl::UnavailableError(
        absl::StrCat("the part of Efface that reads clips can't be loaded: ",
                     reason == nullptr ? "it has no entry" : reason));
  }
  return reinterpret_cast<OpenAvClipFunction*>(entry);
}

absl::StatusOr<std::unique_ptr<ClipReader>> OpenInAvLibrary(int fd,
                                                            const ClipReadOptions& options) {
  ASSIGN_OR_RETURN(OpenAvClipFunction * open, LoadAvLibrary());
  absl::Status status;
  std::unique_ptr<ClipReader> reader(open(fd, options, status));
  if (reader == nullptr) return status;
  return reader;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ClipReader>> OpenClip(int fd, const ClipReadOptions& options) {
  constexpr size_t kHead = 4096;
  constexpr size_t kMostOfAnimation = size_t{512} << 20;
  ASSIGN_OR_RETURN(Bytes bytes, ReadStart(fd, kHead));
  Format format = SniffFormat(bytes);
  if (format == Format::kGif || format == Format::kPng || format == Format::kWebp) {
    // Whether these move is told by what may stand far behind the start.
    ASSIGN_OR_RETURN(bytes, ReadStart(fd, kMostOfAnimation));
    format = SniffFormat(bytes);
  }
  bytes = Bytes();
  switch (format) {
    case Format::kClip:
      return OpenInAvLibrary(fd, options);
    case Format::kAnimatedGif:
      return OpenGifClip(fd, options);
    case Format::kAnimatedPng:
      return OpenApngClip(fd, options);
    case Format::kAnimatedWebp:
      return OpenWebpClip(fd, options);
    case Format::kImageSequence:
      return absl::UnimplementedError("Efface does not redact HEIF image sequences");
    case Format::kUnknown:
      return absl::InvalidArgumentError("it is neither a picture nor a clip that Efface knows of");
    default: {
      const std::string_view name = FormatName(format);
      return absl::InvalidArgumentError(absl::StrCat(
          "it is a picture (", absl::string_view(name.data(), name.size()), "), not a clip"));
    }
  }
}

}  // namespace efface
