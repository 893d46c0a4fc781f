// Can a recogniser still find a person in a redacted picture? Searches with redacted probes in a
// gallery, against chance and against a control of the background alone.
//
// The face's place and points are those found in the unredacted picture, and used in every redacted
// one too, so that a face which isn't found can't pass for safety. Two attackers: the gallery as it
// is; and the gallery redacted in the same way as the probes (the parrot attack of Newton, Sweeney
// and Malin 2005, "Preserving privacy by de-identifying face images"). The control: the face, and
// all that masks cover, painted out in one grey, in the probes and (for the parrot) in the gallery;
// what is found then comes from hair, clothes and background.
#ifndef EFFACE_LINEUP_RUN_ATTACK_H_
#define EFFACE_LINEUP_RUN_ATTACK_H_

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lineup/population.h"
#include "lineup/run/recogniser.h"

namespace lineup {

struct RedactedFolder {
  std::string name;
  // Holds gallery/ and probes/, with the same relative paths as the folders they were made from.
  std::filesystem::path folder;
};

struct AttackOptions {
  std::filesystem::path gallery, probes;  // as ReadPictureSet
  std::vector<RedactedFolder> redacted;
  // CSV: file (gallery/PATH or probes/PATH), x, y, width, height in pixels: ellipses that masks
  // cover, several a picture if need be. A picture whose ellipses don't hold all of the face's
  // points, and every one where the file is not given, gets the ellipse of the face's place, grown
  // by control_scale.
  std::filesystem::path control_masks;
  double control_scale = 1.5;
  double margin = 0.02;  // of rank-1, for equivalence; set beforehand
  uint64_t seed = 1;
  int replicates = 1000;
  Flaws flaws = Flaws::kRefuse;
};

// "efface-lineup-attack/1" (docs/lineup-run.md lists the fields).
absl::StatusOr<nlohmann::ordered_json> Attack(
    const Recogniser& recogniser, const AttackOptions& options,
    const std::function<Progress(const std::string&)>& progress);

// One HTML file that needs no other.
std::string AttackPage(const nlohmann::ordered_json& figures);

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_ATTACK_H_
