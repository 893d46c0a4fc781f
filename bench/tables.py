"""The figures as tables: plain text for the terminal, Markdown for documents. Figures come as quality.py and so on make them."""

import dataclasses

import quality


@dataclasses.dataclass
class Table:
    title: str
    head: list
    rows: list
    notes: list = dataclasses.field(default_factory=list)

    def text(self):
        lines = [self.head, *self.rows]
        widths = [max(len(line[c]) for line in lines) for c in range(len(self.head))]
        def row(line):
            return "  ".join(cell.ljust(w) if c == 0 else cell.rjust(w)
                             for c, (cell, w) in enumerate(zip(line, widths))).rstrip()
        return "\n".join([self.title, *(f"  {row(line)}" for line in lines), *(f"  {note}" for note in self.notes), ""])

    def markdown(self):
        def row(line):
            return "| " + " | ".join(line) + " |"
        rule = "| --- |" + " ---: |" * (len(self.head) - 1)
        notes = [f"\n{note}" for note in self.notes]
        return "\n".join([f"### {self.title}\n", row(self.head), rule, *map(row, self.rows), *notes, ""])


def share(value):
    return "-" if value is None else f"{value:.3f}".removeprefix("0") if 0 <= value < 1 else f"{value:.3f}"


def signed(value):
    return "-" if value is None else f"{value:+.3f}"


def interval(pair, form=share):
    return "-" if pair[0] is None else f"{form(pair[0])} to {form(pair[1])}"


def megabytes(count):
    return f"{count / 1e6:,.0f} MB"


def quality_tables(results):
    titles = list(results)
    first = next(iter(results.values()))
    for key, words in (("covered", "at least 80 % of the face hidden"), ("fully_covered", "at least 98 % of the face hidden")):
        rows = [[title, *(share(results[title]["subsets"][s][key]["recall"]) for s in quality.SUBSETS),
                 f"{100 * results[title]['over_redaction']:.2f} %"] for title in titles]
        counts = ["faces", *(str(first["subsets"][s]["faces"]) for s in quality.SUBSETS), ""]
        notes = []
        if key == "covered":
            failed = {t: len(r["failures"]) for t, r in results.items() if r["failures"]}
            notes += [f"Photos: {first['photos']}. Over-redaction: mean share of the picture hidden outside of the grown boxes."]
            if quality.PEER in results:
                notes += [f"{quality.PEER}: as shipped, its mask scale of 1.3 makes masks of 1.6 x the box; "
                          f"{quality.PEER_NARROW}: the same finds with masks of 1.3 x the box."]
            notes += [f"Failed photos, counted as not hidden: {t}: {n}." for t, n in failed.items()]
        yield Table(f"Recall, {key.replace('_', ' ')} ({words}), and over-redaction",
                    ["", *quality.SUBSETS, "over-redaction"], [*rows, counts], notes)
    yield Table("Recall, covered, with 95 % intervals", ["", "subset", "recall", "by faces (Wilson)", "by photos (bootstrap)"],
                [[title, s, share(f["covered"]["recall"]), interval(f["covered"]["interval_by_faces"]),
                  interval(f["covered"]["interval_by_photos"])]
                 for title in titles for s, f in results[title]["subsets"].items() if s in ("20 px and more", "hard")])
    chief = {title: result for title, result in results.items() if title in (*quality.EFFORTS, quality.PEER)}
    for title, result in chief.items():
        yield group_table(title, result)
    yield difference_table(chief)


def group_table(title, result):
    rows = []
    for kind, names in quality.GROUPS.items():
        for name in names:
            f = result["groups"][kind][name]
            rows.append([f"{kind} {name}", str(f["faces"])])
            for limit in quality.LIMITS:
                rows[-1] += [share(f[limit]["recall"]), interval(f[limit]["interval_by_faces"]),
                             interval(f[limit]["interval_by_photos"])]
    return Table(f"Recall by perceived group: {title}",
                 ["", "faces", "covered", "by faces (Wilson)", "by photos (bootstrap)", "fully covered", "by faces", "by photos"],
                 rows, ["Where no face was missed, the bootstrap knows of no misses: go by the interval by faces there."])


def difference_table(results):
    rows = []
    for title, result in results.items():
        if not result["skin_difference"]:
            continue
        for limit in quality.LIMITS:
            d = result["skin_difference"][limit]
            rows.append([title, limit.replace("_", " "), " and ".join(map(str, result["skin_difference"]["faces"])),
                         signed(d["difference"]), interval(d["interval_by_faces"], signed),
                         interval(d["interval_by_photos"], signed), share(d["smallest_by_faces"]),
                         share(d["smallest_by_photos"])])
    return Table("Recall of skin types I-III minus that of IV-VI",
                 ["", "measure", "faces", "difference", "by faces (Newcombe)", "by photos (bootstrap)",
                  "smallest, by faces", "smallest, by photos"], rows,
                 ["Intervals are at 95 %. By faces: as if each face had been drawn alone, which is too narrow, since the faces of",
                  "a photo share its light and blur; by photos: whole photos are drawn anew. Smallest: the least true difference",
                  "that data like these would show with 80 % power at a level of 5 %."])


def speed_tables(result):
    for key, photos, words in (("one", 1, "one photo in a new process"),
                               ("many", result["count"], f"{result['count']} photos in one process")):
        rows = []
        for name, s in result[key].items():
            ratio = s.get("ratio")
            rows.append([name, f"{s['median_seconds']:.3f} s", f"{s['photos_per_second']:.2f}", megabytes(s["peak_bytes"]),
                         f"{ratio['median']:.2f}" if ratio else "1",
                         f"{ratio['least']:.2f} to {ratio['largest']:.2f}" if ratio else ""])
        notes = [] if result["busy_before"] < 0.1 else [
            f"Other programs took {100 * result['busy_before']:.0f} % of the processor beforehand: these times are not to be relied on."]
        notes += [f"Turns: {len(next(iter(result[key].values()))['seconds'])}. Ratio: time of deface / time of efface in the same turn."]
        if key == "one":
            bare = result["one_without_detection"]
            notes += [f"Without detection (redact --record: start, decode, fill, encode): {bare['median_seconds']:.3f} s, "
                      f"{megabytes(bare['peak_bytes'])}."]
        else:
            tried = ", ".join(f"{b} {s:.1f} s" for b, s in result["peer_backend_seconds"].items())
            notes += [f"deface with its faster backend here, {result['peer_backend']} (20 photos: {tried})."]
        yield Table(f"Speed and memory: {words}", ["", "median time", "photos/s", "peak memory", "ratio", "least to largest"],
                    rows, notes)


def memory_tables(result):
    tenths = result["resident_by_tenths"]
    yield Table(f"Memory: {result['photos']} photos of as many sizes, one process, {result['effort']}",
                ["", "megapixels", "time", "peak memory"],
                [["", f"{result['megapixels']:,.0f}", f"{result['seconds']:,.0f} s", megabytes(result["peak_bytes"])]],
                ["Resident at every tenth of the time: " + ", ".join(megabytes(t) for t in tenths) + "."] if tenths else [])


def huge_tables(result):
    yield Table("100 megapixels, a new process each", ["", "file", "time", "peak memory", "faces"],
                [[name, megabytes(h["bytes"]), f"{h['seconds']:.1f} s", megabytes(h["peak_bytes"]), str(h["faces"])]
                 for name, h in result.items()])


SECTIONS = {"quality": quality_tables, "speed": speed_tables, "memory": memory_tables, "huge": huge_tables}


def tables(section, result):
    return list(SECTIONS[section](result))
