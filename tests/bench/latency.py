"""Latency of tasks at a steady rate (open loop), and of PostgreSQL's own commits on this machine."""
import csv
import json
import math
from datetime import datetime
from pathlib import Path

from drains import declare_queues
from node import Node
from scene import Database, Scene, checked

PGBENCH_CLIENTS = 4
PGBENCH_RATE = 1_000


def percentiles(name, values_us):
    """By the nearest rank, in milliseconds."""
    ordered = sorted(values_us)
    return {f"{name}_p{label}_ms": ordered[max(0, math.ceil(len(ordered) * share) - 1)] / 1000
            for label, share in (("50", 0.5), ("99", 0.99), ("99_9", 0.999))}


def commits(log):
    """Commit time of each task by id, in microseconds since the epoch, from the log line that the node writes after it."""
    ended = {}
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            if '"task done"' in line:
                entry = json.loads(line)
                moment = datetime.fromisoformat(entry["time"])
                ended[entry["task_id"]] = int(moment.timestamp()) * 1_000_000 + moment.microsecond
    return ended


def published(journal):
    """(id, due time, time of the broker's confirm) of each published task; times in microseconds since the epoch."""
    with open(journal, encoding="utf-8", newline="") as rows:
        return [(row["id"], int(row["due_us"]), int(row["confirmed_us"])) for row in csv.DictReader(rows)]


def at_rate(rate):
    def case(bench):
        count = rate * bench.sizes["latency_seconds"]
        with Scene(f"latency_{rate}", bench) as scene:
            declare_queues(scene)
            journal = scene.folder / "journal.csv"
            scene.database.settle()
            with Node(scene, MONITORING_LOG_LEVEL="debug") as node:
                node.wait_ready()
                warm = bench.sizes["latency_warm_up"]  # first connections, first pages
                scene.feed("inbox", warm)
                node.wait_done(warm)
                fed = scene.feed("inbox", count, "--rate", rate, "--journal", journal)
                node.wait_done(warm + count)
            done = commits(node.log)
        rows = published(journal)
        missing = sum(1 for task, _, _ in rows if task not in done)
        if missing or len(rows) != count:
            raise RuntimeError(f"{missing} of {len(rows)} tasks are missing in the node's log; expected {count} tasks")
        # The broker may confirm a task after the node has committed it: that counts as a latency of 0.
        return {"tasks": count, "fed_rate": fed,
                **percentiles("due_to_commit", [done[task] - due for task, due, _ in rows]),
                **percentiles("confirm_to_commit", [max(0, done[task] - confirmed) for task, _, confirmed in rows])}
    return case


SCRIPT = "insert into bench_row (id, payload) values (gen_random_uuid(), 'benchmark transfer of a realistic size for a job');\n"


def pgbench(bench):
    """Inserts one durable row per transaction at a steady rate. `latency` counts from the due time of the transaction;
    `transaction` excludes the schedule lag."""
    database = Database("bench_pgbench")
    folder = bench.new_folder("pgbench")
    script = folder / "insert.sql"
    script.write_text(SCRIPT)
    try:
        database.ask("create table bench_row (id uuid primary key, payload text not null, at timestamptz default now())")
        database.settle()
        checked([pgbench_program(), "--no-vacuum", "--rate", PGBENCH_RATE, "--client", PGBENCH_CLIENTS, "--jobs", 1,
                 "--time", bench.sizes["latency_seconds"], "--file", script, "--log", "--log-prefix", folder / "log",
                 database.url])
    finally:
        database.drop()
    # client, number, latency, script, seconds, microseconds, lag: pgbench(1), "Per-Transaction Logging"
    rows = [line.split() for log in folder.glob("log*") for line in log.read_text().splitlines()]
    return {"transactions": len(rows), **percentiles("latency", [int(row[2]) for row in rows]),
            **percentiles("transaction", [int(row[2]) - int(row[6]) for row in rows])}


def pgbench_program():
    return max(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), key=lambda path: int(path.parts[-3]))
