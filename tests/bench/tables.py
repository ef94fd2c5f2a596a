"""The outcome of a run: as a table for a terminal, as a page, as JSON."""
import json
import re
from pathlib import Path

import cases
from targets import medians, verdicts

UNITS = {"rate": "tasks/s", "cpu_us": "CPU µs/task", "peak_rss_mb": "peak RSS MB", "syncs_per_1000": "WAL syncs/1,000",
         "wal_bytes_per_1000": "WAL bytes/1,000"}
DRAINED = tuple(UNITS)


def text(value, unit=""):
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
    return f"{value:,.{digits}f}{unit}"


def _columns(rows, right):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)


def _markdown(rows, right):
    line = "| " + " | ".join("---:" if column in right else "---" for column in range(len(rows[0]))) + " |"
    made = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([made[0], line, *made[1:]])


def _drained(figures):
    """Everything that has a rate."""
    rows = [["measurement", *UNITS.values()]]
    rows += [[name, *(text(taken.get(key)) for key in DRAINED)] for name, taken in figures.items() if "rate" in taken]
    return rows


def _latency(figures):
    """Everything that has percentiles."""
    shares = ("p50", "p99", "p99_9")
    rows = [["measurement", "from … to", *(f"{share.replace('_', '.')} ms" for share in shares)]]
    for name, taken in figures.items():
        spans = [key.removesuffix("_p50_ms") for key in taken if key.endswith("_p50_ms")]
        rows += [[name, span.replace("_", " "), *(text(taken[f"{span}_{share}_ms"]) for share in shares)] for span in spans]
    return rows


def _others(figures):
    rows = [["measurement", "figure", "value"]]
    rows += [[name, key.replace("_", " "), text(value)] for name, taken in figures.items() for key, value in taken.items()
             if ("rate" not in taken or key not in UNITS) and not re.search(r"_p\d\w*_ms$", key)]
    return rows


def _targets(rounds):
    rows = [["target", "to reach", "reached", "holds"]]
    rows += [[row["target"], row["to_reach"], text(row["reached"], row["unit"]), row["holds"]] for row in verdicts(rounds)]
    return rows


def _figures(result, form):
    figures = medians(result["rounds"])
    return [form(rows, right) for rows, right in ((_drained(figures), range(1, 6)), (_latency(figures), range(2, 5)),
                                                  (_others(figures), (2,))) if len(rows) > 1]


def terminal(result):
    failed = [f"FAILED: {one['measurement']}, round {one['round']}: {one['error']}" for one in result["failures"]]
    return "\n\n".join([*_figures(result, _columns), _columns(_targets(result["rounds"]), (1, 2)), *failed])


HEAD = """# Benchmarks: the figures

Written by `tests/bench/run`. Medians of {rounds} round{s} ({kind} run) on one machine, the servers included. A relation is
taken within each round. Compare figures of one run only: the machine decides half of them.

{machine}.
"""

MEANING = """## What is measured

Each measurement has a fresh database and a fresh virtual host. Queues are full before a node starts; the rate counts from the
first look at `millrace_tasks_total` that shows progress to the last. Before the first round one inbox is emptied and not
counted: a new PostgreSQL makes its first WAL files. Every task is committed with `synchronous_commit = on`
before it is acknowledged, here and by every peer. Syncs and bytes of the WAL are those of the whole server. Nodes run with
their default settings.

{cases}

The peers do less than Millrace. `limit` is one loop in C for one statement: batches of {batch}, no decoding beyond SQL, no
supervision, no retry. `go` is amqp091-go and a pgx pool with {go} workers, one insert and one acknowledgement a task. `celery`
has {celery} processes, late acknowledgement and a classic queue, keeps its connections open, and writes nothing to the database
for an e-mail or a webhook. Latency is that of an open loop: *due* is when the task was to be published, *confirm* when the broker
had confirmed it, *commit* when the node had committed it, as its log says, in which it writes a line for each task. pgbench inserts one row a transaction; `latency` counts, as it
does itself, from when the transaction was due, `transaction` without that lag.
"""

REPEAT = """## How to repeat it

```sh
tests/bench/run --peers                  # all of it
tests/bench/run --quick --only inbox     # one case, small
```
"""


def page(result):
    import peers
    machine = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result["machine"].items() if value)
    listed = "\n".join(f"- `{name}`: {cases.CASES[name].words}" for name in result["settings"]["cases"])
    servers = ", ".join(f"{name} {value}" for name, value in result["settings"]["postgresql"].items())
    sizes = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in result["settings"]["sizes"].items())
    targets, figures = _markdown(_targets(result["rounds"]), (1, 2)), "\n\n".join(_figures(result, _markdown))
    return "\n".join([
        HEAD.format(rounds=len(result["rounds"]), s="s" * (len(result["rounds"]) > 1), kind=result["kind"], machine=machine), "## Targets", "", targets, "", "## Figures", "", figures, "",
        *(f"**Failed**: {one['measurement']}, round {one['round']}: {one['error']}\n" for one in result["failures"]),
        MEANING.format(cases=listed, batch=peers.BATCH, go=peers.GO_WORKERS, celery=peers.CELERY_PROCESSES),
        "## Settings", "", f"PostgreSQL: {servers}.", "", f"Sizes: {sizes}.", "", REPEAT])


def as_json(result):
    return json.dumps({**result, "medians": medians(result["rounds"]), "targets": verdicts(result["rounds"])}, indent=1,
                      ensure_ascii=False) + "\n"


def write(result, json_file, page_file):
    for name, content in ((json_file, as_json), (page_file, page)):
        if name:
            Path(name).write_text(content(result), encoding="utf-8")
