// Following from frames and detections to rows, on synthetic clips.
#include "efface/track/follower.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

#include "efface/track/link.h"
#include "efface/track/schedule.h"
#include "efface/track/smooth.h"
#include "efface/track/test_scene.h"

namespace efface {
namespace {

constexpr int kWidth = 480, kHeight = 270;  // frame and plane alike

Detection DetectionOf(const Box& box, double score) {
  return {box.x - box.width / 2, box.y - box.height / 2, box.width, box.height, score};
}

struct Clip {
  int frames = 90;
  // What is in a frame. All heads are drawn; `found` says with which score the i-th is found in a
  // frame that is searched (0: not).
  std::function<std::vector<Head>(int)> heads;
  std::function<double(int frame, int head)> found = [](int, int) { return 0.8; };
  std::function<uint32_t(int)> background = [](int) { return 3u; };
  std::function<bool(int)> fails = [](int) { return false; };
};

struct Result {
  std::map<int64_t, std::vector<TrackedMask>> rows;
  std::vector<TrackDoubt> doubts;
  int64_t most_lag = 0;  // frames between the newest and the oldest that is not settled
  int64_t faces = 0;
};

Result FollowClip(const Clip& clip, bool head = false) {
  FollowSettings settings;
  settings.width = kWidth;
  settings.height = kHeight;
  settings.head = head;
  Follower follower(settings);
  EXPECT_EQ(follower.grey_width(), kWidth);
  EXPECT_EQ(follower.grey_height(), kHeight);
  Result result;
  int64_t last = -1;
  const auto take = [&] {
    for (const TrackedMask& mask : follower.Take()) {
      EXPECT_GE(mask.frame, last);
      last = mask.frame;
      EXPECT_TRUE(std::isfinite(mask.x + mask.y + mask.width + mask.height));
      result.rows[mask.frame].push_back(mask);
      result.faces = std::max(result.faces, mask.face);
    }
    EXPECT_LT(last, follower.settled());
  };
  for (int f = 0; f < clip.frames; ++f) {
    const std::vector<Head> heads = clip.heads(f);
    const Search search =
        follower.Push(f / 30.0, Scene(kWidth, kHeight, clip.background(f), 0.7 * f, 0, heads));
    if (!search.passes.empty()) {
      std::vector<Detection> found;
      for (int i = 0; i < static_cast<int>(heads.size()); ++i) {
        const double score = clip.found(f, i);
        if (score > 0) found.push_back(DetectionOf(heads[i].box, score));
      }
      if (clip.fails(f)) {
        follower.Failed(f);
      } else {
        follower.Found(f, std::move(found));
      }
    }
    result.most_lag = std::max(result.most_lag, f - follower.settled());
    take();
  }
  follower.Finish();
  take();
  EXPECT_EQ(follower.settled(), clip.frames);
  result.doubts = follower.TakeDoubts();
  return result;
}

// Whether at least 80 % of the ellipse in the box is hidden.
bool Covered(const Result& result, int frame, const Box& box) {
  const auto rows = result.rows.find(frame);
  if (rows == result.rows.end()) return false;
  int all = 0, hidden = 0;
  for (double v = -0.95; v < 1; v += 0.1) {
    for (double u = -0.95; u < 1; u += 0.1) {
      if (u * u + v * v > 1) continue;
      const double x = box.x + u * box.width / 2, y = box.y + v * box.height / 2;
      if (x < 0 || y < 0 || x > kWidth || y > kHeight) continue;
      ++all;
      for (const TrackedMask& mask : rows->second) {
        const double p = (x - mask.x - mask.width / 2) / (mask.width / 2);
        const double q = (y - mask.y - mask.height / 2) / (mask.height / 2);
        if (p * p + q * q <= 1) {
          ++hidden;
          break;
        }
      }
    }
  }
  return hidden >= 0.8 * all;
}

void ExpectAllCovered(const Clip& clip, const Result& result) {
  for (int f = 0; f < clip.frames; ++f) {
    for (const Head& head : clip.heads(f)) {
      if (ShareInside(head.box, kWidth, kHeight) < 0.5) continue;
      EXPECT_TRUE(Covered(result, f, head.box)) << "frame " << f << " at " << head.box.x;
    }
  }
}

std::vector<Head> Walker(int f) { return {{{100 + 3.0 * f, 100 + 0.5 * f, 40, 50}, 9}}; }

TEST(Follower, HidesAWalkerInEveryFrame) {
  const Clip clip{.heads = Walker};
  const Result result = FollowClip(clip);
  ExpectAllCovered(clip, result);
  EXPECT_EQ(result.faces, 1);
  // Not by hiding everything.
  for (const auto& [frame, rows] : result.rows) {
    for (const TrackedMask& mask : rows) EXPECT_LT(mask.width * mask.height, 5 * 40 * 50) << frame;
  }
}

TEST(Follower, HidesBeforeTheFirstAndAfterTheLastDetection) {
  const Clip clip{.heads = Walker, .found = [](int f, int) { return f > 30 && f < 60 ? 0.8 : 0; }};
  const Result result = FollowClip(clip);
  for (int f = 5; f < 88; ++f) EXPECT_TRUE(Covered(result, f, Walker(f)[0].box)) << f;
}

TEST(Follower, ClosesAGapWhileTheHeadTurnsBack) {
  // It is not found while it slows down, and turns round.
  const auto heads = [](int f) -> std::vector<Head> {
    return {{{240 + 90 * std::sin(f / 25.0), 130, 40, 50}, 9}};
  };
  const Clip clip{.heads = heads, .found = [](int f, int) { return f < 28 || f > 54 ? 0.7 : 0; }};
  const Result result = FollowClip(clip);
  ExpectAllCovered(clip, result);
  EXPECT_EQ(result.faces, 1);
  EXPECT_EQ(result.rows.at(40)[0].source, RowSource::kFilled);
}

TEST(Follower, KeepsTwoWhoCross) {
  const auto heads = [](int f) -> std::vector<Head> {
    return {{{80 + 3.5 * f, 120, 40, 50}, 9}, {{400 - 3.5 * f, 135, 44, 54}, 21}};
  };
  const Clip clip{.heads = heads, .found = [&](int f, int i) {
                    // The one behind is not seen while it is covered.
                    const double apart = std::abs(heads(f)[0].box.x - heads(f)[1].box.x);
                    return i == 0 && apart < 36 ? 0 : 0.8;
                  }};
  ExpectAllCovered(clip, FollowClip(clip));
}

TEST(Follower, EndsAtACutAndWhereTheFaceLeaves) {
  const auto heads = [](int f) -> std::vector<Head> {
    if (f < 45) return {{{150, 120, 40, 50}, 9}};
    return {{{400 + 4.0 * (f - 45), 60, 40, 50}, 21}};
  };
  const Clip clip{.heads = heads, .background = [](int f) { return f < 45 ? 3u : 501u; }};
  const Result result = FollowClip(clip);
  for (int f = 0; f < 45; ++f) EXPECT_TRUE(Covered(result, f, heads(f)[0].box)) << f;
  for (int f = 45; f < 62; ++f) EXPECT_TRUE(Covered(result, f, heads(f)[0].box)) << f;
  EXPECT_FALSE(Covered(result, 44, {420, 60, 40, 50}));  // nothing over the cut, either way
  EXPECT_FALSE(Covered(result, 45, {180, 120, 40, 50}));
  EXPECT_EQ(result.rows.count(85), 0u);  // it left
}

TEST(Follower, DropsWeakOnesThatNothingConfirms) {
  const auto heads = [](int f) -> std::vector<Head> { return {{{150 + 0.7 * f, 120, 40, 50}, 9}}; };
  const Result once =
      FollowClip({.heads = heads, .found = [](int f, int) { return f == 0 ? 0.14 : 0; }});
  EXPECT_TRUE(once.rows.empty());
  ASSERT_FALSE(once.doubts.empty());
  EXPECT_EQ(once.doubts[0].kind, DoubtKind::kResidual);
  // The same score again and again makes a face, hidden from the first frame on, and a doubt.
  const Clip often{.heads = heads, .found = [](int, int) { return 0.35; }};
  const Result result = FollowClip(often);
  ExpectAllCovered(often, result);
}

TEST(Follower, HoldsForASecondAndThenEnds) {
  const auto heads = [](int f) -> std::vector<Head> { return {{{150 + 0.7 * f, 120, 40, 50}, 9}}; };
  const Clip clip{
      .frames = 240, .heads = heads, .found = [](int f, int) { return f <= 30 ? 0.9 : 0; }};
  const Result face = FollowClip(clip);
  for (int f = 0; f <= 60; ++f) EXPECT_TRUE(Covered(face, f, heads(f)[0].box)) << f;
  EXPECT_EQ(face.rows.count(200), 0u);
  const bool lost = std::any_of(face.doubts.begin(), face.doubts.end(),
                                [](const TrackDoubt& d) { return d.kind == DoubtKind::kLost; });
  EXPECT_TRUE(lost);
  // The whole head is larger, and held longer.
  const Result head = FollowClip(clip, true);
  EXPECT_GT(head.rows.size(), face.rows.size());
  EXPECT_GT(head.rows.at(10)[0].width, 1.5 * face.rows.at(10)[0].width);
}

TEST(Follower, FailedSearchesCostNothingButTime) {
  const Clip clip{.heads = Walker, .fails = [](int f) { return f >= 20 && f < 40; }};
  ExpectAllCovered(clip, FollowClip(clip));
}

TEST(Follower, GivesRowsWithABoundedLag) {
  const Clip clip{.frames = 400, .heads = [](int f) -> std::vector<Head> {
                    return {{{240 + 100 * std::sin(f / 40.0), 130, 40, 50}, 9}};
                  }};
  const Result result = FollowClip(clip);
  EXPECT_LE(result.most_lag, 180);
  ExpectAllCovered(clip, result);
  EXPECT_EQ(result.faces, 1);
}

TEST(Follower, SurvivesNonsense) {
  FollowSettings settings;
  settings.width = settings.height = 1;
  settings.frames_a_second = std::nan("");
  Follower follower(settings);
  for (int f = 0; f < 5; ++f) {
    const Search search = follower.Push(0, {1, 1, {static_cast<uint8_t>(f * 50)}});
    if (search.passes.empty()) continue;
    const double nan = std::nan("");
    follower.Found(f, {{0, 0, 1, 1, 0.9},
                       {nan, nan, nan, nan, nan},
                       {1e30, 1e30, 1e30, 1e30, 1},
                       {-1e30, 0, 2e30, 1, 1},
                       {0, 0, -1, -1, 0.9},
                       {0, 0, 1e-30, 1e-30, 0.9}});
  }
  follower.Finish();
  for (const TrackedMask& mask : follower.Take()) {
    EXPECT_TRUE(std::isfinite(mask.x + mask.y + mask.width + mask.height));
  }
  Follower empty(settings);
  empty.Finish();
  EXPECT_TRUE(empty.Take().empty());
}

TEST(Schedule, IsDenseAtFirstAndDependsOnTheNumberAlone) {
  const Schedule schedule(1920, 1080, 30, Effort::kBalanced, 0);
  const std::vector<LookPass> first = schedule.At(0);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].scale, 1);
  EXPECT_EQ(first[0].gate_scale, 0.5);
  EXPECT_NEAR(first[1].scale, 1 / 6.0, 1e-9);
  double pixels = 0;  // of looks at the whole frame, which windows are fewer than
  for (int i = 0; i < 120; ++i) {
    for (const LookPass& pass : schedule.At(i)) {
      for (const double scale : {pass.scale, pass.gate_scale})
        pixels += scale * scale * 1920 * 1080;
    }
  }
  EXPECT_LT(pixels / 120, 200'000);
  // Twice the frames a second: half the searches a frame.
  EXPECT_TRUE(Schedule(1920, 1080, 60, Effort::kBalanced, 0).At(5).empty());
  EXPECT_FALSE(schedule.At(5).empty());
}

TEST(Schedule, LooksAtWholeFramesWhereThoroughOrWhereAGateWouldBeTooCoarse) {
  const auto fine = [](int width, Effort effort) {
    return Schedule(width, width * 9 / 16, 30, effort, 0).At(0)[0];
  };
  EXPECT_EQ(fine(1920, Effort::kThorough).gate_scale, 0);
  EXPECT_EQ(fine(1280, Effort::kBalanced).gate_scale, 0.5);
  EXPECT_EQ(fine(1000, Effort::kBalanced).gate_scale, 0);
  EXPECT_EQ(fine(640, Effort::kBalanced).scale, 2);
  EXPECT_EQ(fine(640, Effort::kBalanced).gate_scale, 1);
}

TEST(Link, TakesTheNearestAndStrongOnesFirst) {
  const std::vector<Mover> faces = {{.box = {100, 100, 40, 50}}, {.box = {130, 100, 40, 50}}};
  EXPECT_EQ(Link(faces, std::vector{DetectionOf({128, 101, 40, 50}, 0.9),
                                    DetectionOf({103, 101, 40, 50}, 0.9)}),
            (std::vector{1, 0}));
  // A weak one that lies nearer does not take a strong one's face.
  EXPECT_EQ(Link(std::vector{faces[0]}, std::vector{DetectionOf({101, 100, 40, 50}, 0.1),
                                                    DetectionOf({106, 100, 40, 50}, 0.9)}),
            (std::vector{-1, 0}));
  EXPECT_EQ(Link(faces, std::vector{DetectionOf({100, 100, 120, 150}, 0.9),
                                    DetectionOf({300, 100, 40, 50}, 0.9)}),
            (std::vector{-1, -1}));
}

TEST(Mask, CoversTheDetectionAndChangesSlowly) {
  Track track;
  for (int f = 0; f < 60; ++f) {
    Moment moment;
    moment.box = {100, 100, 40, 50};
    if (f == 30) {
      moment.source = RowSource::kDetected;
      moment.detection = {104, 100, 60, 70};
    }
    track.moments.push_back(moment);
  }
  const MaskShape shape;
  const TrackedMask at = MaskAt(track, 30, shape);
  EXPECT_LE(at.x, 104 - 1.3 * 30);
  EXPECT_GE(at.x + at.width, 104 + 1.3 * 30);
  EXPECT_GE(at.height, 1.3 * 70);
  double before = MaskAt(track, 0, shape).width;
  EXPECT_NEAR(before, 40 * (1.3 + 5.0 / 50), 1e-6);
  for (int f = 1; f < 60; ++f) {
    const double width = MaskAt(track, f, shape).width;
    EXPECT_LT(std::abs(width - before), 0.1 * before) << f;
    before = width;
  }
}

TEST(Mask, StandsStillWhileWhatIsAskedForJitters) {
  TrackedMask shown{1, 0, 100, 50, 40, 60, 1, RowSource::kDetected};
  for (int f = 1; f < 50; ++f) {
    const double off = f % 2 == 0 ? 0.5 : -0.5;  // less than the play of 2 by 3
    const TrackedMask asked{1, f, 100 + off, 50 - off, 40, 60, 1, RowSource::kFollowed};
    const TrackedMask next = WithPlay(shown, asked);
    if (f > 2) {
      EXPECT_EQ(next.x, shown.x) << f;
      EXPECT_EQ(next.width, shown.width) << f;
      EXPECT_EQ(next.y, shown.y) << f;
      EXPECT_EQ(next.height, shown.height) << f;
    }
    EXPECT_EQ(next.frame, f);
    shown = next;
  }
}

TEST(Mask, CoversAMovingFaceAndTrailsByThePlayAlone) {
  TrackedMask shown{1, 0, 100, 50, 40, 60, 1, RowSource::kDetected};
  for (int f = 1; f < 50; ++f) {
    const TrackedMask asked{1, f, 100.0 + 3 * f, 50, 40, 60, 1, RowSource::kFollowed};
    shown = WithPlay(shown, asked);
    EXPECT_GE(shown.x + shown.width, asked.x + 40) << f;
    EXPECT_LE(shown.x, asked.x) << f;
    EXPECT_NEAR(shown.x, asked.x - 0.05 * 40, 1e-9) << f;
    EXPECT_NEAR(shown.width, 1.05 * 40, 1e-9) << f;
  }
}

}  // namespace
}  // namespace efface
