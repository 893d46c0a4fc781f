"""The figures of clips as tables."""

from clips_quality import ALL
from clips_speed import PEERS, TRANSCODE
from quality import EFFORTS, LIMITS, PEER, PEER_NARROW
from tables import Table, interval, megabytes, share


def percent(value):
    return f"{100 * value:.2f} %"


def quality_tables(results):
    first = next(iter(results.values()))["kinds"][ALL]
    for limit, words in zip(LIMITS, ("at least 80 % of the face hidden", "at least 98 % of the face hidden")):
        rows = []
        for title, result in results.items():
            f = result["kinds"][ALL]
            rows.append([title, share(f[limit]["never_exposed"]), interval(f[limit]["never_exposed_interval"]),
                         str(f[limit]["exposed_faces"]), share(f[limit]["frame_recall"]),
                         interval(f[limit]["frame_recall_interval"]), str(f[limit]["bare_boxes"]), percent(f["over_redaction"])])
        notes = [f"Clips: {first['clips']}; faces: {first['faces']}; eligible boxes: {first['boxes']}. Intervals: 95 %, whole clips drawn.",
                 "Over-redaction: mean share of the frame hidden outside of the grown boxes."]
        if PEER in results:
            notes.append(f"{PEER}: each frame for itself, its masks are 1.6 x the box; {PEER_NARROW}: the same finds, narrower.")
        yield Table(f"Clips, {limit.replace('_', ' ')} ({words})",
                    ["", "never exposed", "95 %", "exposed", "frame recall", "95 %", "bare boxes", "over-redaction"], rows, notes)
    yield from kind_tables(results)
    for title in (t for t in EFFORTS if t in results):
        yield exposure_table(title, results[title]["exposures"]["covered"])


def kind_tables(results):
    kinds = [k for k in next(iter(results.values()))["kinds"] if k != ALL]
    for key, words, form in (("never_exposed", "Never exposed (covered)", share), ("frame_recall", "Frame recall (covered)", share),
                             ("over_redaction", "Over-redaction", percent)):
        rows = [[title, *(form(r["kinds"][k][key] if key == "over_redaction" else r["kinds"][k]["covered"][key]) for k in kinds)]
                for title, r in results.items()]
        faces = [] if key == "over_redaction" else [
            ["faces" if key == "never_exposed" else "boxes",
             *(str(next(iter(results.values()))["kinds"][k]["faces" if key == "never_exposed" else "boxes"]) for k in kinds)]]
        yield Table(f"{words} by kind of clip", ["", *kinds], rows + faces)


def exposure_table(title, exposures):
    """Where to look: each exposed face, the barest first."""
    def spans(frames):
        return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in frames)
    rows = [[e["clip"], str(e["face"]), f"{e['bare']} of {e['eligible']}", share(e["least_share"]), spans(e["frames"])]
            for e in sorted(exposures, key=lambda e: -e["bare"])]
    return Table(f"Exposed faces: {title}", ["", "face", "frames bare", "least share", "frames"], rows)


def speed_tables(result):
    def ratio(value):
        return f"{value['median']:.2f} ({value['least']:.2f} to {value['largest']:.2f})" if value else ""
    peers = [p for p in PEERS if p in result["tools"]]
    rows = [[name, f"{s['frames_per_second']:.1f}", ratio(s["to_transcode"]), *(ratio(s["peers_to_it"].get(p)) for p in peers), megabytes(s["peak_bytes"])]
            for name, s in result["tools"].items()]
    notes = [] if result["busy_before"] < 0.1 else [
        f"Other programs took {100 * result['busy_before']:.0f} % of the processor beforehand: these times are not to be relied on."]
    notes += [f"Turns, a clip each: {', '.join(result['clips'])}; faces a frame: "
              f"{', '.join(f'{n:.1f}' for n in result['faces_a_frame'])}.",
              f"Ratios: median of the turns, least to largest. {TRANSCODE}: ffmpeg with the same decoder, encoder and settings."]
    differences = {o: v for own in result["encoder_differences"].values() for o, v in own.items()}
    if differences:
        notes.append("x264 was told otherwise by efface than in the transcode: " +
                     ", ".join(f"{o} {a} against {b}" for o, (a, b) in sorted(differences.items())) + ".")
    if peers:
        notes.append(f"{PEER}, once a clip: as its package comes, with OpenCV, and with onnxruntime.")
    yield Table("Cost of 1080p clips",
                ["", "frames/s", f"time / {TRANSCODE}", *(f"time of {p} / its time" for p in peers), "peak memory"], rows, notes)
    for effort, stages in result["timings"].items():
        if stages:
            yield Table(f"Stages of {result['clips'][0]}, {effort}", ["", "wall", "processor"],
                        [[name, f"{wall:.2f} s", f"{cpu:.2f} s"] for name, (wall, cpu) in stages.items()])


def memory_tables(result):
    rows = [[f"{minutes} minutes", megabytes(m["bytes"]), f"{m['seconds']:,.0f} s", megabytes(m["peak_bytes"])]
            for minutes, m in result["minutes"].items()]
    notes = [f"Resident at every tenth of the time, {minutes} minutes: " + ", ".join(map(megabytes, m["resident_by_tenths"])) + "."
             for minutes, m in result["minutes"].items() if m["resident_by_tenths"]]
    yield Table(f"Memory: {result['clip']} again and again, {result['faces_a_frame']:.1f} faces a frame, {result['effort']}",
                ["", "file", "time", "peak memory"], rows, notes)


SECTIONS = {"quality": quality_tables, "speed": speed_tables, "memory": memory_tables}


def tables(section, result):
    return list(SECTIONS[section](result))
