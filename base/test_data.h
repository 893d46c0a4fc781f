// The labelled and hostile files that some tests read, for tests only. A test whose files are
// missing skips, and says so.
#ifndef BASE_TEST_DATA_H_
#define BASE_TEST_DATA_H_

#include <cstdlib>
#include <filesystem>

namespace efface {

// The folder that EFFACE_TEST_DATA names, else ../shared/data beside the repository, which is
// where ctest runs tests. May not exist.
inline std::filesystem::path TestData() {
  const char* folder = std::getenv("EFFACE_TEST_DATA");
  return folder != nullptr && *folder != '\0' ? folder : "../shared/data";
}

}  // namespace efface

#endif  // BASE_TEST_DATA_H_
