// What a sweep found, for people and for programs.
#ifndef EFFACE_SWEEP_RESULTS_H_
#define EFFACE_SWEEP_RESULTS_H_

#include <string>
#include <vector>

#include "sweep/findings.h"

namespace sweep {

struct Results {
  const std::vector<Rule>& rules;
  std::vector<std::string> paths;  // what was swept
  std::vector<Finding> findings;   // those that are listed
  std::vector<bool> flagged;       // of each finding: counts for the exit code
  std::vector<Note> notes;
  int64_t files = 0, bytes = 0;

  int64_t Flagged() const { return std::count(flagged.begin(), flagged.end(), true); }
  bool Incomplete() const {
    return std::any_of(notes.begin(), notes.end(),
                       [](const Note& note) { return note.incomplete; });
  }
};

std::string Table(const Results& results);
std::string JsonText(const Results& results);   // efface-sweep/1
std::string SarifText(const Results& results);  // SARIF 2.1.0

// "in layer 2 of 5, deleted by layer 4"; empty: in none
std::string LayerWords(const Finding& finding);

}  // namespace sweep

#endif  // EFFACE_SWEEP_RESULTS_H_
