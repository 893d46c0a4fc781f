// Which files a command line means, and where their results go.
#ifndef EFFACE_JOB_INPUTS_H_
#define EFFACE_JOB_INPUTS_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace efface {

struct Input {
  std::filesystem::path path;
  std::filesystem::path output;         // where its redacted form goes
  std::filesystem::path record_folder;  // of its record, below --record-dir
  bool named = true;                    // given by name; false: found in a folder
  bool sidecars = true;                 // such files may lie beside it
};

// A file that is not processed, and why: one sentence.
struct Refusal {
  std::filesystem::path path;
  std::string sentence;
};

struct Inputs {
  std::optional<std::filesystem::path> root;  // of all outputs, where they have one of their own
  std::vector<Input> files;                   // sorted within each folder
  std::vector<Refusal>
      failures;  // missing or unreadable paths and folders, two inputs with one output
  std::vector<Refusal> notices;  // sidecars left out, empty folders
};

// Lists `paths`, folders with all below them. Symbolic links are followed; each real folder is
// entered once, so loops end. With `output_dir`, a file goes to output_dir/NAME and a folder's
// files to output_dir/PATH_IN_FOLDER; without, photo.jpg goes to photo_redacted.jpg beside it, and
// a folder's files to FOLDER_redacted/PATH_IN_FOLDER, where `ending` is "_redacted". `output_dir`
// itself, where it lies in a folder that is listed, is left out; so are records.
Inputs ListInputs(const std::vector<std::filesystem::path>& paths,
                  const std::optional<std::filesystem::path>& output_dir,
                  const std::string& ending = "_redacted");

// The files beside `photo` that cameras and editors keep with it: XMP and AAE, and the clip of a
// Live Photo.
std::vector<std::filesystem::path> SidecarsOf(const std::filesystem::path& photo);

// "sidecar-xmp", "sidecar-aae" or "sidecar-clip".
std::string SidecarKind(const std::filesystem::path& sidecar);

// The part of a name behind its last dot, in lower case (ASCII).
std::string LowerEnding(const std::filesystem::path& path);

inline constexpr char kRecordEnding[] = ".efface.json";

}  // namespace efface

#endif  // EFFACE_JOB_INPUTS_H_
