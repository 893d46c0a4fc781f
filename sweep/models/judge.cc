// The judgement, as rules in order: the first that applies decides. Each looks for one thing, and
// says what it saw.
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "sweep/models/model.h"
#include "sweep/models/names.h"
#include "sweep/models/traits.h"

namespace sweep {
namespace {

constexpr int64_t kFewConvolutions = 8;  // less than any embedding network for faces has

struct Case {
  const ModelFacts& facts;
  Traits traits;
  Mentions mentions;
};
using Answer = std::optional<ModelVerdict>;

ModelVerdict Verdict(ModelKind kind, Confidence confidence, std::string reason) {
  return {kind, confidence, std::move(reason)};
}

// Face crops that embedding networks are made for: 112x112 (ArcFace and its kin), 112x96
// (SphereFace), 160x160 (FaceNet), 96x96 (OpenFace), 150x150 (dlib), 128x128 (Light CNN, OpenVINO's
// face-reidentification).
bool IsFaceCrop(const Picture& picture) {
  if (picture.height == 112 && picture.width == 96) return true;
  if (picture.height != picture.width) return false;
  return picture.height == 112 || picture.height == 160 || picture.height == 96 ||
         picture.height == 150 || picture.height == 128;
}

bool IsFaceVector(int64_t length) { return length == 128 || length == 256 || length == 512; }

// Numbers of persons in the sets that face recognisers are trained with; a classifier of as many is
// what is left of that.
std::string_view FaceSet(int64_t persons) {
  switch (persons) {
    case 2622:
      return "VGG-Face";
    case 8631:
      return "VGGFace2";
    case 10575:
      return "CASIA-WebFace";
    case 79077:
      return "MS-Celeb-1M";
    case 85164:
    case 85742:
      return "MS1M-ArcFace";
    case 93431:
      return "MS1M-RetinaFace";
    case 205990:
      return "WebFace4M";
    case 360232:
      return "Glint360K";
    case 617970:
      return "WebFace12M";
    default:
      return {};
  }
}

// A dense layer over a map of 7x7 (or 7x6) places, what a crop of 112x112 (112x96) becomes after
// four halvings.
bool OverSevenMap(int64_t fan_in) {
  return fan_in >= 49 * 64 && (fan_in % 49 == 0 || fan_in % 42 == 0) && fan_in <= 49 * 2048;
}

std::string Size(const Picture& picture) {
  return absl::StrCat(picture.height, "x", picture.width);
}

// --- dlib

Answer JudgeDlib(const Case& c) {
  if (c.facts.format != ModelFormat::kDlib) return std::nullopt;
  if (c.facts.operators.contains("shape_predictor")) {
    const int64_t points = c.facts.outputs.empty() || c.facts.outputs[0].shape.empty()
                               ? 0
                               : c.facts.outputs[0].shape[0];
    const bool known = points == 5 || points == 68 || points == 81 || points == 194;
    return Verdict(known ? ModelKind::kFaceDetection : ModelKind::kOther,
                   known ? Confidence::kMedium : Confidence::kLow,
                   absl::StrCat("a dlib shape predictor of ", points,
                                known ? " points, as for landmarks of a face" : " points"));
  }
  const std::string& loss = c.facts.evidence.empty() ? std::string() : c.facts.evidence[0];
  if (loss.starts_with("loss_mmod"))
    return Verdict(
        ModelKind::kFaceDetection, Confidence::kLow,
        "a dlib network that finds objects (max-margin detection), as its face detector is");
  const int64_t length = c.facts.outputs.empty() ? -1 : c.facts.outputs[0].width;
  if (loss.starts_with("loss_metric")) {
    const bool sized =
        c.traits.picture && c.traits.picture->height == 150 && c.traits.picture->width == 150;
    if (sized && length == 128)
      return Verdict(ModelKind::kFaceEmbedding, Confidence::kHigh,
                     "a dlib network trained by comparison (loss_metric) that turns a 150x150 "
                     "picture into 128 numbers: its face recogniser");
    return Verdict(
        ModelKind::kFaceEmbedding, Confidence::kMedium,
        absl::StrCat(
            "a dlib network trained by comparison (loss_metric) that turns a picture into ", length,
            " numbers, as its face recogniser"));
  }
  if (loss.starts_with("loss_multiclass") && c.traits.picture && c.traits.picture->height == 64 &&
      length == 81)
    return Verdict(ModelKind::kFaceAttributes, Confidence::kMedium,
                   "a dlib classifier of a 64x64 picture into 81 classes, as its age predictor");
  return Verdict(ModelKind::kOther, Confidence::kMedium,
                 absl::StrCat("a dlib network with ", loss));
}

// --- attributes

Answer JudgeAttributes(const Case& c) {
  const Mentions& m = c.mentions;
  const int named = (m.age ? 1 : 0) + (m.gender ? 1 : 0) + (m.race ? 1 : 0) +
                    (m.emotion || m.emotions >= 4 ? 1 : 0);
  const bool sees =
      c.traits.convolutions >= 2 && !(c.traits.graph && !c.traits.picture) && m.speech.empty();
  if (named == 0 || !sees || c.traits.boxes > 0) return std::nullopt;
  std::string what;
  const auto add = [&](bool is, std::string_view name) {
    if (is)
      absl::StrAppend(&what, what.empty() ? "" : ", ", absl::string_view(name.data(), name.size()));
  };
  add(m.age, "age");
  add(m.gender, "gender");
  add(m.race, "race");
  add(m.emotion || m.emotions >= 4, "emotion");
  const bool sure = named > 1 || m.emotions >= 5 || m.face;
  return Verdict(ModelKind::kFaceAttributes, sure ? Confidence::kMedium : Confidence::kLow,
                 absl::StrCat("takes pictures, and its names speak of ", what));
}

// A grey picture of 48x48 or 64x64 into seven or eight classes: the form of the FER sets of
// expressions.
Answer JudgeExpressionShape(const Case& c) {
  const auto& picture = c.traits.picture;
  if (!picture || picture->channels != 1 || picture->height != picture->width ||
      c.traits.vectors.size() != 1)
    return std::nullopt;
  const int64_t classes = c.traits.vectors[0].length;
  if ((picture->height != 48 && picture->height != 64) || (classes != 7 && classes != 8) ||
      c.traits.convolutions < 3)
    return std::nullopt;
  return Verdict(ModelKind::kFaceAttributes, Confidence::kLow,
                 absl::StrCat("sorts a grey ", Size(*picture), " picture into ", classes,
                              " classes, as networks for expressions do"));
}

// --- detection

Answer JudgeDetection(const Case& c) {
  if (!c.mentions.detector.empty())
    return Verdict(ModelKind::kFaceDetection, Confidence::kMedium,
                   absl::StrCat("its names speak of ", c.mentions.detector));
  if (c.traits.boxes > 0)
    return c.mentions.face
               ? Verdict(ModelKind::kFaceDetection, Confidence::kMedium,
                         "finds boxes, and its names speak of faces")
               : Verdict(ModelKind::kOther, Confidence::kHigh, "finds boxes of objects");
  for (const Vector& vector : c.traits.vectors) {
    const int64_t n = vector.length;
    if (c.traits.picture && !vector.activated &&
        (n == 136 || n == 196 || n == 212 || n == 1404 || n == 1434))
      return Verdict(ModelKind::kFaceDetection, Confidence::kMedium,
                     absl::StrCat("turns a picture into ", n,
                                  " numbers, as networks for landmarks of a face do"));
  }
  return std::nullopt;
}

// --- embeddings, of a graph

Answer JudgeClassifierOfPersons(const Case& c) {
  for (const Vector& vector : c.traits.vectors) {
    const std::string_view set = FaceSet(vector.length);
    if (!set.empty() && c.traits.convolutions >= kFewConvolutions)
      return Verdict(
          ModelKind::kFaceEmbedding, Confidence::kHigh,
          absl::StrCat("sorts pictures by ", vector.length, " persons, as many as the set ",
                       absl::string_view(set.data(), set.size()), " has"));
  }
  return std::nullopt;
}

Answer JudgeEmbeddingGraph(const Case& c) {
  const Traits& t = c.traits;
  if (!t.graph || t.vectors.size() != 1 || t.maps || t.other_inputs || t.recurrent > 0 ||
      t.boxes > 0 || t.enlarging > 0)
    return std::nullopt;
  if (t.convolutions < kFewConvolutions || !c.mentions.speech.empty()) return std::nullopt;
  const Vector& vector = t.vectors[0];
  if (vector.activated || vector.pooled || vector.changed) return std::nullopt;
  const bool named = !c.mentions.recogniser.empty();
  const bool seven =
      (vector.dense && OverSevenMap(vector.fan_in)) || (t.seven >= 1 && t.seven <= 2);
  const bool sized = t.picture && t.picture->height > 0 && t.picture->width > 0;
  const bool crop = sized && IsFaceCrop(*t.picture);
  const bool length = IsFaceVector(vector.length);

  if (crop && (length || (named && vector.length >= 64 && vector.length <= 2048))) {
    const int usual = (t.prelus > 0 ? 1 : 0) + (seven ? 1 : 0) + (vector.normalised ? 1 : 0);
    const std::string seen =
        absl::StrCat("turns a ", Size(*t.picture), " picture into a vector of ", vector.length,
                     " numbers without a classifier", t.prelus > 0 ? ", with PReLU" : "",
                     seven ? ", over a map of 7x7" : "", vector.normalised ? ", normalised" : "",
                     named ? absl::StrCat(", and its names speak of ", c.mentions.recogniser) : "");
    const bool side = t.picture->height == 112 || t.picture->height == 160;
    if (named || (side && usual >= 1 && !vector.rectified) || usual >= 2)
      return Verdict(ModelKind::kFaceEmbedding, Confidence::kHigh, seen);
    if (vector.rectified || !side)
      return Verdict(ModelKind::kFaceEmbedding, Confidence::kLow, seen);
    return Verdict(ModelKind::kFaceEmbedding, Confidence::kMedium, seen);
  }
  // The size is open, but what the last layer takes tells it.
  if (!sized && t.picture && length && (seven || named)) {
    const std::string seen =
        absl::StrCat("turns a picture into a vector of ", vector.length,
                     " numbers without a classifier", seven ? ", over a map of 7x7" : "",
                     named ? absl::StrCat(", and its names speak of ", c.mentions.recogniser) : "");
    return Verdict(ModelKind::kFaceEmbedding,
                   named || t.prelus > 0 ? Confidence::kHigh : Confidence::kMedium, seen);
  }
  // No word of the input at all, as in some formats: only what is in no other kind of network will
  // do.
  const bool silent =
      c.facts.inputs.empty() || (c.facts.inputs.size() == 1 && c.facts.inputs[0].shape.empty());
  if (silent && length && vector.dense && t.prelus >= kFewConvolutions && !vector.rectified)
    return Verdict(
        ModelKind::kFaceEmbedding,
        seven || named || vector.normalised ? Confidence::kHigh : Confidence::kMedium,
        absl::StrCat(
            "ends in a dense layer of ", vector.length, " numbers without a classifier, after ",
            t.prelus, " PReLU", seven ? ", over a map of 7x7" : "",
            named ? absl::StrCat(", and its names speak of ", c.mentions.recogniser) : ""));
  if (named && c.mentions.detector.empty() && t.picture && vector.length >= 64)
    return Verdict(ModelKind::kFaceEmbedding, Confidence::kMedium,
                   absl::StrCat("turns a picture into a vector of ", vector.length,
                                " numbers, and its names speak of ", c.mentions.recogniser));
  return std::nullopt;
}

// --- embeddings, of weights alone

Answer JudgeEmbeddingWeights(const Case& c) {
  const Traits& t = c.traits;
  if (t.graph || t.convolutions < kFewConvolutions || t.recurrent > 0 || t.first_channels > 3)
    return std::nullopt;
  const bool named = !c.mentions.recogniser.empty() && c.mentions.detector.empty();
  for (size_t i = 0; i < t.dense_weights.size(); ++i) {
    const Traits::Dense& dense = t.dense_weights[i];
    const std::string_view set = FaceSet(dense.outputs);
    if (!set.empty())
      return Verdict(ModelKind::kFaceEmbedding, Confidence::kHigh,
                     absl::StrCat("weights of a classifier of ", dense.outputs,
                                  " persons, as many as the set ",
                                  absl::string_view(set.data(), set.size()), " has"));
    const bool last = i + 1 == t.dense_weights.size();
    if (!last || !IsFaceVector(dense.outputs)) continue;
    const std::string sizes =
        absl::StrCat("weights of a network for pictures that end in a dense layer of ",
                     dense.inputs, " to ", dense.outputs);
    if (dense.inputs == 1792 || dense.inputs == 896)
      return Verdict(ModelKind::kFaceEmbedding, Confidence::kHigh,
                     absl::StrCat(sizes, ", as Inception-ResNet v1 of FaceNet"));
    const bool seven = OverSevenMap(dense.inputs) || t.seven == 1;
    if (seven && t.prelus > 0)
      return Verdict(ModelKind::kFaceEmbedding, Confidence::kHigh,
                     absl::StrCat(sizes, ", over a map of 7x7, with PReLU"));
    if (named)
      return Verdict(ModelKind::kFaceEmbedding, Confidence::kHigh,
                     absl::StrCat(sizes, ", and names speak of ", c.mentions.recogniser));
    if (seven)
      return Verdict(ModelKind::kFaceEmbedding, Confidence::kMedium,
                     absl::StrCat(sizes, ", over a map of 7x7"));
    // dlib's recogniser in TensorFlow.js (face-api).
    const bool dlib =
        !c.facts.weights.empty() && c.facts.weights[0].name.starts_with("conv32_down/");
    if (dense.outputs == 128 && dense.inputs == 256 && dlib)
      return Verdict(ModelKind::kFaceEmbedding, Confidence::kHigh,
                     absl::StrCat(sizes, ", with the names of face-api's recogniser"));
  }
  if (named) {
    return Verdict(ModelKind::kFaceEmbedding, Confidence::kLow,
                   absl::StrCat("weights of a network for pictures, whose names speak of ",
                                c.mentions.recogniser));
  }
  return std::nullopt;
}

// --- everything else

ModelVerdict JudgeRest(const Case& c) {
  const Traits& t = c.traits;
  if (!c.mentions.speech.empty())
    return Verdict(ModelKind::kOther, Confidence::kHigh,
                   absl::StrCat("its names speak of ", c.mentions.speech));
  if (t.recurrent > 0)
    return Verdict(ModelKind::kOther, Confidence::kHigh,
                   "a recurrent network, as for sound or text");
  if (t.graph && !t.picture && !c.facts.inputs.empty())
    return Verdict(ModelKind::kOther, Confidence::kHigh, "takes no picture");
  if (t.enlarging > 0)
    return Verdict(ModelKind::kOther, Confidence::kMedium, "makes pictures or maps");
  if (t.graph && t.maps)
    return Verdict(ModelKind::kOther, Confidence::kMedium, "gives maps or lists, no single vector");
  for (const Vector& vector : t.vectors) {
    if (vector.activated)
      return Verdict(ModelKind::kOther, Confidence::kMedium,
                     absl::StrCat("a classifier of ", vector.length, " classes"));
  }
  if (t.graph && !t.vectors.empty())
    return Verdict(ModelKind::kOther, Confidence::kLow,
                   absl::StrCat("gives a vector of ", t.vectors[0].length,
                                " numbers, not as a network for face crops does"));
  if (t.graph && t.picture)
    return Verdict(ModelKind::kOther, Confidence::kLow, "gives one or two numbers");
  if (!t.graph && !c.facts.weights.empty() && t.convolutions < kFewConvolutions)
    return Verdict(ModelKind::kOther, Confidence::kLow,
                   "weights of a network with few or no convolutions");
  return Verdict(ModelKind::kUnknown, Confidence::kLow,
                 "the file doesn't say enough of what it is for");
}

}  // namespace

ModelVerdict Judge(const ModelFacts& facts) {
  const Case c{facts, TraitsOf(facts), MentionsOf(facts)};
  for (const auto rule : {JudgeDlib, JudgeClassifierOfPersons, JudgeAttributes, JudgeEmbeddingGraph,
                          JudgeEmbeddingWeights, JudgeDetection, JudgeExpressionShape}) {
    if (Answer answer = rule(c)) return *std::move(answer);
  }
  return JudgeRest(c);
}

}  // namespace sweep
