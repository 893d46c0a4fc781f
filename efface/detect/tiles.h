// How a picture of any size is laid on a few fixed canvases, so that the detector's memory stays
// bounded.
#ifndef EFFACE_DETECT_TILES_H_
#define EFFACE_DETECT_TILES_H_

#include <array>
#include <optional>
#include <vector>

namespace efface {

struct CanvasSize {
  int width = 0, height = 0;  // pixels, multiples of 32 (the network's coarsest stride)
};

// Every shape that the network is run on. The kernels for one are made when it is first used, and
// kept.
inline constexpr std::array<CanvasSize, 18> kCanvases = {{
    {320, 192},
    {384, 288},
    {288, 384},
    {512, 384},
    {640, 640},
    {768, 512},
    {768, 608},
    {608, 768},
    {1024, 704},
    {1024, 768},
    {768, 1024},
    // From here on for clips only (16:9, 4:3, 9:16), so that photos are laid out as ever.
    {640, 384},
    {384, 640},
    {640, 480},
    {960, 544},
    {1280, 736},
    {992, 1088},
    {1088, 992},
}};
inline constexpr int kPhotoCanvases = 11;  // the first ones, which photos are laid on
inline constexpr int kWindowCanvas = 0;    // the one for windows around uncertain faces

// Canvas pixels that neighbouring tiles share: a face up to this size is whole in one of them;
// larger ones are found at a coarser scale.
inline constexpr int kTileOverlap = 64;

// One canvas full of the upright picture.
struct Tile {
  int canvas = 0;  // index into kCanvases
  double x = 0,
         y = 0;      // the picture's point at the canvas's top left corner, in picture pixels, >= 0
  double scale = 1;  // canvas pixels a picture pixel
};

// Tiles that cover a whole picture at about `scale`: between 0.93 of it and all of it, where a
// little less saves a row of tiles. The cheapest of the canvases is taken.
std::vector<Tile> CoverPicture(int width, int height, double scale);

// One tile that shows the whole picture, at between 0.93 of `scale` and all of it, so that no face
// is cut; nullopt where no canvas of up to 640 x 640 pixels can.
std::optional<Tile> CoverWhole(int width, int height, double scale);

struct Point {
  double x = 0, y = 0;  // picture pixels
};

// The same for a frame of a clip, with all canvases.
std::vector<Tile> CoverFrame(int width, int height, double scale);

// Windows of kWindowCanvas at `scale` that together contain all `points`, each at least `inset`
// canvas pixels away from the window's edges that are not the picture's. Greedy, from top to
// bottom.
std::vector<Tile> CoverPoints(std::vector<Point> points, int width, int height, double scale,
                              double inset);

}  // namespace efface

#endif  // EFFACE_DETECT_TILES_H_
