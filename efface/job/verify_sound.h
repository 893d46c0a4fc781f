// Holds the sound of two clips against each other, packet by packet, as they are read in step.
#ifndef EFFACE_JOB_VERIFY_SOUND_H_
#define EFFACE_JOB_VERIFY_SOUND_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "efface/job/settings.h"
#include "efface/job/verify.h"
#include "efface/media/clip.h"
#include "efface/record/record.h"

namespace efface {

// One clip's packets on their way into the comparison.
class SoundSide {
 public:
  explicit SoundSide(std::function<void(const SoundPacket&)> add) : add_(std::move(add)) {}
  void Add(const SoundPacket& packet) { add_(packet); }

 private:
  std::function<void(const SoundPacket&)> add_;
};

// Used by one thread at a time. Takes memory for packets that only one clip has given so far.
class SoundCheck {
 public:
  // `record`: says whether sound was dropped or muted; null: then it must all be there.
  explicit SoundCheck(const Record* record);

  SoundSide& before() { return before_; }  // the original
  SoundSide& after() { return after_; }    // the output

  // By how many seconds the output's clock is behind the original's: files may count from another
  // start. Nothing is compared before it is known.
  void SetOffset(double seconds);

  // Once all packets of both were added.
  Check Finish();

 private:
  struct Packet {
    double seconds = 0, duration = 0;
    std::string sha256;
  };
  struct Track {
    std::deque<Packet> before, after;  // not compared yet
    // Where spans are muted: packets of the original that lie within one, by hash, and how many
    // different ones the output still has there.
    std::set<std::string> muted, heard;
    double heard_at = 0;
  };
  void Add(const SoundPacket& packet, bool original);
  void Add(size_t track, Packet packet, bool original);
  // Whether a packet touches a muted span; `more`: seconds of play.
  bool Muted(const Packet& packet, double more) const;
  void Compare(size_t track);

  bool dropped_ = false;
  std::vector<Span> mute_;
  SoundSide before_, after_;
  std::optional<double> offset_;
  std::vector<std::pair<size_t, Packet>> early_;  // of the output, while there is no offset
  std::vector<Track> tracks_;
  int64_t same_ = 0, packets_after_ = 0;
  std::vector<Place> unlike_;
  int64_t all_unlike_ = 0;
  bool recorded_;
};

}  // namespace efface

#endif  // EFFACE_JOB_VERIFY_SOUND_H_
