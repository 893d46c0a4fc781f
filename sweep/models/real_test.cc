// Real model files, as scripts/sweep-packages fetches them (tests/sweep_packages.yaml names each,
// and what it is): those of packages that aren't there are skipped, with a message.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "sweep/models/model.h"

namespace sweep {
namespace {

constexpr char kList[] = "tests/sweep_packages.yaml";

std::filesystem::path Cache() {
  const char* folder = std::getenv("EFFACE_SWEEP_PACKAGES");
  return folder != nullptr && *folder != '\0' ? folder : ".deps/sweep-packages";
}

// A file in memory while this stands, or nothing.
class Mapped {
 public:
  explicit Mapped(const std::filesystem::path& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
      size_ = static_cast<size_t>(status.st_size);
      bytes_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    }
    if (file >= 0) close(file);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  ~Mapped() {
    if (mapped()) munmap(bytes_, size_);
  }
  bool mapped() const { return bytes_ != MAP_FAILED; }
  std::span<const uint8_t> bytes() const { return {static_cast<const uint8_t*>(bytes_), size_}; }

 private:
  void* bytes_ = MAP_FAILED;
  size_t size_ = 0;
};

struct Package {
  std::string name;
  std::filesystem::path folder;  // below which the paths of its models begin
  YAML::Node models;             // path: kind
};

// Those of the list that ship models, and lie in the cache folder.
std::vector<Package> Packages(size_t& missing) {
  std::vector<Package> packages;
  for (const YAML::Node& entry : YAML::LoadFile(kList)["packages"]) {
    if (!entry["models"]) continue;
    const std::string registry = entry["registry"].as<std::string>(),
                      name = entry["name"].as<std::string>();
    std::string label = registry + "-" + name + "-" + entry["version"].as<std::string>();
    for (char& c : label) c = c == '/' || c == ':' ? '-' : c;
    Package package{label, Cache() / label, entry["models"]};
    if (registry == "pypi") package.folder /= "lib/python3.11/site-packages";
    if (registry == "npm") package.folder /= "node_modules/" + name;
    if (std::filesystem::is_directory(package.folder)) {
      packages.push_back(std::move(package));
    } else {
      ++missing;
    }
  }
  return packages;
}

TEST(RealModels, AreWhatTheListSays) {
  if (!std::filesystem::exists(kList))
    GTEST_SKIP() << kList << " isn't here: run from the repository's root";
  size_t missing = 0, models = 0;
  for (const Package& package : Packages(missing)) {
    for (const auto& model : package.models) {
      const std::string path = model.first.as<std::string>();
      SCOPED_TRACE(package.name + ": " + path);
      const Mapped file(package.folder / path);
      ASSERT_TRUE(file.mapped());
      const auto facts = ReadModel(path, file.bytes());
      ASSERT_TRUE(facts.ok()) << facts.status();
      ASSERT_TRUE(facts->has_value());
      const ModelVerdict verdict = Judge(**facts);
      EXPECT_EQ(ModelKindName(verdict.kind), model.second.as<std::string>()) << verdict.reason;
      ++models;
    }
  }
  if (models == 0)
    GTEST_SKIP() << "none of the packages with models is in " << Cache()
                 << ": run scripts/sweep-packages";
  if (missing > 0)
    GTEST_SKIP() << models << " models are what they should be, but " << missing
                 << " packages are missing: run scripts/sweep-packages";
}

// Every file of every package, whatever it is: no false alarm but in those named as face
// embeddings, no fault.
TEST(RealModels, NothingElseIsTakenForAFaceEmbedding) {
  if (!std::filesystem::exists(kList))
    GTEST_SKIP() << kList << " isn't here: run from the repository's root";
  size_t missing = 0, files = 0;
  for (const Package& package : Packages(missing)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(package.folder)) {
      if (!entry.is_regular_file() || entry.file_size() == 0) continue;
      const std::string path = entry.path().lexically_relative(package.folder).string();
      const Mapped file(entry.path());
      ASSERT_TRUE(file.mapped());
      ++files;
      const auto facts = ReadModel(path, file.bytes());
      ASSERT_TRUE(facts.ok()) << entry.path() << ": " << facts.status();
      if (!*facts) continue;
      const bool named =
          package.models[path] && package.models[path].as<std::string>() == "face_embedding";
      EXPECT_EQ(Judge(**facts).kind == ModelKind::kFaceEmbedding, named) << entry.path();
    }
  }
  if (files == 0)
    GTEST_SKIP() << "none of the packages with models is in " << Cache()
                 << ": run scripts/sweep-packages";
}

}  // namespace
}  // namespace sweep
