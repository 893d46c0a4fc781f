"""Quality: what each setting hides in a labelled set, measured as measures.py says, as plain figures for tables and JSON."""

import sys
import time

import numpy as np

import intervals
import labels
import measures
import redactors

# Names of the shares of faces that are counted, and from which hidden share of its ellipse a face counts.
LIMITS = {"covered": measures.COVERED, "fully_covered": measures.FULLY_COVERED}
SUBSETS = ("all", "easy", "medium", "hard", "20 px and more", "10 to 20 px")
GROUPS = {
    "skin": labels.SKIN_TYPES + ("I-III", "IV-VI", "Not Sure"),
    "gender": ("Female", "Male", "Not Sure"),
    "age": ("Young Adult", "Adult", "Middle age", "Senior", "Not Sure"),
}
EFFORTS = ("fast", "balanced", "thorough")
PEER, PEER_NARROW = "deface", "deface, mask 1.3 x"  # as shipped (1.6 x the box), and narrower
LIGHT, DARK = labels.SKIN_TYPES[:3], labels.SKIN_TYPES[3:]


class Faces:
    """All labelled faces of a set in columns, each a numpy array with one value a face."""

    def __init__(self, photos):
        rows = [(index, row) for index, photo in enumerate(photos) for row in photo.rows]
        self.photos = len(photos)
        self.photo = np.array([index for index, _ in rows], dtype=int)
        self.text = {c: np.array([row[c] for _, row in rows], dtype=object) for c in ("gender", "age", "skin")}
        boxes = np.concatenate([photo.boxes for photo in photos])
        self.height = boxes[:, 3]
        self.eligible = np.array([row["invalid"] == "0" for _, row in rows], dtype=bool) & (boxes[:, 2:] > 0).all(axis=1)
        self.subset = {
            "all": np.ones(len(rows), dtype=bool),
            **{s: np.array([row[s] == "1" for _, row in rows], dtype=bool) for s in ("easy", "medium", "hard")},
            "20 px and more": self.height >= 20,
            "10 to 20 px": (self.height >= 10) & (self.height < 20),
        }

    def group(self, kind, name):
        """Which faces belong to a group of GROUPS[kind]."""
        names = {"I-III": LIGHT, "IV-VI": DARK}.get(name, (name,))
        return np.isin(self.text[kind].astype(str), names)

    def sums(self, chosen, shares, limit):
        """(photos, 2): in each photo, the covered and all of the chosen faces."""
        return np.stack([np.bincount(self.photo[m], minlength=self.photos)
                         for m in (chosen & (shares >= limit), chosen)], axis=1)


def figures(faces, chosen, shares):
    """Recall of the chosen faces both ways, with the interval by faces and the one by photos."""
    result = {"faces": int(chosen.sum())}
    for name, limit in LIMITS.items():
        sums = faces.sums(chosen, shares, limit)
        hits, count = (int(v) for v in sums.sum(axis=0))
        low, high, _ = intervals.bootstrap(sums, lambda s: s[:, 0] / s[:, 1])
        result[name] = {"hits": hits, "recall": hits / count if count else None,
                        "interval_by_faces": intervals.wilson(hits, count), "interval_by_photos": (low, high)}
    return result


def skin_difference(faces, chosen, shares):
    """Recall of skin types I-III minus that of IV-VI among the chosen faces; None where one of them has no face."""
    light, dark = (chosen & faces.group("skin", name) for name in ("I-III", "IV-VI"))
    if not light.any() or not dark.any():
        return None
    result = {"faces": [int(light.sum()), int(dark.sum())]}
    for name, limit in LIMITS.items():
        sums = np.concatenate([faces.sums(light, shares, limit), faces.sums(dark, shares, limit)], axis=1)
        hits1, count1, hits2, count2 = (int(v) for v in sums.sum(axis=0))
        difference, low, high = intervals.newcombe(hits1, count1, hits2, count2)
        low_photos, high_photos, error = intervals.bootstrap(sums, lambda s: s[:, 0] / s[:, 1] - s[:, 2] / s[:, 3])
        result[name] = {
            "difference": difference, "interval_by_faces": (low, high), "interval_by_photos": (low_photos, high_photos),
            "smallest_by_faces": intervals.smallest_difference(hits1 / count1, count1, count2),
            # A normal estimate with this standard error finds (z of 5 % + z of 80 % power) errors.
            "smallest_by_photos": (intervals.Z95 + intervals.Z80) * error if error else None,
        }
    return result


def measure(photos, faces, found):
    """All figures of one setting. found: {name: redactors.Found}; a photo that failed hides nothing."""
    shares, outside, failures, hidden = [], [], {}, 0
    for photo in photos:
        result = found.get(photo.name) or redactors.Found([], error="not in the output")
        if result.error:
            failures[photo.name] = result.error
        width, height = (result.width or photo.width), (result.height or photo.height)
        hidden += len(result.masks)
        shares.append(measures.hidden_shares(photo.boxes, result.masks, width, height))
        outside.append(measures.over_redaction(photo.boxes, result.masks, width, height))
    shares = np.concatenate(shares)
    eligible = faces.eligible & np.isfinite(shares)
    return {
        "photos": len(photos), "failures": failures, "masks": hidden,
        "over_redaction": float(np.mean(outside)),
        "over_redaction_median": float(np.median(outside)), "over_redaction_largest": float(np.max(outside)),
        "subsets": {name: figures(faces, eligible & faces.subset[name], shares) for name in SUBSETS},
        "groups": {kind: {name: figures(faces, eligible & faces.group(kind, name), shares) for name in names}
                   for kind, names in GROUPS.items()},
        "skin_difference": skin_difference(faces, eligible, shares),
    }


def settings(efforts):
    """Title, effort and precision of each run of efface."""
    for effort in efforts:
        yield effort, effort, "auto"
        if effort == "balanced":
            yield "balanced f32", effort, "f32"


def run(photos, images, efforts, out):
    """Figures of every setting and of the peer: {title: figures}."""
    faces = Faces(photos)
    results = {}
    for title, effort, precision in settings(efforts):
        print(f"Finding faces in {len(photos)} photos: {title} ...", file=sys.stderr, flush=True)
        start = time.perf_counter()
        found = redactors.efface_finds(images, effort, precision)
        results[title] = {"seconds": time.perf_counter() - start, **measure(photos, faces, found)}
    print(f"Finding faces in {len(photos)} photos: deface ...", file=sys.stderr, flush=True)
    # Either of its backends finds the same faces.
    for title, found in zip((PEER, PEER_NARROW), redactors.peer_finds(out, photos, redactors.PEER_BACKENDS[0])):
        results[title] = measure(photos, faces, found)
    return results
