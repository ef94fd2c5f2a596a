"""Formats the results of a run: tables for a terminal or a page, and JSON."""
import json
import re

from targets import medians, verdicts

UNITS = {"rate": "tasks/s", "cpu_us": "CPU µs/task", "broker_us": "RabbitMQ's", "database_us": "PostgreSQL's",
         "peak_rss_mb": "peak RSS MB", "syncs_per_1000": "WAL syncs/1,000", "wal_bytes_per_1000": "WAL bytes/1,000"}
DRAINED = tuple(UNITS)


def text(value, unit=""):
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
    return f"{value:,.{digits}f}{unit}"


def columns(rows, right):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)


def markdown(rows, right):
    line = "| " + " | ".join("---:" if column in right else "---" for column in range(len(rows[0]))) + " |"
    made = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([made[0], line, *made[1:]])


def drained(figures):
    """The rows of measurements with a rate."""
    rows = [["measurement", *UNITS.values()]]
    rows += [[name, *(text(taken.get(key)) for key in DRAINED)] for name, taken in figures.items() if "rate" in taken]
    return rows


def latency(figures):
    """The rows of measurements with percentiles."""
    shares = ("p50", "p99", "p99_9")
    rows = [["measurement", "from … to", *(f"{share.replace('_', '.')} ms" for share in shares)]]
    for name, taken in figures.items():
        spans = [key.removesuffix("_p50_ms") for key in taken if key.endswith("_p50_ms")]
        rows += [[name, span.replace("_", " "), *(text(taken[f"{span}_{share}_ms"]) for share in shares)] for span in spans]
    return rows


def others(figures):
    rows = [["measurement", "figure", "value"]]
    rows += [[name, key.replace("_", " "), text(value)] for name, taken in figures.items() for key, value in taken.items()
             if ("rate" not in taken or key not in UNITS) and not re.search(r"_p\d\w*_ms$", key)]
    return rows


def targets(rounds):
    rows = [["target", "to reach", "reached", "holds"]]
    rows += [[row["target"], row["to_reach"], text(row["reached"], row["unit"]), row["holds"]] for row in verdicts(rounds)]
    return rows


def figures(result, form):
    taken = medians(result["rounds"])
    return [form(rows, right) for rows, right in ((drained(taken), range(1, len(UNITS) + 1)), (latency(taken), range(2, 5)),
                                                  (others(taken), (2,))) if len(rows) > 1]


def terminal(result):
    failed = [f"FAILED: {one['measurement']}, round {one['round']}: {one['error']}" for one in result["failures"]]
    return "\n\n".join([*figures(result, columns), columns(targets(result["rounds"]), (1, 2)), *failed])


def as_json(result):
    return json.dumps({**result, "medians": medians(result["rounds"]), "targets": verdicts(result["rounds"])}, indent=1,
                      ensure_ascii=False) + "\n"
