// Who was compared: pictures, the persons on them, the groups of the persons. And what was left out
// of an input, which every report says.
#ifndef EFFACE_LINEUP_POPULATION_H_
#define EFFACE_LINEUP_POPULATION_H_

#include <cstdint>
#include <string>
#include <vector>

namespace lineup {

// Numbers of pictures, persons and groups are places in these vectors. Pictures that gave no
// template (failure to enrol or to acquire) are counted, and not numbered.
struct Population {
  std::vector<std::string> pictures;  // ids; one a picture that was compared
  std::vector<uint32_t> person_of;    // of a picture
  std::vector<std::string> persons;   // names; also of those all of whose pictures failed
  std::vector<uint32_t> group_of;     // of a person
  std::vector<std::string> groups;    // names, sorted; one empty name where no groups are given
  std::vector<uint32_t> compared;     // by person: pictures that were compared
  std::vector<uint32_t> failed;       // by person: pictures that gave no template
  bool grouped = false;               // groups are given

  uint32_t group_of_picture(uint32_t picture) const { return group_of[person_of[picture]]; }
};

struct LeftOut {
  std::string what;  // "rows whose score is not a number"
  int64_t count = 0;
  std::string example;  // where the first was
};

// How an input that has flaws is met.
enum class Flaws {
  kRefuse,   // with a sentence
  kLeaveOut  // and count
};

}  // namespace lineup

#endif  // EFFACE_LINEUP_POPULATION_H_
