// The libraries that decode and encode, for --version.
#ifndef EFFACE_MEDIA_LIBRARIES_H_
#define EFFACE_MEDIA_LIBRARIES_H_

#include <string>
#include <vector>

namespace efface {

struct LibraryVersion {
  std::string name, version;
};

// As they run, where the library tells; else as they were built against.
std::vector<LibraryVersion> MediaLibraries();

}  // namespace efface

#endif  // EFFACE_MEDIA_LIBRARIES_H_
