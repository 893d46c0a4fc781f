// One track of sound, copied packet by packet; spans of it muted.
#ifndef EFFACE_MEDIA_AV_SOUND_H_
#define EFFACE_MEDIA_AV_SOUND_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "efface/media/av/av.h"
#include "efface/media/av/side_data.h"

namespace efface {

// A packet is muted where what it says of the sound reaches into a span: its own time, and that of
// the packets after it with which it overlaps (one for transform codecs; five for MPEG audio, whose
// frames also keep bits in earlier packets, and five before it, which then lack them). It becomes
// coded silence where MakeSilent can, else it is left out; the track's clock goes on in both cases.
class SoundTrack {
 public:
  // Copies what it needs of `input`. `start`: seconds in the input's own time at which the
  // presentation starts. `mute`: spans in seconds of the presentation.
  SoundTrack(const AVOutputFormat& container, const AVStream& input, AvParametersPtr parameters,
             double start, std::vector<std::pair<double, double>> mute);

  const AVCodecParameters& parameters() const { return *parameters_; }
  AVRational time_base() const { return time_base_; }

  // Sets the output stream's parameters. The input's code for the codec stays where the container
  // knows it.
  absl::Status Describe(AVStream& stream) const;

  // Makes a packet ready to be written: silent where it is to be, both times known, no side data
  // but what says which samples to skip. False where it is to be left out. `packet` is in
  // time_base().
  bool Prepare(AVPacket& packet, RemovedBytes& removed);

 private:
  bool IsMuted(const AVPacket& packet) const;

  const AVOutputFormat* container_;
  AvParametersPtr parameters_;  // never null
  AVRational time_base_;
  std::string language_;  // three letters, or empty
  int disposition_;
  double start_;
  // Matroska stores Opus packets later by the decoder's delay, and its readers take that off again;
  // FFmpeg's muxer leaves the adding to its caller.
  int64_t delay_ = 0;  // in time_base_
  std::vector<std::pair<double, double>> mute_;
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_SOUND_H_
