"""The measures of redacted clips, frame by frame, in the words of measures.py; and what a face of a clip adds to them.

eligible face       in a frame: not invalid, at least 20 px high and at least 0.6 of it visible. A face of a clip counts if it
                    is eligible in at least one frame.
frame recall        covered share of all eligible faces of all frames.
never exposed       share of the faces of a clip that are covered in every frame in which they are eligible.
over-redaction      as in photos, mean over frames.

How exact: a face is tried at 4000 points, wherever it lies (shares are right to a few thousandths). Over-redaction is counted
on a grid of at most 1280 points along the longer side, each for its cell: exact up to 1280 x 720, and within 0.02 % of the
frame at 1920 x 1080, since what a coarse grid gains on one edge it loses on the other.
"""

import numpy as np

import measures

LONGEST_GRID = 1280
PAIRS_AT_ONCE = 2000  # pairs of a face and a mask, of 4000 points each: 64 MB an array


def rows_of_frames(frame, frames):
    """A slice of row numbers for each frame, and the order of rows that it is a slice of."""
    order = np.argsort(frame, kind="stable")
    ends = np.searchsorted(frame[order], np.arange(frames + 1))
    return order, [slice(ends[f], ends[f + 1]) for f in range(frames)]


def overlapping_pairs(clip, masks):
    """(pairs, 2): rows of labels and of masks of one frame whose boxes overlap, ordered by label."""
    order, own = rows_of_frames(clip.frame, clip.frames)
    mask_order, own_masks = rows_of_frames(masks[:, 0].astype(int), clip.frames)
    found = []
    for labels_here, masks_here in zip(own, own_masks):
        a, b = order[labels_here], mask_order[masks_here]
        if not len(a) or not len(b):
            continue
        boxes, others = clip.boxes[a], masks[b, 1:5]
        apart = ((others[None, :, :2] >= boxes[:, None, :2] + boxes[:, None, 2:]) |
                 (boxes[:, None, :2] >= others[None, :, :2] + others[None, :, 2:])).any(axis=2)
        label, mask = np.nonzero(~apart)
        found.append(np.stack([a[label], b[mask]], axis=1))
    pairs = np.concatenate(found) if found else np.zeros((0, 2), dtype=int)
    return pairs[np.argsort(pairs[:, 0], kind="stable")]


def hidden_shares(clip, masks):
    """The hidden share, 0..1, of each labelled ellipse as far as it lies in the frame; nan where no part of it does.
    masks: (n, 6), frame, x, y, width, height, is rectangle."""
    disc = measures.disc_points().astype(np.float32)
    masks = masks[(masks[:, 3] > 0) & (masks[:, 4] > 0)]
    pairs = overlapping_pairs(clip, masks)
    shares = np.full(len(clip.frame), np.nan)

    def points(rows):
        boxes = clip.boxes[rows].astype(np.float32)
        x = boxes[:, 0, None] + boxes[:, 2, None] * (disc[:, 0] + 1) / 2
        y = boxes[:, 1, None] + boxes[:, 3, None] * (disc[:, 1] + 1) / 2
        return x, y, (x >= 0) & (y >= 0) & (x < clip.width) & (y < clip.height)

    for start in range(0, len(shares), PAIRS_AT_ONCE):
        rows = np.arange(start, min(start + PAIRS_AT_ONCE, len(shares)))
        here = pairs[np.searchsorted(pairs[:, 0], rows[0]):np.searchsorted(pairs[:, 0], rows[-1], side="right")]
        x, y, real = points(rows)
        hidden = np.zeros_like(real)
        for label, mask in here:
            left, top, width, height, is_rectangle = masks[mask, 1:6]
            at = label - start
            u, v = (x[at] - (left + width / 2)) / (width / 2), (y[at] - (top + height / 2)) / (height / 2)
            hidden[at] |= (np.maximum(abs(u), abs(v)) <= 1) if is_rectangle else (u * u + v * v <= 1)
        count = real.sum(axis=1)
        shares[rows] = np.where(count > 0, (hidden & real).sum(axis=1) / np.maximum(count, 1), np.nan)
    return shares


def over_redaction(clip, masks):
    """Share of each frame that masks hide outside of the grown boxes: (frames,)."""
    step = max(1.0, max(clip.width, clip.height) / LONGEST_GRID)
    width, height = round(clip.width / step), round(clip.height / step)
    scale = np.array([width / clip.width, height / clip.height] * 2)
    order, own = rows_of_frames(clip.frame, clip.frames)
    mask_order, own_masks = rows_of_frames(masks[:, 0].astype(int), clip.frames)
    shares = np.zeros(clip.frames)
    for frame in range(clip.frames):
        here = masks[mask_order[own_masks[frame]]]
        if len(here):
            scaled = [(*box, is_rectangle) for box, is_rectangle in zip(here[:, 1:5] * scale, here[:, 5])]
            shares[frame] = measures.over_redaction(clip.boxes[order[own[frame]]] * scale, scaled, width, height)
    return shares


def runs(frames):
    """[first, last] of each run of consecutive frames in an ascending array."""
    if not len(frames):
        return []
    cuts = np.flatnonzero(np.diff(frames) > 1)
    return [[int(a), int(b)] for a, b in zip(frames[np.r_[0, cuts + 1]], frames[np.r_[cuts, len(frames) - 1]])]


def exposures(clip, shares, limit):
    """Each face that is bare in some frame in which it is eligible, with those frames and the least hidden share."""
    eligible = clip.eligible & np.isfinite(shares)
    bare = eligible & (shares < limit)
    found = []
    for face in np.unique(clip.face[bare]):
        mine = bare & (clip.face == face)
        found.append({"clip": clip.name, "face": int(face), "frames": runs(np.sort(clip.frame[mine])), "bare": int(mine.sum()),
                      "eligible": int((eligible & (clip.face == face)).sum()), "least_share": float(shares[mine].min())})
    return found
