"""Says what deface 1.5.0 hides with its defaults (scale 1, threshold 0.2, mask scale 1.3, ellipse); runs in its own
virtual environment: peer_detect.py BACKEND < paths, a JSON line a photo.

The steps are those of image_detect(), anonymize_frame() and draw_det() in deface/deface.py, with deface's own detector and
scale_bb(). Its mask scale of 1.3 adds 30 % on each side, so its mask is 1.6 x the box: "masks". Beside them the same finds
with masks of just 1.3 x the box, not rounded to pixels: "narrow".
"""

import json
import sys

import imageio.v2 as iio
from deface.centerface import CenterFace
from deface.deface import scale_bb


def masks(detections, width, height):
    """x, y, width, height of the ellipses that skimage.draw.ellipse fills, in whole pixels of the picture."""
    found = []
    for detection in detections:
        x1, y1, x2, y2 = scale_bb(*detection[:4].astype(int), 1.3)
        y1, y2 = max(0, y1), min(height - 1, y2)
        x1, x2 = max(0, x1), min(width - 1, x2)
        half_width, half_height = (x2 - x1) // 2, (y2 - y1) // 2
        # The middle is the centre of the pixel (x1 + half_width, y1 + half_height).
        found.append([float(x1) + 0.5, float(y1) + 0.5, 2.0 * half_width, 2.0 * half_height])
    return found


def narrow(detections):
    x1, y1, x2, y2 = detections[:, :4].T.astype(float)
    return [[float(v) for v in box] for box in zip(x1 - 0.15 * (x2 - x1), y1 - 0.15 * (y2 - y1), 1.3 * (x2 - x1), 1.3 * (y2 - y1))]


def main():
    detector = CenterFace(in_shape=None, backend=sys.argv[1])
    for line in sys.stdin:
        frame = iio.imread(line.rstrip("\n"))
        height, width = frame.shape[:2]
        detections, _ = detector(frame, threshold=0.2)
        print(json.dumps({"width": width, "height": height, "masks": masks(detections, width, height),
                          "narrow": narrow(detections)}), flush=True)


if __name__ == "__main__":
    main()
