#!/usr/bin/python3
"""Draws dashboards as SVG for the documentation, with the titles, queries, units and thresholds of the dashboard files.

usage: draw.py --prometheus URL --seconds N --into FOLDER DASHBOARD...

DASHBOARD is the name of a file in dashboards/ without `.json`. The last N seconds in Prometheus are drawn.
"""
import argparse
import json
import pathlib
import re
import time
import urllib.parse
import urllib.request

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plot  # noqa: E402 (after the backend)
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator  # noqa: E402

PANELS_A_ROW, TILES_A_ROW = 3, 6
INK, FAINT = "#2b2f36", "#d9dce1"
NAMED = {"green": "#3a9a5b", "orange": "#e08a1e", "red": "#cc3d43"}
OUTCOMES = {"succeeded": "green", "retry": "orange", "dead": "red"}
PALETTE = ["#3366cc", "#7f6a3f", "#2a9d8f", "#e08a1e", "#9b51a8", "#5fa8d3", "#b5427d", "#8a8f98", "#6b8e23", "#1f3a68",
           "#c9a227", "#00727a", "#a0522d", "#7a8fd6", "#d98c8c", "#4d4d4d"]
VARIABLES = {"$__rate_interval": "15s", "$queue": ".*", "$type": ".*", "$node": ".*"}  # "All", the initial value of a dashboard


class Prometheus:
    def __init__(self, url, seconds):
        self.url, self.end = url, time.time()
        self.start, self.step = self.end - seconds, max(1, seconds / 100)

    def series(self, target):
        """(name, [(seconds since the start, value)]) of each series of a panel's target."""
        expression = target["expr"]
        for variable, value in VARIABLES.items():
            expression = expression.replace(variable, value)
        query = urllib.parse.urlencode({"query": expression, "start": self.start, "end": self.end, "step": self.step})
        with urllib.request.urlopen(f"{self.url}/api/v1/query_range?{query}") as reply:
            found = json.load(reply)["data"]["result"]
        named = [(self.name(target.get("legendFormat", ""), one["metric"]),
                  [(t - self.start, float(v)) for t, v in one["values"] if v != "NaN"]) for one in found]
        return sorted((name, points) for name, points in named if points)

    @staticmethod
    def name(legend, labels):
        return re.sub(r"{{\s*(\w+)\s*}}", lambda label: labels.get(label[1], ""), legend).strip()


def shown(value, unit):
    """A value in its unit, as Grafana would show it."""
    if unit == "percentunit":
        return f"{100 * value:.3g}%" if value < 0.9995 else f"{100 * value:.5g}%"
    if unit == "s":
        for size, name, most in ((1e-6, "µs", 1e-3), (1e-3, "ms", 1), (1, "s", 120), (60, "min", float("inf"))):
            if abs(value) < most and value:
                return f"{value / size:.3g} {name}"
        return "0 s"
    if abs(value) >= 1000:
        return f"{value / 1000:.3g} k" + ("/s" if unit == "reqps" else "")
    return f"{value:.3g}" + ("/s" if unit == "reqps" else "")


def with_gaps(points, step):
    """Adds NaN points where Prometheus has none, so that lines have gaps without measurements."""
    drawn = points[:1]
    for point in points[1:]:
        if point[0] - drawn[-1][0] > 1.5 * step:
            drawn.append((drawn[-1][0] + step, float("nan")))
        drawn.append(point)
    return drawn


def marks(unit, highest):
    """The locator for the marks of the vertical axis."""
    if unit == "s" and highest > 120:
        return MultipleLocator(60 * -(-highest // 240))
    return MaxNLocator(4, integer=unit == "short")


def steps_of(panel):
    return panel["fieldConfig"]["defaults"]["thresholds"]["steps"]


class Colours:
    """The same colour for the same name on every panel."""

    def __init__(self):
        self.taken = {}

    def of(self, name):
        if (word := name.split(" ")[-1]) == name and word in OUTCOMES:
            return NAMED[OUTCOMES[word]]
        return self.taken.setdefault(name, PALETTE[len(self.taken) % len(PALETTE)])


def draw_tile(axes, panel, prometheus):
    series = [points for target in panel["targets"] for _, points in prometheus.series(target)]
    points = series[0] if series else []
    unit = panel["fieldConfig"]["defaults"]["unit"]
    now = points[-1][1] if points else None
    reached = [s["color"] for s in steps_of(panel) if now is not None and (s["value"] is None or now >= s["value"])]
    axes.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))
    axes.set_facecolor(NAMED[reached[-1]] if reached else FAINT)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.text(0.06, 0.8, panel["title"], color="white", fontsize=9, va="center", transform=axes.transAxes)
    axes.text(0.06, 0.42, shown(now, unit) if points else "no data", color="white", fontsize=17, fontweight="bold", va="center",
              transform=axes.transAxes)
    if len(points) > 1:
        most = max(v for _, v in points) or 1
        x, y = [t / points[-1][0] for t, _ in points], [0.22 * v / most for _, v in points]
        axes.fill_between(x, y, color="white", alpha=0.25, linewidth=0)


def draw_panel(axes, panel, prometheus, colours):
    unit, names = panel["fieldConfig"]["defaults"]["unit"], []
    axes.set_title(panel["title"], loc="left", fontsize=10, fontweight="bold", color=INK, pad=5)
    highest = 0
    for target in panel["targets"]:
        for name, points in prometheus.series(target):
            highest = max(highest, *(value for _, value in points))
            axes.plot(*zip(*with_gaps(points, prometheus.step)), color=colours.of(name), label=name, linewidth=1.3,
                      solid_joinstyle="round")
            names.append(name)
    for step in steps_of(panel):
        if step["value"] is not None and step["value"] <= 1.5 * highest:
            axes.axhline(step["value"], color=NAMED[step["color"]], linewidth=1, linestyle=(0, (4, 3)))
    axes.set_ylim(0, 1.08 * highest or 1)
    length = prometheus.end - prometheus.start
    axes.set_xlim(0, length)
    minutes = max(1, round(length / 360))
    axes.set_xticks([60 * m for m in range(0, int(length // 60) + 1, minutes)])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t, _: f"{t / 60:.0f} min" if t else "0"))
    axes.yaxis.set_major_locator(marks(unit, highest))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: shown(v, unit)))
    axes.tick_params(length=0, labelsize=8, labelcolor="#5a616b", pad=4)
    axes.grid(color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    if any(names):
        axes.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.11), ncol=3 if max(map(len, names)) < 20 else 2, fontsize=7.5,
                    frameon=False, labelcolor=INK, handlelength=1, handletextpad=0.5, columnspacing=1.2, borderaxespad=0,
                    labelspacing=0.3)


def draw(board, prometheus, colours):
    tiles = [p for p in board["panels"] if p["type"] == "stat"]
    panels = [p for p in board["panels"] if p["type"] == "timeseries"]
    rows = -(-len(panels) // PANELS_A_ROW)
    head, tile, row = 0.55, 1.15 if tiles else 0, 2.6  # inches
    width, height = 13, head + tile + rows * row
    figure = plot.figure(figsize=(width, height), facecolor="white")
    top = 1 - 0.3 / height
    name = board["title"].split("/")[-1].strip()
    figure.text(0.012, top, name, fontsize=15, fontweight="bold", color=INK, va="center")
    figure.text(0.988, top, board["description"], fontsize=10, color="#5a616b", ha="right", va="center")
    for i, panel in enumerate(tiles):
        left, bottom = (i % TILES_A_ROW + 0.06) / TILES_A_ROW, 1 - (head + tile - 0.2) / height
        box = (left, bottom, 0.88 / TILES_A_ROW, (tile - 0.25) / height)
        draw_tile(figure.add_axes(box), panel, prometheus)
    for i, panel in enumerate(panels):
        left, top = i % PANELS_A_ROW / PANELS_A_ROW, head + tile + i // PANELS_A_ROW * row
        box = (left + 0.048, 1 - (top + row - 0.72) / height, 1 / PANELS_A_ROW - 0.062, (row - 1.05) / height)
        draw_panel(figure.add_axes(box), panel, prometheus, colours)
    return figure


def save(figure, path):
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    # Tenths of a pixel suffice. Rounding and removing blanks and comments halves the file size.
    text = re.sub(r"-?\d+\.\d{2,}", lambda n: f"{float(n[0]):.1f}".removesuffix(".0"), path.read_text())
    text = re.sub(r"\s*\n\s*", "\n", re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
    path.write_text(re.sub(r"\n(?=[LMz])", "", text))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--prometheus", required=True, metavar="URL")
    arguments.add_argument("--seconds", required=True, type=int, metavar="N")
    arguments.add_argument("--into", required=True, type=pathlib.Path, metavar="FOLDER")
    arguments.add_argument("dashboards", nargs="+", metavar="DASHBOARD")
    given = arguments.parse_args()
    plot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "millrace", "font.family": "sans-serif"})
    prometheus, colours = Prometheus(given.prometheus, given.seconds), Colours()
    given.into.mkdir(parents=True, exist_ok=True)
    for name in given.dashboards:
        board = json.loads((pathlib.Path(__file__).parent / "dashboards" / f"{name}.json").read_text())
        save(draw(board, prometheus, colours), given.into / f"{name}.svg")


if __name__ == "__main__":
    main()
