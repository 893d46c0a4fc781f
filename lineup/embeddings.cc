// Reading embeddings and the table of persons, and putting them in order.
#include "lineup/embeddings.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "lineup/csv.h"
#include "lineup/gate.h"

namespace lineup {
namespace {

using absl::InvalidArgumentError;
using absl::StrCat;

absl::Status In(const std::filesystem::path& path, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), StrCat(efface::DisplayName(path), ": ", status.message()));
}

absl::StatusOr<PersonsTable> ReadTable(const std::filesystem::path& path, Gate& gate) {
  ASSIGN_OR_RETURN(CsvReader csv, CsvReader::Open(path));
  const int id = csv.Column("id"), person = csv.Column("person"), group = csv.Column("group"),
            status = csv.Column("status");
  if (person < 0) return InvalidArgumentError("has no column person");
  PersonsTable table{.has_ids = id >= 0, .has_groups = group >= 0};
  absl::flat_hash_set<std::string> ids;
  for (;;) {
    ASSIGN_OR_RETURN(const bool any, csv.Next());
    if (!any) break;
    PictureRow row{.person = std::string(csv.field(person)), .line = csv.row()};
    if (id >= 0) row.id = csv.field(id);
    if (group >= 0) row.group = csv.field(group);
    if (status >= 0) {
      if (csv.field(status) != "ok" && csv.field(status) != "failed")
        return InvalidArgumentError(
            StrCat(AtLine(csv), "status is ok or failed, not ", std::string(csv.field(status))));
      row.failed = csv.field(status) == "failed";
    }
    if (row.person.empty()) return InvalidArgumentError(StrCat(AtLine(csv), "no person is named"));
    if (group >= 0 && row.group.empty())
      return InvalidArgumentError(
          StrCat(AtLine(csv), "no group is named; write unknown where it isn't known"));
    if (id >= 0 && !ids.insert(row.id).second) {
      RETURN_IF_ERROR(gate.Flaw("an id stands twice in the table of persons",
                                StrCat(row.id, " in line ", row.line)));
      continue;
    }
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) return InvalidArgumentError("names no picture");
  return table;
}

absl::StatusOr<NumpyRows> ReadCsvRows(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(CsvReader csv, CsvReader::Open(path));
  const int id = csv.Column("id");
  if (id < 0) return InvalidArgumentError("has no column id");
  NumpyRows result;
  result.columns = csv.names().size() - 1;
  if (result.columns == 0) return InvalidArgumentError("has no column of numbers beside id");
  for (;;) {
    ASSIGN_OR_RETURN(const bool any, csv.Next());
    if (!any) break;
    result.ids.emplace_back(csv.field(id));
    for (int c = 0; c < static_cast<int>(csv.names().size()); ++c) {
      if (c == id) continue;
      double value = std::nan("");  // an empty field is no number, and found below
      if (!csv.field(c).empty() && !ParseNumber(csv.field(c), value))
        return InvalidArgumentError(
            StrCat(AtLine(csv), "not a number: ", std::string(csv.field(c))));
      result.values.push_back(static_cast<float>(value));
    }
    ++result.rows;
  }
  if (result.rows == 0) return InvalidArgumentError("holds no embedding");
  return result;
}

// Row of numbers for each row of the table, where there is one.
absl::StatusOr<std::vector<std::optional<size_t>>> Match(const NumpyRows& numbers,
                                                         const PersonsTable& table, Gate& gate) {
  std::vector<std::optional<size_t>> rows(table.rows.size());
  if (numbers.ids.empty()) {
    if (numbers.rows != table.rows.size())
      return InvalidArgumentError(
          StrCat("holds ", numbers.rows, " embeddings and no ids, and the table of persons has ",
                 table.rows.size(), " rows: without ids they must be as many, in one order"));
    for (size_t i = 0; i < rows.size(); ++i)
      if (!table.rows[i].failed) rows[i] = i;
    return rows;
  }
  if (!table.has_ids)
    return InvalidArgumentError("names its rows by id, and the table of persons has no column id");
  absl::flat_hash_map<std::string, size_t> places;
  for (size_t i = 0; i < numbers.rows; ++i) {
    if (!places.try_emplace(numbers.ids[i], i).second)
      RETURN_IF_ERROR(gate.Flaw("an id stands twice among the embeddings", numbers.ids[i]));
  }
  size_t used = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto found = places.find(table.rows[i].id);
    if (found != places.end()) ++used;
    if (table.rows[i].failed) continue;
    if (found == places.end())
      RETURN_IF_ERROR(gate.Flaw(
          "a picture of the table of persons has no embedding, and its status isn't failed",
          table.rows[i].id));
    else
      rows[i] = found->second;
  }
  if (used < places.size()) {
    absl::flat_hash_set<std::string> known;
    for (const PictureRow& row : table.rows) known.insert(row.id);
    for (size_t i = 0; i < numbers.rows; ++i)
      if (!known.contains(numbers.ids[i]))
        RETURN_IF_ERROR(
            gate.Flaw("an embedding is of no picture of the table of persons", numbers.ids[i]));
  }
  return rows;
}

}  // namespace

absl::StatusOr<Embeddings> JoinEmbeddings(const NumpyRows& numbers, const PersonsTable& table,
                                          Metric metric, Flaws flaws) {
  Embeddings result;
  result.metric = metric;
  Gate gate(flaws, result.left_out);
  ASSIGN_OR_RETURN(const auto rows, Match(numbers, table, gate));

  // Persons, in the order of groups and then of their first picture.
  Population& people = result.population;
  people.grouped = table.has_groups;
  std::map<std::string, uint32_t> groups;
  for (const PictureRow& row : table.rows) groups.try_emplace(row.group, 0);
  for (auto& [name, number] : groups) {
    number = static_cast<uint32_t>(people.groups.size());
    people.groups.push_back(name);
  }
  absl::flat_hash_map<std::string, uint32_t> numbers_of;
  std::vector<uint32_t> person_of_row;
  for (const PictureRow& row : table.rows) {
    const auto [place, fresh] =
        numbers_of.try_emplace(row.person, static_cast<uint32_t>(people.persons.size()));
    const uint32_t group = groups[row.group];
    if (fresh) {
      people.persons.push_back(row.person);
      people.group_of.push_back(group);
    } else if (people.group_of[place->second] != group) {
      return InvalidArgumentError(StrCat(
          row.line > 0 ? StrCat("line ", row.line, ": ") : "", row.person, " is in two groups, ",
          people.groups[people.group_of[place->second]], " and ", row.group));
    }
    person_of_row.push_back(place->second);
  }
  people.compared.resize(people.persons.size());
  people.failed.resize(people.persons.size());

  std::vector<size_t> order(table.rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t x, size_t y) {
    const uint32_t px = person_of_row[x], py = person_of_row[y];
    return people.group_of[px] != people.group_of[py] ? people.group_of[px] < people.group_of[py]
                                                      : px < py;
  });
  result.dimensions = numbers.columns;
  result.values.reserve(numbers.values.size());
  for (const size_t i : order) {
    const PictureRow& row = table.rows[i];
    const std::string name = table.has_ids ? row.id : StrCat("row ", i + 1);
    if (row.failed) {
      ++people.failed[person_of_row[i]];
      continue;
    }
    if (!rows[i]) continue;  // left out, and counted
    const float* values = numbers.values.data() + *rows[i] * numbers.columns;
    double square = 0;
    for (size_t d = 0; d < numbers.columns; ++d) square += double{values[d]} * values[d];
    if (!std::isfinite(square) || square > 1e30) {
      RETURN_IF_ERROR(gate.Flaw("an embedding holds a value that is not a finite number", name));
      continue;
    }
    if (metric == Metric::kCosine && square < 1e-30) {
      RETURN_IF_ERROR(gate.Flaw("an embedding is all zero, which has no cosine", name));
      continue;
    }
    const double scale = metric == Metric::kCosine ? 1 / std::sqrt(square) : 1;
    for (size_t d = 0; d < numbers.columns; ++d)
      result.values.push_back(static_cast<float>(values[d] * scale));
    people.pictures.push_back(name);
    people.person_of.push_back(person_of_row[i]);
    ++people.compared[person_of_row[i]];
  }
  const auto seen = std::count_if(people.compared.begin(), people.compared.end(),
                                  [](uint32_t n) { return n > 0; });
  if (seen < 2)
    return InvalidArgumentError(StrCat("holds pictures of ", seen,
                                       seen == 1 ? " person" : " persons",
                                       ": false matches need at least two"));
  return result;
}

absl::StatusOr<Embeddings> ReadEmbeddings(const std::filesystem::path& path,
                                          const std::filesystem::path& persons_path, Metric metric,
                                          Flaws flaws) {
  std::vector<LeftOut> left_out;
  Gate gate(flaws, left_out);
  const auto table = ReadTable(persons_path, gate);
  if (!table.ok()) return In(persons_path, table.status());
  const bool csv = path.extension() == ".csv";
  const auto numbers = csv ? ReadCsvRows(path) : ReadNumpy(path);
  if (!numbers.ok()) return In(path, numbers.status());
  auto result = JoinEmbeddings(*numbers, *table, metric, flaws);
  // Groups are told by the table alone.
  if (!result.ok())
    return In(
        absl::StrContains(result.status().message(), " is in two groups") ? persons_path : path,
        result.status());
  result->left_out.insert(result->left_out.begin(), left_out.begin(), left_out.end());
  return result;
}

}  // namespace lineup
