// Joins the sections, and says in words what they mean.
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "lineup/odds.h"
#include "lineup/rates.h"
#include "lineup/report.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

std::string Within(const Json& rate) {
  if (rate["low"].is_null()) return "";
  if (rate["bound_if_none"].get<bool>())
    return absl::StrCat(" (at most ", Count(100 * rate["high"].get<double>()), " %)");
  return absl::StrCat(" (95 % interval ", Count(100 * rate["low"].get<double>()), " to ",
                      Count(100 * rate["high"].get<double>()), " %)");
}

// The order of persons doesn't matter to the draws, so whether two reports are of the same persons
// is told by a hash of all names that doesn't depend on it either.
std::string PersonsHash(const Population& people) {
  uint64_t all = 0;
  for (const std::string& name : people.persons) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    all += hash * (hash | 1);
  }
  return absl::StrCat(absl::Hex(all, absl::kZeroPad16));
}

}  // namespace

Json Figures(const Study& study, const std::vector<LeftOut>& left_out,
             const std::vector<std::string>& notes, const Progress& progress) {
  const Resampler resampler(study.people().persons, study.settings.seed, study.settings.replicates);
  const std::vector<OperatingPoint> points = OperatingPoints(study);
  Json left = Json::array();
  for (const LeftOut& kind : left_out)
    left.push_back({{"what", kind.what}, {"count", kind.count}, {"first", kind.example}});
  Json figures = {
      {"format", "efface-lineup/1"},
      {"tool", {{"name", "efface-lineup"}, {"version", EFFACE_VERSION}}},
      {"name", study.name},
      {"higher_is_same", study.direction == Direction::kHigherIsSame},
      {"input", study.embeddings ? "embeddings" : "scores"},
      {"settings",
       {{"seed", study.settings.seed},
        {"replicates", resampler.replicates()},
        {"common_fmr", study.settings.common_fmr},
        {"alpha", study.settings.alpha}}},
      {"persons_hash", PersonsHash(study.people())},
      {"population", PopulationFigures(study)},
      {"left_out", left},
      {"notes", notes},
      {"verification", VerificationFigures(study, points, resampler)},
      {"identification", IdentificationFigures(study, points, resampler, progress)},
      {"differentials", DifferentialFigures(study, CommonPoint(study, points), resampler)}};
  if (study.embeddings)
    figures["input_details"] = {
        {"dimensions", study.embeddings->dimensions},
        {"metric", study.embeddings->metric == Metric::kCosine ? "cosine" : "euclidean"}};
  figures["summary"] = SummaryOf(figures);
  return figures;
}

std::vector<std::string> SummaryOf(const Json& figures) {
  std::vector<std::string> text;
  const Json& people = figures["population"];
  const Json& verification = figures["verification"];
  text.push_back(absl::StrCat("This report measures how often ", figures["name"].get<std::string>(),
                              " is wrong, on ", Count(people["pictures"].get<double>()),
                              " pictures of ", Count(people["persons"].get<double>()), " persons: ",
                              Count(verification["impostor_comparisons"].get<double>()),
                              " comparisons of two different people and ",
                              Count(verification["genuine_comparisons"].get<double>()),
                              " of one person with himself or herself."));
  if (const Json& failures = verification["failures"]; failures.contains("to_acquire")) {
    if (failures["to_acquire"]["errors"] > 0)
      text.push_back(failures["in_words"].get<std::string>());
  } else if (const Json& failed = failures["genuine_comparisons_that_failed"];
             failed["errors"] > 0) {
    text.push_back(absl::StrCat("The recogniser failed in ",
                                InWords(failed["value"].get<double>(), "comparisons of one person"),
                                Within(failed), "."));
  }
  const Json* strictest = nullptr;
  for (const Json& point : verification["operating_points"])
    if (point["reachable"].get<bool>() && !point["target"].is_null() && point.contains("fmr"))
      strictest = &point;
  if (strictest != nullptr) {
    const double rate = (*strictest)["fmr"]["value"].get<double>();
    const Json& fnmr = (*strictest)["fnmr"];
    std::string sentence = absl::StrCat(
        "At the strictest threshold that these data can judge, two different people are taken for "
        "one person in ",
        InWords(rate, "comparisons"));
    if (!fnmr["value"].is_null())
      absl::StrAppend(&sentence, ", and two pictures of one person are taken for two people in ",
                      Count(100 * fnmr["value"].get<double>()), " % of the comparisons",
                      Within(fnmr));
    text.push_back(absl::StrCat(sentence, "."));
    for (const double gallery : {10'000.0, 1'000'000.0}) {
      const auto odds = OddsOf({.fmr = rate, .gallery = gallery});
      if (odds.ok() && rate > 0)
        text.push_back(absl::StrCat("At that rate, searching ", Count(gallery),
                                    " people for someone who is not among them would return ",
                                    Count(odds->innocents),
                                    " innocent people in the mean, and at least one in ",
                                    InWords(odds->some_innocent, "searches"),
                                    ", if comparisons err independently; that is "
                                    "arithmetic, not a measurement."));
    }
  }
  if (const Json& search = figures["identification"]; search["measured"].get<bool>()) {
    const Json* last = nullptr;
    for (const Json& row : search["galleries"])
      for (const Json& at : row["thresholds"])
        if (at.contains("in_words")) last = &at;
    if (last != nullptr) {
      std::string sentence = (*last)["in_words"].get<std::string>();
      if (sentence.ends_with('.')) sentence.pop_back();
      text.push_back(absl::StrCat("Measured: ", sentence, Within((*last)["fpir"]), "."));
    }
  } else {
    text.push_back(absl::StrCat("Searches in a gallery (1:N) were not measured. ",
                                search["why"].get<std::string>()));
  }
  if (const Json& groups = figures["differentials"]; groups["measured"].get<bool>()) {
    const Json& ratio = groups["summary"]["fmr_max_over_min"];
    if (!ratio["value"].is_null())
      text.push_back(absl::StrCat(
          "The group that is mistaken most often is mistaken ", Count(ratio["value"].get<double>()),
          " times as often as the one that is least often",
          ratio["low"].is_null()
              ? ""
              : absl::StrCat(" (95 % interval ", Count(ratio["low"].get<double>()), " to ",
                             Count(ratio["high"].get<double>()), ")"),
          ratio["by_chance"].is_null()
              ? "."
              : absl::StrCat("; were all groups equal, chance alone would show up to ",
                             Count(ratio["by_chance"].get<double>()),
                             " in 95 of 100 such studies.")));
    for (const Json& sentence : groups["found"]) text.push_back(sentence.get<std::string>());
    if (groups["found"].empty() && groups["tests"].get<int>() > 0)
      text.push_back(
          "No group's rate differs from the others' beyond chance in these data; that is not a "
          "proof of equality: see the smallest "
          "difference that could have been found.");
    for (const Json& sentence : groups["undefined"]) text.push_back(sentence.get<std::string>());
  } else {
    text.push_back(absl::StrCat("Differences between groups were not measured. ",
                                groups["why"].get<std::string>()));
  }
  text.push_back(
      "The figures hold for these pictures and people. Other cameras, light, ages and people give "
      "other rates; a threshold "
      "set here has another false match rate elsewhere.");
  return text;
}

}  // namespace lineup
