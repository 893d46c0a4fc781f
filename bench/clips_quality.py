"""Quality of clips: what each effort and the peer leave bare in a labelled set, as plain figures for tables and JSON."""

import sys

import numpy as np

import clips_finds
import clips_measures
import intervals
from quality import EFFORTS, LIMITS, PEER, PEER_NARROW

ALL = "all"


def counts(clip, shares, limit):
    """Of one clip: faces never exposed, faces, covered eligible boxes, eligible boxes."""
    eligible = clip.eligible & np.isfinite(shares)
    faces = len(np.unique(clip.face[eligible]))
    exposed = len(np.unique(clip.face[eligible & (shares < limit)]))
    return [faces - exposed, faces, int((eligible & (shares >= limit)).sum()), int(eligible.sum())]


def summary(rows, outside):
    """Figures of some clips. rows: {limit name: counts() of each clip}; outside: over-redaction of each clip.

    Intervals are at 95 %, by drawing whole clips with replacement."""
    result = {"clips": len(outside)}
    for name in LIMITS:
        sums = np.array(rows[name])
        safe, faces, covered, boxes = (int(v) for v in sums.sum(axis=0))
        result["faces"], result["boxes"] = faces, boxes
        result[name] = {
            "never_exposed": safe / faces if faces else None, "exposed_faces": faces - safe,
            "never_exposed_interval": intervals.bootstrap(sums, lambda s: s[:, 0] / s[:, 1])[:2],
            "frame_recall": covered / boxes if boxes else None, "bare_boxes": boxes - covered,
            "frame_recall_interval": intervals.bootstrap(sums, lambda s: s[:, 2] / s[:, 3])[:2]}
    result["over_redaction"] = float(np.mean(np.concatenate(outside)))  # over frames
    return result


def measure(clips, found):
    """All figures of one setting. found: {clip name: masks}."""
    rows, outside, exposures = {name: [] for name in LIMITS}, [], {name: [] for name in LIMITS}
    for clip in clips:
        masks = found[clip.name]
        shares = clips_measures.hidden_shares(clip, masks)
        outside.append(clips_measures.over_redaction(clip, masks))
        for name, limit in LIMITS.items():
            rows[name].append(counts(clip, shares, limit))
            exposures[name] += clips_measures.exposures(clip, shares, limit)

    def of(chosen):
        return summary({name: [rows[name][i] for i in chosen] for name in LIMITS}, [outside[i] for i in chosen])
    kinds = list(dict.fromkeys(clip.kind for clip in clips))
    return {"kinds": {ALL: of(range(len(clips))),
                      **{kind: of([i for i, clip in enumerate(clips) if clip.kind == kind]) for kind in kinds}},
            "clips": {clip.name: of([i]) for i, clip in enumerate(clips)},
            "masks": sum(len(found[clip.name]) for clip in clips), "exposures": exposures}


def run(clips, efforts, out, peer):
    """Figures of every effort and, if asked, of the peer: {title: figures}."""
    results = {}
    for effort in (e for e in EFFORTS if e in efforts):
        print(f"Finding faces in {len(clips)} clips: {effort} ...", file=sys.stderr, flush=True)
        found, seconds = {}, 0.0
        for clip in clips:
            found[clip.name], own = clips_finds.efface_finds(clip, effort)
            seconds += own
        results[effort] = {"seconds": seconds, **measure(clips, found)}
    if peer:
        print(f"Finding faces in {len(clips)} clips: deface (minutes a clip the first time) ...", file=sys.stderr, flush=True)
        for title, masks in ((PEER, "masks"), (PEER_NARROW, "narrow")):
            results[title] = measure(clips, {clip.name: clips_finds.peer_finds(out, clip, masks) for clip in clips})
    return results
