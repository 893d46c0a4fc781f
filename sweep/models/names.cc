#include "sweep/models/names.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace sweep {
namespace {

// Looked for within names from which all but letters and digits was taken.
constexpr std::string_view kRecognisers[] = {"arcface",
                                             "cosface",
                                             "sphereface",
                                             "adaface",
                                             "magface",
                                             "elasticface",
                                             "curricularface",
                                             "mobilefacenet",
                                             "ghostfacenet",
                                             "edgeface",
                                             "facenetpytorch",
                                             "inceptionresnetv1",
                                             "insightface",
                                             "vggface",
                                             "deepid",
                                             "lightcnn",
                                             "openface",
                                             "facerecognition",
                                             "facereidentification",
                                             "faceembedding",
                                             "webface",
                                             "glint360k",
                                             "ms1m",
                                             "iresnet"};
constexpr std::string_view kDetectors[] = {
    "retinaface", "blazeface",  "scrfd",        "yunet",          "centerface",
    "mtcnn",      "facedetect", "facelandmark", "facemesh",       "facebox",
    "ultraface",  "yoloface",   "faceboxes",    "faciallandmark", "facealignment"};
constexpr std::string_view kSpeech[] = {"speaker",        "speech",     "wav2vec",
                                        "melspectrogram", "filterbank", "fbank",
                                        "phoneme",        "tokenizer",  "vocab"};
constexpr std::string_view kEmotions[] = {"angry",    "anger",     "disgust", "fear",
                                          "happy",    "happiness", "sad",     "sadness",
                                          "surprise", "contempt",  "neutral"};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

class Collector {
 public:
  void Take(std::string_view name) {
    plain_.clear();
    std::string word;
    char before = 0;
    for (const char c : name) {
      // A word ends where letters end, and where a capital follows a small letter.
      const bool starts = IsLetter(c) && c < 'a' && before >= 'a' && before <= 'z';
      if (!IsLetter(c) || starts) TakeWord(word);
      if (IsLetter(c)) word += Lower(c);
      if (IsLetter(c) || (c >= '0' && c <= '9')) plain_ += Lower(c);
      before = c;
    }
    TakeWord(word);
    Find(kRecognisers, mentions_.recogniser);
    Find(kDetectors, mentions_.detector);
    Find(kSpeech, mentions_.speech);
  }

  Mentions Finish() {
    // "fear" and "anger" alone say little; "happy" and "happiness" are one.
    const auto has = [&](int a, int b) {
      return ((emotions_ >> a | emotions_ >> b) & 1) != 0 ? 1 : 0;
    };
    mentions_.emotions = has(0, 1) + has(2, 2) + has(3, 3) + has(4, 5) + has(6, 7) + has(8, 8) +
                         has(9, 9) + has(10, 10);
    return std::move(mentions_);
  }

 private:
  template <size_t N>
  void Find(const std::string_view (&parts)[N], std::string& found) const {
    if (!found.empty()) return;
    for (const std::string_view part : parts) {
      if (plain_.find(part) != std::string::npos) {
        found = part;
        return;
      }
    }
  }

  void TakeWord(std::string& word) {
    if (word == "age" || word == "ages") mentions_.age = true;
    if (word == "gender" || word == "genderage" || word == "agegender") mentions_.gender = true;
    if (word == "genderage" || word == "agegender") mentions_.age = true;
    if (word == "race" || word == "ethnicity") mentions_.race = true;
    if (word == "emotion" || word == "emotions") mentions_.emotion = true;
    if (word == "face" || word == "faces" || word == "facial") mentions_.face = true;
    for (size_t i = 0; i < std::size(kEmotions); ++i) {
      if (word == kEmotions[i]) emotions_ |= uint32_t{1} << i;
    }
    word.clear();
  }

  Mentions mentions_;
  std::string plain_;
  uint32_t emotions_ = 0;
};

}  // namespace

Mentions MentionsOf(const ModelFacts& facts) {
  Collector collector;
  for (const std::string& text : facts.evidence) collector.Take(text);
  for (const ModelTensor& input : facts.inputs) collector.Take(input.name);
  for (const ModelOutput& output : facts.outputs) collector.Take(output.name);
  for (const ModelTensor& weight : facts.weights) collector.Take(weight.name);
  return collector.Finish();
}

}  // namespace sweep
