#include "efface/media/av/regions.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace efface {
namespace {

constexpr int kBlock = 16;  // of x264; x265 takes the same unit

// Of the range of quantisers (51 for 8 bits): 8 steps.
constexpr AVRational kCoarser = {8, 51};

// The blocks of one row of blocks, from sample row `top` on, that are hidden wholly.
void AddRow(const Patch& patch, int top, std::vector<AVRegionOfInterest>& regions) {
  std::vector<uint8_t> hidden(static_cast<size_t>(patch.width), 1);
  const int begin = top - patch.y;
  for (int y = begin; y < begin + kBlock; ++y) {
    const uint8_t* row = patch.hidden.data() + static_cast<size_t>(y) * patch.width;
    for (int x = 0; x < patch.width; ++x) hidden[x] &= row[x];
  }
  const int first = (patch.x + kBlock - 1) / kBlock * kBlock;
  int left = -1;  // of the run in hand
  for (int x = first;; x += kBlock) {
    const int end = x + kBlock - patch.x;
    const bool inside =
        end <= patch.width && std::all_of(hidden.begin() + (x - patch.x), hidden.begin() + end,
                                          [](uint8_t h) { return h != 0; });
    if (inside && left < 0) left = x;
    if (!inside && left >= 0) {
      regions.push_back({.self_size = sizeof(AVRegionOfInterest),
                         .top = top,
                         .bottom = top + kBlock,
                         .left = left,
                         .right = x,
                         .qoffset = kCoarser});
      left = -1;
    }
    if (end > patch.width) break;
  }
}

}  // namespace

absl::Status AddFilledRegions(const std::vector<Patch>& patches, AVFrame& frame) {
  std::vector<AVRegionOfInterest> regions;
  for (const Patch& patch : patches) {
    const int first = (patch.y + kBlock - 1) / kBlock * kBlock;
    for (int top = first; top + kBlock <= patch.y + patch.height; top += kBlock) {
      AddRow(patch, top, regions);
    }
  }
  if (regions.empty()) return absl::OkStatus();
  const size_t bytes = regions.size() * sizeof regions.front();
  AVFrameSideData* data = av_frame_new_side_data(&frame, AV_FRAME_DATA_REGIONS_OF_INTEREST, bytes);
  if (data == nullptr)
    return absl::ResourceExhaustedError("there is not enough memory for a frame");
  std::memcpy(data->data, regions.data(), bytes);
  return absl::OkStatus();
}

}  // namespace efface
