#include "lineup/run/attack.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/file.h"
#include "base/status.h"
#include "lineup/csv.h"
#include "lineup/gate.h"
#include "lineup/odds.h"
#include "lineup/run/equivalence.h"
#include "lineup/run/searches.h"

namespace lineup {
namespace {

using absl::InvalidArgumentError;
using absl::StrCat;
using Json = nlohmann::ordered_json;
using Masks = absl::flat_hash_map<std::string, std::vector<Box>>;  // by gallery/PATH or probes/PATH

constexpr double kFpir = 0.01;

// One side of the searches: gallery or probes, those pictures alone that all can be compared by.
struct Pictures {
  std::string name;  // "gallery" or "probes"
  PictureSet set;
  std::vector<Recogniser::Face> faces;
  std::vector<bool> usable;

  std::string path(size_t i) const { return StrCat(name, "/", set.entries[i].id); }
};

absl::StatusOr<Masks> ReadMasks(const std::filesystem::path& path) {
  Masks masks;
  if (path.empty()) return masks;
  ASSIGN_OR_RETURN(CsvReader csv, CsvReader::Open(path));
  std::array<int, 4> columns = {};
  for (const auto& [i, name] : {std::pair{0, "x"}, {1, "y"}, {2, "width"}, {3, "height"}})
    columns[static_cast<size_t>(i)] = csv.Column(name);
  const int file = csv.Column("file");
  if (file < 0 || std::any_of(columns.begin(), columns.end(), [](int c) { return c < 0; }))
    return InvalidArgumentError("needs the columns file, x, y, width and height");
  for (;;) {
    ASSIGN_OR_RETURN(const bool any, csv.Next());
    if (!any) return masks;
    std::array<double, 4> value = {};
    for (size_t i = 0; i < 4; ++i)
      if (!ParseNumber(csv.field(columns[i]), value[i]) || !(std::abs(value[i]) < 1e6))
        return InvalidArgumentError(
            StrCat(AtLine(csv), "not a number of pixels: ", std::string(csv.field(columns[i]))));
    masks[std::string(csv.field(file))].push_back({value[0], value[1], value[2], value[3]});
  }
}

bool Holds(const Box& box, const Point& point) {
  const double x = (point.x - box.x - box.width / 2) / (box.width / 2),
               y = (point.y - box.y - box.height / 2) / (box.height / 2);
  return x * x + y * y <= 1;
}

// The ellipses to paint out: those of the masks, and that of the face where they don't hold it all.
std::vector<Box> ControlEllipses(const Masks& masks, const std::string& path, const Place& place,
                                 double scale, bool& covered) {
  std::vector<Box> ellipses;
  if (const auto found = masks.find(path); found != masks.end()) ellipses = found->second;
  covered = std::all_of(place.points.begin(), place.points.end(), [&](const Point& point) {
    return std::any_of(ellipses.begin(), ellipses.end(),
                       [&](const Box& box) { return Holds(box, point); });
  });
  if (!covered) {
    const Box& box = place.box;
    ellipses.push_back({box.x + box.width * (1 - scale) / 2, box.y + box.height * (1 - scale) / 2,
                        box.width * scale, box.height * scale});
  }
  return ellipses;
}

// Pictures of one method, or the control: of both sides.
struct Method {
  std::string name;
  bool control = false;
  std::array<std::vector<Recogniser::Face>, 2> faces;  // gallery, probes
};

std::string Percent(const Json& value) {
  return absl::StrFormat("%.1f %%", 100 * value.get<double>());
}

std::string Verdict(const Json& test, double margin) {
  if (test["equivalent"].get<bool>()) return "equivalent";
  const double low = test["low_90"].get<double>(), high = test["high_90"].get<double>();
  if (low >= margin) return "much more";
  if (low > 0) return "more";
  if (high < 0) return "less";
  return "undecided";
}

std::string InWords(const Json& method, const Json& control, double margin) {
  const std::string name = method["name"].get<std::string>();
  std::string text;
  for (const auto& [key, how] : {std::pair{"clear_gallery", "against clear pictures"},
                                 {"parrot", "against pictures redacted alike"}}) {
    const Json& attack = method["attacks"][key];
    absl::StrAppend(&text, text.empty() ? StrCat(name, ": ") : "; ", how,
                    " the recogniser names the right person in ",
                    Percent(attack["rank_1"]["value"]), " (95 % interval ",
                    Percent(attack["rank_1"]["low"]), " to ", Percent(attack["rank_1"]["high"]),
                    "), the control in ", Percent(control["attacks"][key]["rank_1"]["value"]));
    const std::string verdict = attack["verdict"].get<std::string>();
    const std::string points = absl::StrFormat("%g points", 100 * margin);
    if (verdict == "equivalent")
      absl::StrAppend(&text, ": equal within ", points, ", shown by a test");
    if (verdict == "much more")
      absl::StrAppend(&text, ": it gives away at least ", points, " more");
    if (verdict == "more") absl::StrAppend(&text, ": it gives away more");
    if (verdict == "less")
      absl::StrAppend(&text, ": less than the control, so equality isn't shown");
    if (verdict == "undecided")
      absl::StrAppend(&text, ": neither a difference nor equality within ", points,
                      " is shown (the test would show equality in ",
                      Percent(attack["against_control"]["power_if_equal"]), " of such studies; ",
                      Count(attack["against_control"]["probes_for_power_80"].get<double>()),
                      " probes would make that 80 %)");
  }
  return text + ".";
}

std::vector<std::string> Summary(const Json& figures) {
  const Json& methods = figures["methods"];
  const Json& clear = methods[0];
  const Json& control = methods[methods.size() - 1];
  const double margin = figures["settings"]["margin"].get<double>();
  std::vector<std::string> text;
  text.push_back(StrCat("A recogniser (", figures["recogniser"]["name"].get<std::string>(),
                        ") was shown ", Count(figures["probes"].get<double>()),
                        " pictures and asked which of ", Count(figures["persons"].get<double>()),
                        " people each shows. Blind guessing is right in ",
                        Percent(clear["attacks"]["clear_gallery"]["rank_1"]["chance"]),
                        ". Unredacted, it is right in ",
                        Percent(clear["attacks"]["clear_gallery"]["rank_1"]["value"]), "."));
  text.push_back(StrCat(
      "Control: with the face, and all that masks cover, painted out grey, it is right in ",
      Percent(control["attacks"]["clear_gallery"]["rank_1"]["value"]),
      " against clear pictures and in ", Percent(control["attacks"]["parrot"]["rank_1"]["value"]),
      " against pictures painted alike. That comes from hair, clothes and background, which "
      "redaction of faces leaves: pictures of one event link people by their background."));
  std::string equal;
  for (const Json& method : methods) {
    if (&method == &clear || method["control"].get<bool>()) continue;
    text.push_back(InWords(method, control, margin));
    if (method["nothing_beyond_control"].get<bool>())
      absl::StrAppend(&equal, equal.empty() ? "" : ", ", method["name"].get<std::string>());
  }
  text.push_back(equal.empty()
                     ? absl::StrFormat("For no method is it shown that it gives nothing beyond the "
                                       "control (within %g points, in both attacks).",
                                       100 * margin)
                     : StrCat("Nothing beyond the control, within ",
                              absl::StrFormat("%g points", 100 * margin),
                              " and in both attacks, is given by: ", equal, "."));
  text.push_back(
      "The figures hold for this recogniser, these pictures and these settings. A stronger "
      "attacker, trained on redacted pictures, may do better; where nothing of a face is left in a "
      "picture, no attacker can.");
  return text;
}

}  // namespace

void PaintEllipse(const Box& box, Picture& picture) {
  const double ry = box.height / 2, rx = box.width / 2;
  if (!(rx > 0) || !(ry > 0)) return;
  for (int y = std::max(0, static_cast<int>(std::floor(box.y)));
       y < picture.height && y <= box.y + box.height; ++y) {
    for (int x = std::max(0, static_cast<int>(std::floor(box.x)));
         x < picture.width && x <= box.x + box.width; ++x) {
      // The middle of a pixel, as masks have it.
      const double dx = (x + 0.5 - box.x - rx) / rx, dy = (y + 0.5 - box.y - ry) / ry;
      if (dx * dx + dy * dy <= 1) std::fill_n(picture.at(x, y), 3, uint8_t{128});
    }
  }
}

absl::StatusOr<Json> Attack(const Recogniser& recogniser, const AttackOptions& options,
                            const std::function<Progress(const std::string&)>& progress) {
  std::array<Pictures, 2> sides = {Pictures{.name = "gallery"}, Pictures{.name = "probes"}};
  std::vector<LeftOut> left_out;
  Gate gate(options.flaws, left_out);
  auto masks = ReadMasks(options.control_masks);
  if (!masks.ok())
    return absl::Status(masks.status().code(), StrCat(efface::DisplayName(options.control_masks),
                                                      ": ", std::string(masks.status().message())));
  std::vector<LeftOut> counted;  // what isn't refused, but said
  Gate counter(Flaws::kLeaveOut, counted);

  for (size_t s = 0; s < 2; ++s) {
    Pictures& side = sides[s];
    ASSIGN_OR_RETURN(side.set,
                     ReadPictureSet(s == 0 ? options.gallery : options.probes, {}, options.flaws));
    for (const LeftOut& left : side.set.left_out) left_out.push_back(left);
    // Every file first, so that what lacks is said before hours of work.
    side.usable.assign(side.set.entries.size(), true);
    for (size_t i = 0; i < side.set.entries.size(); ++i) {
      for (const RedactedFolder& redacted : options.redacted) {
        std::error_code error;
        if (!side.usable[i] ||
            std::filesystem::is_regular_file(redacted.folder / side.path(i), error))
          continue;
        RETURN_IF_ERROR(gate.Flaw("a redacted picture is missing",
                                  efface::DisplayName(redacted.folder / side.path(i))));
        side.usable[i] = false;
      }
    }
  }
  Method clear{.name = "unredacted"};
  for (Pictures& side : sides) {
    Recogniser::Job job{.progress = progress(StrCat("finding and embedding the ", side.name))};
    for (const PictureEntry& entry : side.set.entries) {
      job.files.push_back(entry.file);
      job.boxes.push_back(entry.box);
    }
    ASSIGN_OR_RETURN(side.faces, recogniser.Run(job));
    for (size_t i = 0; i < side.faces.size(); ++i) {
      if (!side.faces[i].read.ok()) {
        RETURN_IF_ERROR(gate.Flaw("a picture can't be read",
                                  StrCat(efface::DisplayName(side.set.entries[i].file), " ",
                                         std::string(side.faces[i].read.message()))));
        side.usable[i] = false;
      } else if (!side.faces[i].place) {
        RETURN_IF_ERROR(counter.Flaw(
            StrCat("unredacted pictures of the ", side.name, " in which no face is found"),
            side.path(i)));
        side.usable[i] = false;
      }
    }
    clear.faces[&side == &sides[1]] = side.faces;
  }

  std::vector<Method> methods = {std::move(clear)};
  for (const RedactedFolder& redacted : options.redacted)
    methods.push_back({.name = redacted.name});
  methods.push_back({.name = "control: painted out", .control = true});
  size_t bare = 0, masked = 0;
  for (size_t m = 1; m < methods.size(); ++m) {
    for (size_t s = 0; s < 2; ++s) {
      Pictures& side = sides[s];
      std::vector<size_t> places;
      Recogniser::Job job{.progress = progress(StrCat(methods[m].name, ", ", side.name))};
      for (size_t i = 0; i < side.set.entries.size(); ++i) {
        if (!side.usable[i]) continue;
        places.push_back(i);
        job.files.push_back(methods[m].control ? side.set.entries[i].file
                                               : options.redacted[m - 1].folder / side.path(i));
        job.found.push_back(side.faces[i].place);
      }
      std::vector<std::vector<Box>> ellipses(places.size());
      if (methods[m].control) {
        for (size_t k = 0; k < places.size(); ++k) {
          bool covered = false;
          ellipses[k] = ControlEllipses(*masks, side.path(places[k]), *side.faces[places[k]].place,
                                        options.control_scale, covered);
          ++(covered ? masked : bare);
        }
        job.change = [&](size_t k, Picture& picture) {
          for (const Box& box : ellipses[k]) PaintEllipse(box, picture);
        };
      }
      ASSIGN_OR_RETURN(auto faces, recogniser.Run(job));
      methods[m].faces[s].resize(side.set.entries.size());
      for (size_t k = 0; k < places.size(); ++k) {
        const size_t i = places[k];
        if (!faces[k].read.ok()) {
          RETURN_IF_ERROR(gate.Flaw("a redacted picture can't be read",
                                    StrCat(efface::DisplayName(job.files[k]), " ",
                                           std::string(faces[k].read.message()))));
          side.usable[i] = false;
        } else if (faces[k].width != side.faces[i].width ||
                   faces[k].height != side.faces[i].height) {
          RETURN_IF_ERROR(gate.Flaw("a redacted picture has another size than its original",
                                    efface::DisplayName(job.files[k])));
          side.usable[i] = false;
        }
        methods[m].faces[s][i] = std::move(faces[k]);
      }
    }
  }

  // Persons of the gallery, by name; probes of others can't be found.
  std::map<std::string, size_t> numbers;
  std::vector<std::string> names;
  for (size_t i = 0; i < sides[0].usable.size(); ++i)
    if (const std::string& name = sides[0].set.entries[i].person;
        sides[0].usable[i] && numbers.try_emplace(name, names.size()).second)
      names.push_back(name);
  for (size_t i = 0; i < sides[1].usable.size(); ++i) {
    if (!sides[1].usable[i] || numbers.contains(sides[1].set.entries[i].person)) continue;
    RETURN_IF_ERROR(
        counter.Flaw("probes whose person has no usable picture in the gallery", sides[1].path(i)));
    sides[1].usable[i] = false;
  }
  std::array<std::vector<size_t>, 2> used;
  std::array<std::vector<size_t>, 2> person;
  for (size_t s = 0; s < 2; ++s) {
    for (size_t i = 0; i < sides[s].usable.size(); ++i) {
      if (!sides[s].usable[i]) continue;
      used[s].push_back(i);
      person[s].push_back(numbers.at(sides[s].set.entries[i].person));
    }
  }
  const std::set<size_t> sought(person[1].begin(), person[1].end());
  if (names.size() < 2 || sought.size() < 2)
    return InvalidArgumentError(
        StrCat("searches need two people with a picture in the gallery and another among the "
               "probes; there are ",
               sought.size()));

  const Resampler resampler(names, options.seed, options.replicates);
  std::vector<Replicates> weights;
  for (size_t p = 0; p < names.size(); ++p)
    weights.push_back(resampler.Sums([p](size_t q) { return q == p ? 1.0 : 0.0; }));

  const auto gallery = static_cast<double>(names.size());
  Json rows = Json::array();
  std::map<std::string, std::vector<std::vector<double>>> rank_1;  // by attack: of each method
  size_t false_positives = 0;
  for (const Method& method : methods) {
    const auto templates = [&](const Method& of, size_t s) {
      Templates result{.person = person[s]};
      for (const size_t i : used[s]) result.embeddings.push_back(of.faces[s][i].embedding);
      return result;
    };
    Json attacks;
    for (const auto& [key, of] :
         {std::pair<const char*, const Method*>{"clear_gallery", &methods[0]},
          {"parrot", &method}}) {
      const Searches searches =
          Search(templates(method, 1), templates(*of, 0), names.size(), recogniser.metric());
      const std::vector<double> first = FoundWithin(searches, 1), ten = FoundWithin(searches, 10);
      const Identified identified = IdentifiedAt(searches, kFpir, weights);
      false_positives = std::max(false_positives, identified.false_positives);
      attacks[key] = {
          {"rank_1", ShareFigures(first, person[1], weights, 1 / gallery)},
          {"rank_10", ShareFigures(ten, person[1], weights, std::min(1.0, 10 / gallery))},
          {"tpir_at_fpir_0.01",
           ShareFigures(identified.found, identified.replicates, kFpir / (gallery - 1))}};
      attacks[key]["tpir_at_fpir_0.01"]["false_positives"] = identified.false_positives;
      rank_1[key].push_back(first);
    }
    rows.push_back({{"name", method.name}, {"control", method.control}, {"attacks", attacks}});
  }
  for (size_t m = 1; m + 1 < methods.size(); ++m) {
    bool all = true;
    for (const auto& [key, of] : rank_1) {
      Json& attack = rows[m]["attacks"][key];
      attack["against_control"] =
          ToJson(TestEquivalence(of[m], of.back(), person[1], options.margin));
      attack["verdict"] = Verdict(attack["against_control"], options.margin);
      all = all && attack["verdict"] == "equivalent";
    }
    rows[m]["nothing_beyond_control"] = all;
  }
  Json left = Json::array();
  for (const auto* kinds : {&left_out, &counted})
    for (const LeftOut& kind : *kinds)
      left.push_back({{"what", kind.what}, {"count", kind.count}, {"first", kind.example}});
  Json figures = {{"format", "efface-lineup-attack/1"},
                  {"tool", {{"name", "efface-lineup-run"}, {"version", EFFACE_VERSION}}},
                  {"recogniser",
                   {{"name", recogniser.name()},
                    {"sha256", recogniser.sha256()},
                    {"jitters", recogniser.jitters()}}},
                  {"notes", recogniser.notes()},
                  {"settings",
                   {{"margin", options.margin},
                    {"control_scale", options.control_scale},
                    {"seed", options.seed},
                    {"replicates", resampler.replicates()}}},
                  {"persons", names.size()},
                  {"gallery_pictures", used[0].size()},
                  {"probes", used[1].size()},
                  {"persons_sought", sought.size()},
                  {"control_painted_by_masks", masked},
                  {"control_painted_by_place", bare},
                  {"left_out", left},
                  {"methods", rows}};
  figures["summary"] = Summary(figures);
  return figures;
}

}  // namespace lineup
