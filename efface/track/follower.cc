#include "efface/track/follower.h"

#include <algorithm>
#include <cmath>
#include <list>
#include <map>
#include <utility>

#include "efface/track/link.h"
#include "efface/track/schedule.h"
#include "efface/track/smooth.h"
#include "efface/track/track.h"
#include "efface/track/tuning.h"
#include "efface/track/window.h"

namespace efface {
namespace {

constexpr int kPlaneSide = 480;          // samples, the longer side of the grey planes
constexpr size_t kMostDetections = 300;  // a frame, the best ones: a limit on hostile pictures
constexpr double kDefaultThreshold = 0.155;
constexpr double kWeakScore = 0.22;
constexpr double kResidualScore = 0.12;

double SideOf(const Box& box) { return std::min(box.width, box.height); }

double SharedArea(const Box& a, const Box& b) {
  const double x = std::min(a.x + a.width / 2, b.x + b.width / 2) -
                   std::max(a.x - a.width / 2, b.x - b.width / 2);
  const double y = std::min(a.y + a.height / 2, b.y + b.height / 2) -
                   std::max(a.y - a.height / 2, b.y - b.height / 2);
  return x <= 0 || y <= 0 ? 0 : x * y;
}

// Intersection over union.
double Overlap(const Box& a, const Box& b) {
  const double shared = SharedArea(a, b);
  return shared / (a.width * a.height + b.width * b.height - shared);
}

// The network shows no more of a face than the picture does. A box that ends at the picture's
// border goes on beyond it, as far as a face's proportions ask for.
Detection Completed(Detection face, int width, int height) {
  constexpr double kNear = 0.04;                      // of the side: ends at the border
  constexpr double kNarrowest = 0.72, kLowest = 1.2;  // width of height, height of width
  const double wider = std::max(kNarrowest * face.height - face.width, 0.0);
  const double higher = std::max(kLowest * face.width - face.height, 0.0);
  const double near_x = kNear * face.width + 2, near_y = kNear * face.height + 2;
  const bool left = face.x<near_x, right = face.x + face.width> width - near_x;
  const bool top = face.y<near_y, bottom = face.y + face.height> height - near_y;
  if (left != right) {
    if (left) face.x -= wider;
    face.width += wider;
  }
  if (top != bottom) {
    if (top) face.y -= higher;
    face.height += higher;
  }
  return face;
}

// The mean of two estimates, each weighted by the inverse of its drift's square.
Moment Between(const Moment& forward, const Moment& backward) {
  const auto weight = [](double drift) { return 1 / (drift * drift + 0.01); };
  const double f = weight(forward.drift), b = weight(backward.drift), sum = f + b;
  const auto mean = [&](double p, double q) { return (f * p + b * q) / sum; };
  Moment moment;
  moment.box = {mean(forward.box.x, backward.box.x), mean(forward.box.y, backward.box.y),
                mean(forward.box.width, backward.box.width),
                mean(forward.box.height, backward.box.height)};
  const double apart =
      std::hypot(forward.box.x - backward.box.x, forward.box.y - backward.box.y) / 2;
  moment.drift = std::max(std::sqrt(1 / sum), apart);
  moment.size_drift = std::min(forward.size_drift, backward.size_drift);
  moment.source = RowSource::kFilled;
  moment.score = std::max(forward.score, backward.score);
  return moment;
}

}  // namespace

struct Follower::Impl {
  explicit Impl(const FollowSettings& given)
      : settings(given),
        rate(given.frames_a_second > 0.5 && given.frames_a_second < 1000 ? given.frames_a_second
                                                                         : 30),
        schedule(given.width, given.height, rate, given.effort, given.min_face),
        plane_scale(
            std::max(1.0, std::max(given.width, given.height) / static_cast<double>(kPlaneSide))),
        strictness(given.threshold > 0 ? given.threshold / kDefaultThreshold : 1) {
    shape.head = given.head;
    shape.margin = given.mask_margin;
    shape.radius = static_cast<int>(Frames(kSmooth));
  }

  int64_t Frames(double seconds) const {
    return std::clamp<int64_t>(std::llround(seconds * rate), 1, 600);
  }
  int64_t look_ahead() const { return std::min<int64_t>(Frames(kLookAhead), 180); }

  // How long a face is hidden after its last detection and before its first, in frames.
  int64_t Hold(const Track& track) const {
    double seconds = kHoldOnce;
    if (track.found > 1) {
      const double gap = (track.found_last - track.found_first) / (track.found - 1) / rate;
      seconds = std::clamp<double>(kHoldGaps * gap, kHoldLeast, kHoldMost);
    }
    return Frames(seconds * (settings.head ? kHeadHold : 1));
  }

  void Answer(int64_t frame, std::vector<Detection> faces, bool looked);
  void Advance(int64_t frame);
  void Follow(Track& track, int64_t frame);
  void End(Track& track, bool left);
  void Update(Track& track, int64_t frame, const Detection& face);
  void Fill(Track& track, int64_t frame);
  void ExtendBack(Track& track);
  void Believe(Track& track);
  void Settle(int64_t end);

  FollowSettings settings;
  double rate;  // frames a second
  Schedule schedule;
  double plane_scale;  // frame pixels a plane sample
  double strictness;   // times the scores asked for
  MaskShape shape;

  Window window;
  int64_t pushed = 0;                  // frames
  int64_t shot_begin = 0;              // of the newest frame's shot
  std::map<int64_t, double> searched;  // the finest scale of each search not yet answered
  int64_t done = -1;                   // the newest frame that tracks have been carried to
  int64_t settled = 0;
  int64_t numbers = 0;
  std::list<Track> tracks;  // by birth
  std::vector<TrackedMask> rows;
  std::vector<TrackDoubt> doubts;
};

void Follower::Impl::End(Track& track, bool left) {
  if (track.ended) return;
  track.ended = true;
  track.left = left;
  if (!track.believed) {
    if (track.best >= kResidualScore * strictness) {
      doubts.push_back({0, track.found_first, track.found_last, DoubtKind::kResidual});
    }
    track.moments.clear();
  }
}

void Follower::Impl::Follow(Track& track, int64_t frame) {
  if (window.begins_shot(frame)) return End(track, true);
  if (frame - track.found_last > Hold(track)) return End(track, false);
  Step(window, frame - 1, frame, track.mover);
  if (ShareInside(track.mover.box, settings.width, settings.height) <= 0.02) {
    return End(track, true);
  }
  if (frame - track.found_last > Frames(kHoldSure) &&
      track.mover.drift > kHoldDrift * SideOf(track.mover.box)) {
    return End(track, false);
  }
  Moment moment;
  moment.box = track.mover.box;
  moment.drift = track.mover.drift;
  moment.size_drift = track.mover.size_drift;
  moment.score = track.moments.back().score;
  track.moments.push_back(moment);
}

void Follower::Impl::Advance(int64_t frame) {
  for (int64_t next = done + 1; next <= frame; ++next) {
    for (Track& track : tracks) {
      if (!track.ended) Follow(track, next);
    }
    done = next;
    Settle(done - look_ahead());
  }
}

// Takes a detection into the track, weighted by how sure both are (a Kalman filter's update, with a
// drift for each side).
void Follower::Impl::Update(Track& track, int64_t frame, const Detection& face) {
  const Box found = Box::Of(face);
  Mover& mover = track.mover;
  const double doubt = 1 - std::min(1.0, face.score / 0.5);
  const double noise = SideOf(found) * (0.05 + 0.1 * doubt) + 1.5;
  const double size_noise = 0.08 + 0.15 * doubt;
  const auto gain = [](double drift, double by) {
    return drift * drift / (drift * drift + by * by);
  };
  const double move = gain(mover.drift, noise), resize = gain(mover.size_drift, size_noise);
  mover.box.x += move * (found.x - mover.box.x);
  mover.box.y += move * (found.y - mover.box.y);
  mover.box.width += resize * (found.width - mover.box.width);
  mover.box.height += resize * (found.height - mover.box.height);
  mover.drift *= std::sqrt(1 - move);
  mover.size_drift *= std::sqrt(1 - resize);

  Moment& moment = track.At(frame);
  moment.box = mover.box;
  moment.drift = mover.drift;
  moment.size_drift = mover.size_drift;
  moment.source = RowSource::kDetected;
  moment.score = face.score;
  moment.detection = found;
  ++track.found;
  track.best = std::max(track.best, face.score);
  track.sum += face.score;
}

// Carries the face back from `frame` to its detection before, and joins both ways.
void Follower::Impl::Fill(Track& track, int64_t frame) {
  const int64_t before = track.found_last;
  if (frame - before > Frames(1) && track.believed) {
    doubts.push_back({track.number, before + 1, frame - 1, DoubtKind::kFilled});
  }
  Mover mover = track.mover;
  mover.own_x = -mover.own_x;
  mover.own_y = -mover.own_y;
  const int64_t least = std::max({before, settled - 1, window.first() - 1, track.first - 1});
  for (int64_t at = frame - 1; at > least; --at) {
    Step(window, at + 1, at, mover);
    Moment backward;
    backward.box = mover.box;
    backward.drift = mover.drift;
    backward.size_drift = mover.size_drift;
    backward.score = track.At(frame).score;
    track.At(at) = Between(track.At(at), backward);
  }
}

// Carries the face back from its first detection.
void Follower::Impl::ExtendBack(Track& track) {
  Mover& mover = track.back;
  const int64_t least = std::max({settled, window.first(), track.found_first - Hold(track)});
  while (track.first > least && !window.begins_shot(track.first)) {
    Step(window, track.first, track.first - 1, mover);
    if (ShareInside(mover.box, settings.width, settings.height) <= 0.02) return;
    Moment moment;
    moment.box = mover.box;
    moment.drift = mover.drift;
    moment.size_drift = mover.size_drift;
    moment.score = track.moments.front().score;
    track.moments.push_front(moment);
    --track.first;
  }
}

void Follower::Impl::Believe(Track& track) {
  if (track.believed) return ExtendBack(track);
  // A large face scores higher, and a large mistake hides more.
  const double large =
      track.mover.box.height / (kLargeFrom * std::min(settings.width, settings.height));
  const double asked = strictness * std::clamp(large < 1 ? large : std::sqrt(large), 0.6, 2.0);
  const bool enough =
      track.best >= kAlone * asked ||
      (track.found > 1 && track.best >= kBest * asked && track.sum >= kTogether * asked &&
       track.sum >= kMeanScore * asked * track.looks);
  if (!enough) return;
  track.believed = true;
  ExtendBack(track);
}

void Follower::Impl::Answer(int64_t frame, std::vector<Detection> faces, bool looked) {
  Advance(frame);
  const auto search = searched.find(frame);
  const double scale = search == searched.end() ? 1 : search->second;
  searched.erase(searched.begin(), searched.upper_bound(frame));
  if (!looked) return;

  std::erase_if(faces, [&](const Detection& face) {
    return !(face.width >= 1 && face.height >= 1 && face.width < 1e6 && face.height < 1e6) ||
           face.height < settings.min_face ||
           ShareInside(Box::Of(face), settings.width, settings.height) <= 0;
  });
  if (faces.size() > kMostDetections) faces.resize(kMostDetections);
  for (Detection& face : faces) face = Completed(face, settings.width, settings.height);

  std::vector<Track*> active;
  std::vector<Mover> movers;
  for (Track& track : tracks) {
    if (track.ended) continue;
    active.push_back(&track);
    movers.push_back(track.mover);
  }
  const std::vector<int> linked = Link(movers, faces);
  std::vector<bool> found(active.size(), false);
  for (size_t d = 0; d < faces.size(); ++d) {
    if (linked[d] < 0) continue;
    Track& track = *active[linked[d]];
    found[linked[d]] = true;
    Update(track, frame, faces[d]);
    Fill(track, frame);
    track.found_last = frame;
  }
  for (size_t i = 0; i < active.size(); ++i) {
    Track& track = *active[i];
    const bool seen = track.mover.box.height * scale >= kSeenFrom &&
                      ShareInside(track.mover.box, settings.width, settings.height) > 0.5;
    if (seen || found[i]) ++track.looks;
    if (found[i]) Believe(track);
    // Another track has taken this face over.
    if (found[i]) continue;
    for (size_t j = 0; j < active.size(); ++j) {
      const Mover &a = track.mover, &b = active[j]->mover;
      if (found[j] && (active[j]->believed || !track.believed) && Overlap(a.box, b.box) > 0.5 &&
          std::hypot(a.own_x - b.own_x, a.own_y - b.own_y) * plane_scale < 0.03 * SideOf(b.box)) {
        End(track, true);
        break;
      }
    }
  }

  for (size_t d = 0; d < faces.size(); ++d) {
    if (linked[d] >= 0 || faces[d].score < kBirth * strictness) continue;
    const bool known = std::any_of(active.begin(), active.end(), [&](const Track* track) {
      if (track->ended || track->found_last != frame) return false;
      const Box &held = track->mover.box, face = Box::Of(faces[d]);
      return Overlap(face, held) > 0.4 || SharedArea(face, held) > 0.7 * face.width * face.height;
    });
    if (known) continue;
    Track track;
    track.first = track.found_first = track.found_last = frame;
    track.mover.box = Box::Of(faces[d]);
    track.mover.drift = 1e6;  // nothing is known before the first detection
    track.mover.size_drift = 1e3;
    track.mover.scale = plane_scale;
    track.mover.leap = std::clamp(900 / (rate * rate), 0.25, 9.0);
    track.moments.emplace_back();
    track.looks = 1;
    Update(track, frame, faces[d]);
    track.back = track.mover;
    tracks.push_back(std::move(track));
    Believe(tracks.back());
  }
}

void Follower::Impl::Settle(int64_t end) {
  for (; settled < end; ++settled) {
    for (Track& track : tracks) {
      if (!track.believed || track.first > settled || track.last() < settled) continue;
      if (track.number == 0) track.number = ++numbers;
      const TrackedMask asked = MaskAt(track, settled, shape);
      track.shown = track.shown ? WithPlay(*track.shown, asked) : asked;
      rows.push_back(*track.shown);
    }
  }
  for (auto track = tracks.begin(); track != tracks.end();) {
    while (track->moments.size() > 1 && track->first < settled - 2 * shape.radius) {
      track->moments.pop_front();
      ++track->first;
    }
    if (track->ended && (track->moments.empty() || track->last() < settled)) {
      if (track->believed && track->number > 0) {
        const int64_t from = track->found_first, to = track->found_last;
        if (track->best < kWeakScore) {
          doubts.push_back({track->number, from, to, DoubtKind::kWeak});
        } else if (track->found == 1) {
          doubts.push_back({track->number, from, to, DoubtKind::kShort});
        }
        if (!track->left) {
          doubts.push_back({track->number, to, track->last(), DoubtKind::kLost});
        }
      }
      track = tracks.erase(track);
    } else {
      ++track;
    }
  }
  window.DropBefore(settled - 1);
}

Follower::Follower(const FollowSettings& settings) : impl_(std::make_unique<Impl>(settings)) {}
Follower::~Follower() = default;

int Follower::grey_width() const {
  return std::max(1, static_cast<int>(std::lround(impl_->settings.width / impl_->plane_scale)));
}

int Follower::grey_height() const {
  return std::max(1, static_cast<int>(std::lround(impl_->settings.height / impl_->plane_scale)));
}

Search Follower::Push(double, GreyPicture grey) {
  Impl& impl = *impl_;
  if (impl.window.Push(std::move(grey))) impl.shot_begin = impl.pushed;
  Search search{impl.schedule.At(impl.pushed - impl.shot_begin), kSearch * impl.strictness};
  if (!search.passes.empty()) {
    double finest = 0;
    for (const LookPass& pass : search.passes) finest = std::max(finest, pass.scale);
    impl.searched[impl.pushed] = finest;
  }
  ++impl.pushed;
  return search;
}

void Follower::Found(int64_t frame, std::vector<Detection> faces) {
  impl_->Answer(frame, std::move(faces), true);
}

void Follower::Failed(int64_t frame) { impl_->Answer(frame, {}, false); }

void Follower::Finish() {
  Impl& impl = *impl_;
  impl.Advance(impl.pushed - 1);
  for (Track& track : impl.tracks) impl.End(track, true);
  impl.Settle(impl.pushed);
}

std::vector<TrackedMask> Follower::Take() { return std::exchange(impl_->rows, {}); }
int64_t Follower::settled() const { return impl_->settled; }
std::vector<TrackDoubt> Follower::TakeDoubts() { return std::exchange(impl_->doubts, {}); }

}  // namespace efface
