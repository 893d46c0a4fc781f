#include "sweep/findings.h"

#include <tuple>

#include "base/file.h"

namespace sweep {

std::vector<Finding> Collector::TakeFindings() {
  for (Finding& finding : findings_) finding.path = efface::DisplayName(finding.path);
  std::sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.path, a.rule, a.offset) < std::tie(b.path, b.rule, b.offset);
  });
  return std::move(findings_);
}

std::vector<Note> Collector::TakeNotes() {
  for (Note& note : notes_) note.path = efface::DisplayName(note.path);
  std::sort(notes_.begin(), notes_.end(), [](const Note& a, const Note& b) {
    return std::tie(a.path, a.sentence) < std::tie(b.path, b.sentence);
  });
  return std::move(notes_);
}

}  // namespace sweep
