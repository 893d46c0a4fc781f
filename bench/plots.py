"""The figures as plots, PNG."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)

import quality  # noqa: E402

# Colours that colour-blind readers tell apart (Okabe and Ito), and a mark of its own for each.
STYLES = {"fast": ("#56B4E9", "o"), "balanced": ("#0072B2", "s"), "balanced f32": ("#009E73", "D"),
          "thorough": ("#CC79A7", "^"), quality.PEER: ("#D55E00", "v"), quality.PEER_NARROW: ("#E69F00", "X")}


def by_group(results, path):
    """Recall of each perceived group with its interval by faces, for each setting."""
    titles = [t for t in (*quality.EFFORTS, quality.PEER) if t in results]
    names = [(kind, name) for kind in quality.GROUPS for name in quality.GROUPS[kind]]
    names = [n for n in names if results[titles[0]]["groups"][n[0]][n[1]]["faces"] > 0]
    figure, axes = plt.subplots(figsize=(9, 1.5 + 0.42 * len(names)))
    for place, title in enumerate(titles):
        colour, mark = STYLES[title]
        for row, (kind, name) in enumerate(names):
            covered = results[title]["groups"][kind][name]["covered"]
            low, high = covered["interval_by_faces"]
            y = row + (place - (len(titles) - 1) / 2) * 0.8 / len(titles)
            axes.plot([low, high], [y, y], color=colour, linewidth=1.6)
            axes.plot([covered["recall"]], [y], mark, color=colour, markersize=5, label=title if row == 0 else None)
    labels = [f"{kind} {name} ({results[titles[0]]['groups'][kind][name]['faces']})" for kind, name in names]
    axes.set_yticks(range(len(names)), labels)
    for row in range(1, len(names)):
        different = names[row][0] != names[row - 1][0]
        axes.axhline(row - 0.5, color="black" if different else "0.9", linewidth=0.8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x", color="0.9")
    axes.set_xlabel("recall (covered), with the 95 % Wilson interval by faces")
    axes.set_title("Recall by perceived group (number of faces)")
    axes.legend(loc="upper left")
    save(figure, path)


def trade_off(results, path):
    """Recall against over-redaction of each setting, for faces of 20 pixels and more, and for hard ones."""
    figure, both = plt.subplots(1, 2, figsize=(11, 4.8))
    for axes, subset in zip(both, ("20 px and more", "hard")):
        for title, result in results.items():
            colour, mark = STYLES[title]
            covered = result["subsets"][subset]["covered"]
            x, (low, high) = 100 * result["over_redaction"], covered["interval_by_photos"]
            axes.plot([x, x], [low, high], color=colour, linewidth=1, alpha=0.6)
            axes.plot([x], [covered["recall"]], mark, color=colour, markersize=8, label=title, linestyle="none")
        axes.set_xlim(left=0)
        axes.grid(color="0.9")
        axes.set_xlabel("over-redaction, % of the picture")
        axes.set_ylabel("recall (covered)")
        axes.set_title(f"Faces: {subset}")
    figure.suptitle("Recall against over-redaction, with 95 % intervals by photos")
    figure.legend(*both[0].get_legend_handles_labels(), loc="lower center", ncol=len(results))
    save(figure, path, below=0.08)


def save(figure, path, below=0.0):
    """below: share of the height kept free at the bottom."""
    figure.tight_layout(rect=(0, below, 1, 1))
    figure.savefig(path, dpi=130)
    plt.close(figure)
