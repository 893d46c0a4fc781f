"""Keeps figures: OUT/NAME.json has every section that was ever measured, each with its own date and machine, and OUT/NAME.md its
tables. A run replaces the sections that it measured and leaves the others."""

import datetime
import json
import os
import platform

import redactors


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    return f"{model}, {len(os.sched_getaffinity(0))} cores"


def keep(out, name, section, figures, data, makers):
    """Puts a section into NAME.json and writes NAME.md anew. makers: {section: figures to tables}, in the order to write."""
    path = out / f"{name}.json"
    sections = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    sections[section] = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                         "machine": machine(), "load": os.getloadavg(), "efface": redactors.efface_version(),
                         "data": str(data), "figures": figures}
    path.write_text(json.dumps(sections, indent=1), encoding="utf-8")
    parts = [f"# Figures of scripts/bench {name}\n"]
    for title in (n for n in makers if n in sections):
        s = sections[title]
        parts.append(f"## {title.capitalize()}\n\n{s['date'][:10]}, {s['machine']}, {s['efface'].splitlines()[0]}\n")
        parts += [t.markdown() for t in makers[title](s["figures"])]
    (out / f"{name}.md").write_text("\n".join(parts), encoding="utf-8")
