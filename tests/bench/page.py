"""The page that --page writes: targets, figures, and an explanation of them."""
import cases
import peers
import tables

HEAD = """# Benchmarks: the figures

Written by `tests/bench/run`. Medians of {rounds} round{s} ({kind} run) on one machine that also runs the servers. Ratios are
computed within each round. Compare only figures of one run, because they depend on the machine.

{machine}.
"""

MEANING = """## What is measured

Each measurement has a fresh database and a fresh virtual host. Queues are full before a node starts. The rate is measured
from the first to the last poll of `millrace_tasks_total` that shows progress. Before the first round, one inbox is emptied
without being counted, because a new PostgreSQL first has to create WAL files. Millrace and the peers commit every row with
`synchronous_commit = on` before they acknowledge its task. WAL syncs and bytes are those of the whole server. Nodes run with
their default settings. RabbitMQ runs with a memory limit of 8 GB, two schedulers, reduced logging, and fewer statistics of
the management plugin.

Processor time per task is listed for the node, for RabbitMQ and for PostgreSQL's processes. RabbitMQ's time *to take in* is
measured while the queue is filled with publisher confirms. Its other times are measured from the first to the last task of a
node, and from the start to the end of a peer. Two cores provide two seconds of processor time per second.

{cases}

The peers do less than Millrace. `limit` is a loop in C for a single statement: batches of {batch}, no decoding beyond SQL, no
supervision, no retry. `go` uses amqp091-go and a pgx pool with {go} workers, with one insert and one acknowledgement per task.
`celery` has {celery} processes, late acknowledgement and a classic queue. It keeps its connections open, and writes nothing
to the database for an e-mail or a webhook.

Latency is measured in an open loop. *due* is the scheduled time of the publish, *confirm* the time of the broker's confirm,
and *commit* the time of the node's commit, according to its log, which has a line for each task. pgbench inserts one row per
transaction at 1,000/s. `transaction` is the duration of the transaction; `latency` counts from its scheduled time, as in
pgbench itself.
"""

REPEAT = """## How to repeat it

```sh
tests/bench/run --peers                  # all cases
tests/bench/run --quick --only inbox     # one case, small
```
"""


def page(result):
    rounds = len(result["rounds"])
    machine = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result["machine"].items() if value)
    listed = "\n".join(f"- `{name}`: {cases.CASES[name].words}" for name in result["settings"]["cases"])
    servers = ", ".join(f"{name} {value}" for name, value in result["settings"]["postgresql"].items())
    sizes = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in result["settings"]["sizes"].items())
    return "\n".join([
        HEAD.format(rounds=rounds, s="s" * (rounds > 1), kind=result["kind"], machine=machine),
        "## Targets", "", tables.markdown(tables.targets(result["rounds"]), (1, 2)), "",
        "## Figures", "", *(table + "\n" for table in tables.figures(result, tables.markdown)),
        *(f"**Failed**: {one['measurement']}, round {one['round']}: {one['error']}\n" for one in result["failures"]),
        MEANING.format(cases=listed, batch=peers.BATCH, go=peers.GO_WORKERS, celery=peers.CELERY_PROCESSES),
        "## Settings", "", f"PostgreSQL: {servers}.", "", f"Sizes: {sizes}.", "", REPEAT])
