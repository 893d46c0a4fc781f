// What the names in a model file speak of: layers, inputs and outputs, classes, labels, producers.
#ifndef EFFACE_SWEEP_MODELS_NAMES_H_
#define EFFACE_SWEEP_MODELS_NAMES_H_

#include <string>

#include "sweep/models/model.h"

namespace sweep {

struct Mentions {
  std::string
      recogniser;  // a network or loss that is known for recognising faces: "arcface"; "" none
  std::string detector;  // likewise for finding faces, or points on them
  std::string speech;    // a word that only audio and text have: "speaker"
  bool age = false, gender = false, race = false, emotion = false;  // as words of their own
  bool face = false;                                                // likewise
  int emotions = 0;  // different ones, named as labels are: "angry", "happy", ...
};

Mentions MentionsOf(const ModelFacts& facts);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_NAMES_H_
