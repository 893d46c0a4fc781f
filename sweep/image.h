// Container images: which layer a file lies in, and whether a higher one deletes it.
//
// Layers are archives, and are swept as such. Beside that, this keeps what says how they belong
// together: manifest.json of docker-save, the manifests of an OCI layout, and the whiteouts in each
// layer (".wh.NAME" deletes NAME below, ".wh..wh..opq" all that lower layers have in that folder).
#ifndef EFFACE_SWEEP_IMAGE_H_
#define EFFACE_SWEEP_IMAGE_H_

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/findings.h"

namespace sweep {

// Threads may add at once.
class Images {
 public:
  // True where the file at `path` may be a manifest, so that AddManifest wants its content.
  static bool MayBeManifest(std::string_view path, int64_t size);
  // Takes note of the file's layers, if it is a manifest.
  void AddManifest(std::string_view path, std::string_view content);
  // `path` is outer!inner; nothing happens where it isn't a whiteout's.
  void AddName(std::string_view archive, std::string_view name);

  // Says of each finding that lies in a layer which one it is. Once no thread adds any more.
  void Place(std::vector<Finding>& findings) const;

 private:
  std::mutex mutex_;
  std::vector<std::vector<std::string>> images_;  // paths of layers, lowest first
  std::map<std::string, std::vector<std::string>>
      deleted_;  // by layer: paths; those of whole folders end in /
};

}  // namespace sweep

#endif  // EFFACE_SWEEP_IMAGE_H_
