"""The measures of redacted photos: how much of each labelled face is hidden, and how much else is.

Boxes and masks are in pixels of the upright picture; pixel (column, row) is the square from (column, row) to
(column + 1, row + 1). A mask is (x, y, width, height, is_rectangle): the ellipse inscribed in that box, or the box itself.

eligible face       not invalid (and its box has an area).
covered             at least 80 % of the ellipse inscribed in the labelled box is hidden by masks.
fully covered       at least 98 % of that ellipse.
over-redaction      share of the picture hidden outside of every labelled box (invalid ones too) grown by 30 % of its
                    size on each side; mean over pictures.
"""

import numpy as np

COVERED = 0.80
FULLY_COVERED = 0.98
GROWTH = 0.30
POINTS = 4000  # points at which the ellipse of a face is tried, whatever its size


def disc_points():
    """(POINTS, 2): points spread evenly over the unit disc on Vogel's spiral (Vogel 1979, Math. Biosci. 44), which falls in
    line with no edge of a mask, so that shares are right to a few thousandths."""
    index = np.arange(POINTS)
    radius, angle = np.sqrt((index + 0.5) / POINTS), index * np.pi * (3 - np.sqrt(5))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def inside(masks, x, y):
    """Whether the points (x, y), arrays of one shape, lie under any of the masks."""
    hidden = np.zeros(np.broadcast(x, y).shape, dtype=bool)
    for left, top, width, height, is_rectangle in masks:
        if width <= 0 or height <= 0:
            continue
        u, v = (x - left - width / 2) / (width / 2), (y - top - height / 2) / (height / 2)
        hidden |= (np.maximum(abs(u), abs(v)) <= 1) if is_rectangle else (u * u + v * v <= 1)
    return hidden


def hidden_shares(boxes, masks, width, height):
    """The hidden share, 0..1, of the ellipse in each of the (n, 4) boxes, as far as it lies in the picture.

    A box without any area in the picture has the share nan."""
    disc = disc_points()
    x = boxes[:, 0, None] + boxes[:, 2, None] * (disc[:, 0] + 1) / 2
    y = boxes[:, 1, None] + boxes[:, 3, None] * (disc[:, 1] + 1) / 2
    real = (x >= 0) & (y >= 0) & (x < width) & (y < height) & (boxes[:, 2:] > 0).all(axis=1)[:, None]
    count = real.sum(axis=1)
    hidden = (inside(masks, x, y) & real).sum(axis=1)
    return np.where(count > 0, hidden / np.maximum(count, 1), np.nan)


def window(left, top, right, bottom, width, height):
    """The slices of rows and columns whose pixel centres lie in the box."""
    rows = slice(max(0, int(np.ceil(top - 0.5))), max(0, min(height, int(np.floor(bottom - 0.5)) + 1)))
    columns = slice(max(0, int(np.ceil(left - 0.5))), max(0, min(width, int(np.floor(right - 0.5)) + 1)))
    return rows, columns


def over_redaction(boxes, masks, width, height):
    """Share of the picture's pixels, 0..1, that masks hide (by their centres) outside of the grown boxes."""
    hidden = np.zeros((height, width), dtype=bool)
    for mask in masks:
        left, top, w, h = mask[:4]
        rows, columns = window(left, top, left + w, top + h, width, height)
        y, x = np.ogrid[rows, columns]
        hidden[rows, columns] |= inside([mask], x + 0.5, y + 0.5)
    for left, top, w, h in boxes:
        grown = (left - GROWTH * w, top - GROWTH * h, left + (1 + GROWTH) * w, top + (1 + GROWTH) * h)
        hidden[window(*grown, width, height)] = False
    return hidden.sum() / hidden.size
