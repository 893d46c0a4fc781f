// Looks at the content of one file, and of all that is packed in it.
#ifndef EFFACE_SWEEP_EXAMINE_H_
#define EFFACE_SWEEP_EXAMINE_H_

#include <absl/container/flat_hash_set.h>

#include <string>
#include <vector>

#include "sweep/archive.h"
#include "sweep/findings.h"
#include "sweep/image.h"
#include "sweep/kinds.h"
#include "sweep/matcher.h"

namespace sweep {

struct ExamineOptions {
  bool literal =
      false;  // only the literals, in files as they are: no names, hashes, archives, models
  bool mentions = false;  // comments and documentation too
  ArchiveLimits limits;
  std::string scratch = "/var/tmp";  // where files without a name go
  absl::flat_hash_set<std::string>
      own_rules;  // SHA-256 of rules files, in which all that they look for stands
};

// One for each thread; used by one at a time. Everything it is made with outlives it.
class Examiner {
 public:
  Examiner(const Matcher& matcher, const ExamineOptions& options, MemoryBudget& budget,
           Collector& collector, Images& images);

  // A file on disk, or what was read of it.
  void Examine(const std::string& path, Content content);

 private:
  struct Hits;
  void One(const std::string& path, Content& content, int depth, Unpacked& unpacked);
  void Search(const std::string& path, const Content& content, Matcher::Set set, Kind kind,
              Hits& hits);
  void SearchPart(std::string_view text, size_t fresh, bool final, int64_t offset, int64_t line,
                  Matcher::Set set, Kind kind, Hits& hits);
  void Packages(const std::string& path, Content& content, Hits& hits);
  bool Model(const std::string& path, Content& content, Hits& hits);
  void EmbeddedModels(Content& content, Hits& hits);
  void Judged(const ModelFacts& facts, int64_t inside, Hits& hits);
  void Hash(const Content& content, Hits& hits);
  void Unpack(const std::string& path, const Content& content, int depth, Unpacked& unpacked);

  const Matcher& matcher_;
  const ExamineOptions& options_;
  MemoryBudget& budget_;
  Collector& collector_;
  Images& images_;
  std::vector<PatternSet::Scratch> scratches_;
  efface::Bytes buffer_;
  std::vector<int64_t> marks_;  // of one binary: where a model may begin
  std::vector<Match> matches_;
};

}  // namespace sweep

#endif  // EFFACE_SWEEP_EXAMINE_H_
