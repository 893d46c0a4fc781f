#include "efface/job/verify_sound.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "efface/job/verify_parts.h"

namespace efface {
namespace {

constexpr double kTick = 0.002;  // seconds: containers round time stamps
// Packets around a muted span that may be muted with it, since they overlap.
constexpr int kPacketsAround = 6;

}  // namespace

SoundCheck::SoundCheck(const Record* record)
    : before_([this](const SoundPacket& packet) { Add(packet, true); }),
      after_([this](const SoundPacket& packet) { Add(packet, false); }),
      recorded_(record != nullptr) {
  if (record == nullptr) return;
  const RenderSettings settings = SettingsOf(*record);
  dropped_ = settings.sound == Sound::kDrop;
  mute_ = settings.mute;
}

bool SoundCheck::Muted(const Packet& packet, double more) const {
  return std::any_of(mute_.begin(), mute_.end(), [&](const Span& span) {
    return packet.seconds < span.to + more && packet.seconds + packet.duration > span.from - more;
  });
}

void SoundCheck::Add(const SoundPacket& packet, bool original) {
  packets_after_ += original ? 0 : 1;
  if (dropped_) return;
  const auto track = static_cast<size_t>(std::max(packet.track, 0));
  Packet made{packet.seconds, packet.duration, Sha256Hex(packet.data())};
  if (original) {
    Add(track, std::move(made), true);
  } else if (offset_) {
    made.seconds += *offset_;
    Add(track, std::move(made), false);
  } else {
    early_.emplace_back(track, std::move(made));
  }
}

void SoundCheck::SetOffset(double seconds) {
  offset_ = seconds;
  for (auto& [track, packet] : early_) {
    packet.seconds += seconds;
    Add(track, std::move(packet), false);
  }
  early_.clear();
}

void SoundCheck::Add(size_t track, Packet made, bool original) {
  if (tracks_.size() <= track) tracks_.resize(track + 1);
  Track& of = tracks_[track];
  if (!mute_.empty()) {
    // Within a span the output is silent, whatever its packets are; around it either may be.
    if (Muted(made, -kTick)) {
      if (original) {
        of.muted.insert(made.sha256);
      } else {
        of.heard.insert(made.sha256);
        of.heard_at = made.seconds;
      }
    }
    if (Muted(made, kPacketsAround * made.duration + kTick)) return;
  }
  (original ? of.before : of.after).push_back(std::move(made));
  Compare(track);
}

void SoundCheck::Compare(size_t track) {
  Track& of = tracks_[track];
  while (!of.before.empty() && !of.after.empty()) {
    const Packet &a = of.before.front(), &b = of.after.front();
    if (a.sha256 == b.sha256 && std::abs(a.seconds - b.seconds) <= kTick) {
      ++same_;
    } else {
      if (unlike_.size() < kMostPlaces) {
        Place place;
        place.track = static_cast<int>(track);
        place.seconds = a.seconds;
        unlike_.push_back(place);
      }
      ++all_unlike_;
    }
    of.before.pop_front(), of.after.pop_front();
  }
}

Check SoundCheck::Finish() {
  if (!offset_) SetOffset(0);
  if (dropped_) {
    if (packets_after_ == 0) return Passed("sound", "there is none, as the record says");
    return Failed("sound", "there is sound, and the record says that it was dropped");
  }
  int64_t missing = 0, added = 0;
  for (const Track& track : tracks_) {
    missing += static_cast<int64_t>(track.before.size());
    added += static_cast<int64_t>(track.after.size());
    // Coded silence is one packet over and over; the original may hold the same.
    std::set<std::string> heard;
    for (const std::string& sha256 : track.heard) {
      if (track.muted.contains(sha256)) heard.insert(sha256);
    }
    if (heard.size() > 1) {
      Places places;
      Place place;
      place.seconds = track.heard_at;
      places.Add(place);
      return Failed("sound", "the original's sound is still there where the record says muted",
                    places);
    }
  }
  if (all_unlike_ == 0 && missing == 0 && added == 0) {
    if (same_ == 0 && mute_.empty()) return Passed("sound", "there is none, as in the original");
    return Passed("sound", absl::StrCat(CountOf(same_, "packet", "packets"),
                                        " of sound, as the original's bit for bit",
                                        mute_.empty() ? "" : " outside of what was muted"));
  }
  Places places;
  places.list = unlike_, places.count = all_unlike_;
  if (packets_after_ == 0 && !recorded_) {
    return Failed("sound",
                  "the original's sound is not there, and no record says that it was dropped");
  }
  if (all_unlike_ == 0) {
    return Failed("sound", missing > 0
                               ? absl::StrCat(CountOf(missing, "packet", "packets"),
                                              " of the original's sound are missing at its end")
                               : absl::StrCat(CountOf(added, "packet", "packets"),
                                              " of sound are not the original's"));
  }
  return Failed("sound",
                absl::StrCat(CountOf(all_unlike_, "packet", "packets"),
                             " of sound are not the original's, or not heard at its time"),
                places);
}

}  // namespace efface
