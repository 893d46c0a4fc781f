#include "lineup/scores.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <random>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "lineup/csv.h"

namespace lineup {
namespace {

using absl::InvalidArgumentError;
using absl::StrCat;

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

struct Row {
  absl::string_view id[2], person[2], group[2];
  float score = 0;
  bool same = false, failed = false;
};

class Reader {
 public:
  static absl::StatusOr<Reader> Open(const std::filesystem::path& path, Direction direction) {
    ASSIGN_OR_RETURN(CsvReader csv, CsvReader::Open(path));
    Reader reader(std::move(csv), direction);
    for (const char* name : {"id_a", "id_b", "score", "same"})
      if (reader.csv_.Column(name) < 0) return InvalidArgumentError(StrCat("has no column ", name));
    for (const auto& [a, b] : {std::pair{"person_a", "person_b"}, std::pair{"group_a", "group_b"}})
      if ((reader.csv_.Column(a) < 0) != (reader.csv_.Column(b) < 0))
        return InvalidArgumentError(
            StrCat("has one of the columns ", a, " and ", b, ", and not the other"));
    return reader;
  }

  bool has_persons() const { return person_[0] >= 0; }
  bool has_groups() const { return group_[0] >= 0; }
  const CsvReader& csv() const { return csv_; }

  // False at the end. `flaw` says what is wrong with the row's score.
  absl::StatusOr<bool> Next(Row& row, std::string& flaw) {
    ASSIGN_OR_RETURN(const bool any, csv_.Next());
    if (!any) return false;
    flaw.clear();
    for (int i = 0; i < 2; ++i) {
      row.id[i] = View(csv_.field(id_[i]));
      row.person[i] = has_persons() ? View(csv_.field(person_[i])) : absl::string_view();
      row.group[i] = has_groups() ? View(csv_.field(group_[i])) : absl::string_view();
      if (row.id[i].empty() || (has_persons() && row.person[i].empty()) ||
          (has_groups() && row.group[i].empty()))
        return InvalidArgumentError(StrCat(AtLine(csv_), "an id, person or group is empty"));
    }
    const std::string_view same = csv_.field(same_);
    if (same == "1" || same == "true" || same == "True" || same == "yes") {
      row.same = true;
    } else if (same == "0" || same == "false" || same == "False" || same == "no") {
      row.same = false;
    } else {
      return InvalidArgumentError(StrCat(
          AtLine(csv_), "same is 1 or 0, true or false, yes or no; not ", std::string(same)));
    }
    const std::string_view score = csv_.field(score_);
    row.failed = score.empty();
    double value = 0;
    if (!row.failed && !ParseNumber(score, value))
      return InvalidArgumentError(
          StrCat(AtLine(csv_), "the score is not a number: ", std::string(score)));
    row.score = static_cast<float>(direction_ == Direction::kDistance ? -value : value);
    if (!std::isfinite(row.score)) flaw = "a score is not a finite number";
    return true;
  }

 private:
  Reader(CsvReader csv, Direction direction) : csv_(std::move(csv)), direction_(direction) {
    const char* suffix[2] = {"_a", "_b"};
    for (int i = 0; i < 2; ++i) {
      id_[i] = csv_.Column(StrCat("id", suffix[i]));
      person_[i] = csv_.Column(StrCat("person", suffix[i]));
      group_[i] = csv_.Column(StrCat("group", suffix[i]));
    }
    score_ = csv_.Column("score");
    same_ = csv_.Column("same");
  }

  CsvReader csv_;
  Direction direction_;
  int id_[2], person_[2], group_[2], score_, same_;
};

uint32_t Root(std::vector<uint32_t>& parent, uint32_t at) {
  while (parent[at] != at) at = parent[at] = parent[parent[at]];
  return at;
}

class Loader {
 public:
  Loader(const std::filesystem::path& path, const ScoreFileOptions& options)
      : path_(path), options_(options), file_(std::make_unique<ScoreFile>()) {}

  absl::StatusOr<std::unique_ptr<ScoreFile>> Load() {
    RETURN_IF_ERROR(FirstPass());
    RETURN_IF_ERROR(MakePersons());
    RETURN_IF_ERROR(SecondPass());
    return std::move(file_);
  }

 private:
  absl::Status Flaw(const std::string& what, const std::string& where) {
    if (options_.flaws == Flaws::kRefuse)
      return InvalidArgumentError(
          StrCat(where, what, " (--leave-out-bad leaves such rows out and counts them)"));
    Count(what, where);
    return absl::OkStatus();
  }

  void Count(const std::string& what, std::string where) {
    if (where.ends_with(": ")) where.resize(where.size() - 2);
    for (LeftOut& kind : file_->left_out)
      if (kind.what == what) return void(++kind.count);
    file_->left_out.push_back({what, 1, where});
  }

  // Ids, who is joined to whom, groups, the range of the scores, and a sample of impostor scores.
  absl::Status FirstPass() {
    ASSIGN_OR_RETURN(Reader reader, Reader::Open(path_, options_.direction));
    named_ = reader.has_persons();
    Row row;
    std::string flaw;
    std::mt19937_64 random(20240917);
    const size_t room = std::max(options_.tail_limit, size_t{4'000'000});
    absl::flat_hash_map<std::string, uint32_t> groups;
    for (;;) {
      ASSIGN_OR_RETURN(const bool any, reader.Next(row, flaw));
      if (!any) break;
      uint32_t ids[2];
      for (int i = 0; i < 2; ++i) {
        const auto [place, fresh] =
            ids_.try_emplace(row.id[i], static_cast<uint32_t>(names_.size()));
        ids[i] = place->second;
        if (fresh) {
          names_.emplace_back(row.id[i]);
          parent_.push_back(ids[i]);
          roles_.push_back(0);
          if (named_) {
            const auto person =
                persons_.try_emplace(row.person[i], static_cast<uint32_t>(persons_.size())).first;
            person_.push_back(person->second);
          }
          group_.push_back(
              groups.try_emplace(row.group[i], static_cast<uint32_t>(groups.size())).first->second);
        } else {
          if (named_ && persons_.find(row.person[i]) == persons_.end())
            return InvalidArgumentError(
                StrCat(AtLine(reader.csv()), names_[ids[i]], " is of two persons"));
          if (named_ && persons_[row.person[i]] != person_[ids[i]])
            return InvalidArgumentError(
                StrCat(AtLine(reader.csv()), names_[ids[i]], " is of two persons"));
          const auto group = groups.find(row.group[i]);
          if (group == groups.end() || group->second != group_[ids[i]])
            return InvalidArgumentError(
                StrCat(AtLine(reader.csv()), names_[ids[i]], " is in two groups"));
        }
      }
      roles_[ids[0]] |= GalleryCollector::kSearched;
      roles_[ids[1]] |= GalleryCollector::kEnrolled;
      if (named_ && row.same != (person_[ids[0]] == person_[ids[1]]))
        return InvalidArgumentError(StrCat(AtLine(reader.csv()), "same is ", row.same ? "1" : "0",
                                           ", and the persons are ", row.same ? "two" : "one"));
      if (row.same && !named_) {
        ++(ids[0] == ids[1] ? same_equal_ : same_other_);
        parent_[Root(parent_, ids[0])] = Root(parent_, ids[1]);
      }
      ++rows_;
      if (row.failed || !flaw.empty()) continue;
      low_ = std::min(low_, row.score);
      high_ = std::max(high_, row.score);
      if (row.same) continue;
      ++impostors_;
      if (sample_.size() < room) {
        sample_.push_back(row.score);
      } else if (const uint64_t at = random() % impostors_; at < room) {  // Vitter's algorithm R
        sample_[at] = row.score;
      }
    }
    if (rows_ == 0) return InvalidArgumentError("holds no comparison");
    file_->population.grouped = reader.has_groups();
    group_names_.resize(groups.size());
    for (const auto& [name, number] : groups) group_names_[number] = name;
    return absl::OkStatus();
  }

  absl::Status MakePersons() {
    Population& people = file_->population;
    ids_are_persons_ = !named_ && same_other_ == 0;
    if (!named_ && same_equal_ > 0 && same_other_ > 0)
      return InvalidArgumentError(
          "has rows with same=1 whose ids are equal, and others whose ids differ, so ids could be "
          "persons or pictures; "
          "add the columns person_a and person_b");
    file_->notes.push_back(
        named_             ? "Ids are pictures; the columns person_a and person_b say of whom."
        : ids_are_persons_ ? "Ids are taken as persons, since no row with same=1 has two ids."
                           : "Ids are taken as pictures; those that rows with same=1 join are "
                             "taken as one person.");
    people.pictures = names_;
    if (!named_) {
      std::vector<uint32_t> number(names_.size(), UINT32_MAX);
      person_.resize(names_.size());
      for (uint32_t i = 0; i < names_.size(); ++i) {
        uint32_t& person = number[Root(parent_, i)];
        if (person == UINT32_MAX) {
          person = static_cast<uint32_t>(people.persons.size());
          people.persons.push_back(names_[i]);
        }
        person_[i] = person;
      }
    } else {
      people.persons.resize(persons_.size());
      for (const auto& [name, at] : persons_) people.persons[at] = name;
    }
    people.person_of = person_;
    // Groups in the order of their names.
    std::vector<uint32_t> order(group_names_.size()), place(group_names_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&](uint32_t x, uint32_t y) { return group_names_[x] < group_names_[y]; });
    for (uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    for (const uint32_t i : order) people.groups.push_back(group_names_[i]);
    people.group_of.assign(people.persons.size(), UINT32_MAX);
    people.compared.resize(people.persons.size());
    people.failed.resize(people.persons.size());
    for (uint32_t i = 0; i < names_.size(); ++i) {
      uint32_t& group = people.group_of[person_[i]];
      if (group != UINT32_MAX && group != place[group_[i]])
        return InvalidArgumentError(StrCat(people.persons[person_[i]], " is in two groups, ",
                                           people.groups[group], " and ",
                                           people.groups[place[group_[i]]]));
      group = place[group_[i]];
      ++people.compared[person_[i]];
    }
    if (people.persons.size() < 2)
      return InvalidArgumentError("is of one person: false matches need at least two");
    return absl::OkStatus();
  }

  absl::Status SecondPass() {
    Population& people = file_->population;
    Plan plan;
    plan.thresholds = options_.thresholds;
    plan.tail_limit = options_.tail_limit;
    plan.low = low_;
    plan.high = high_ > low_ ? high_ : low_ + 1;
    if (!(low_ <= high_)) return InvalidArgumentError("holds no score that is a finite number");
    if (impostors_ > plan.tail_limit) {
      std::sort(sample_.begin(), sample_.end(), std::greater<>());
      const double scale = static_cast<double>(sample_.size()) / static_cast<double>(impostors_);
      const auto at = [&](double count) {
        return sample_[std::min(static_cast<size_t>(count * scale), sample_.size() - 1)];
      };
      plan.tail_from = at(0.8 * static_cast<double>(plan.tail_limit));
      for (const double target : options_.targets) {
        const double count = target * static_cast<double>(impostors_);
        if (count > 0.5 * static_cast<double>(plan.tail_limit))
          plan.thresholds.push_back(at(count));
      }
    }
    sample_ = {};
    file_->tally = std::make_unique<Tally>(people, plan);
    file_->failed_genuine_of.resize(people.persons.size());
    file_->failed_impostor_of.resize(people.persons.size());
    std::optional<GalleryCollector> galleries;
    if (ids_are_persons_)
      file_->galleries.why_not =
          "The file's ids are persons, so it isn't known which pictures would make a gallery: name "
          "pictures in id_a and id_b, and persons in person_a and person_b.";
    else
      galleries.emplace(people, roles_, rows_, options_.searches, options_.seed);
    ASSIGN_OR_RETURN(Reader reader, Reader::Open(path_, options_.direction));
    Row row;
    std::string flaw;
    absl::flat_hash_map<uint64_t, float> seen;
    int64_t done = 0;
    for (;; ++done) {
      ASSIGN_OR_RETURN(const bool any, reader.Next(row, flaw));
      if (!any) break;
      if (done % 1'000'000 == 0 && options_.progress) options_.progress(reader.csv().share());
      const auto place_a = ids_.find(row.id[0]), place_b = ids_.find(row.id[1]);
      if (place_a == ids_.end() || place_b == ids_.end())
        return InvalidArgumentError("was changed while it was read");
      const uint32_t a = place_a->second, b = place_b->second;
      const bool same = person_[a] == person_[b];
      if (same != row.same)
        return InvalidArgumentError(StrCat(AtLine(reader.csv()), "same is ", row.same ? "1" : "0",
                                           ", but other rows say otherwise of ", names_[a], " and ",
                                           names_[b]));
      if (!flaw.empty()) {
        RETURN_IF_ERROR(Flaw(flaw, AtLine(reader.csv())));
        continue;
      }
      if (!ids_are_persons_) {
        if (a == b) {
          Count("a picture compared with itself", AtLine(reader.csv()));
          continue;
        }
        if (seen.size() < options_.duplicates_limit) {
          const auto [place, fresh] =
              seen.try_emplace(uint64_t{std::min(a, b)} << 32 | std::max(a, b), row.score);
          if (!fresh) {
            if (place->second == row.score || row.failed)
              Count("a pair of pictures that stands in the file again", AtLine(reader.csv()));
            else
              RETURN_IF_ERROR(
                  Flaw("a pair of pictures stands in the file again, with another score",
                       AtLine(reader.csv())));
            continue;
          }
        }
      }
      if (galleries) galleries->Add(a, b, row.failed ? -INFINITY : row.score);
      if (row.failed) {
        ++(same ? file_->failed_genuine : file_->failed_impostor);
        if (same) {
          ++file_->failed_genuine_of[person_[a]];
        } else {
          ++file_->failed_impostor_of[person_[a]];
          ++file_->failed_impostor_of[person_[b]];
        }
      } else if (same) {
        if (file_->tally->genuine.size() >= 200'000'000)
          return absl::ResourceExhaustedError("holds more than 200 million genuine scores");
        file_->tally->AddGenuine(a, b, row.score);
      } else {
        file_->tally->AddImpostor(a, b, row.score);
      }
    }
    if (galleries) file_->galleries = galleries->Finish();
    if (ids_are_persons_) {
      file_->notes.push_back(
          "Duplicates were not looked for: with persons as ids, a pair may come often.");
    } else if (seen.size() >= options_.duplicates_limit) {
      file_->notes.push_back(StrCat("Duplicates were looked for among the first ",
                                    options_.duplicates_limit, " pairs only."));
    }
    file_->tally->Finish();
    return absl::OkStatus();
  }

  const std::filesystem::path& path_;
  const ScoreFileOptions& options_;
  std::unique_ptr<ScoreFile> file_;
  absl::flat_hash_map<std::string, uint32_t> ids_, persons_;
  std::vector<std::string> names_;
  std::vector<uint32_t> parent_, person_, group_;
  std::vector<uint8_t> roles_;
  std::vector<std::string> group_names_;
  bool named_ = false, ids_are_persons_ = false;
  uint64_t same_equal_ = 0, same_other_ = 0, rows_ = 0, impostors_ = 0;
  float low_ = INFINITY, high_ = -INFINITY;
  std::vector<float> sample_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ScoreFile>> ReadScores(const std::filesystem::path& path,
                                                      const ScoreFileOptions& options) {
  auto file = Loader(path, options).Load();
  if (!file.ok())
    return absl::Status(file.status().code(),
                        StrCat(efface::DisplayName(path), ": ", file.status().message()));
  return file;
}

}  // namespace lineup
