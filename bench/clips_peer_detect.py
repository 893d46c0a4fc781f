"""Says what deface 1.5.0 hides in a clip, each frame for itself, with its defaults; runs in its own virtual environment:
clips_peer_detect.py BACKEND WIDTH HEIGHT < frames as rgb24, a JSON line a frame with "masks" and "narrow" as in peer_detect.py."""

import json
import sys

import numpy as np
from deface.centerface import CenterFace

from peer_detect import masks, narrow


def main():
    backend, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    detector = CenterFace(in_shape=None, backend=backend)
    while len(data := sys.stdin.buffer.read(width * height * 3)) == width * height * 3:
        detections, _ = detector(np.frombuffer(data, np.uint8).reshape(height, width, 3), threshold=0.2)
        print(json.dumps({"masks": masks(detections, width, height), "narrow": narrow(detections)}), flush=True)


if __name__ == "__main__":
    main()
