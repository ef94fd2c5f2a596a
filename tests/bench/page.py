"""The page that a run can write: targets, figures, and what they mean."""
import cases
import peers
import tables

HEAD = """# Benchmarks: the figures

Written by `tests/bench/run`. Medians of {rounds} round{s} ({kind} run) on one machine, the servers included. A relation is
taken within each round. Compare figures of one run only: the machine decides half of them.

{machine}.
"""

MEANING = """## What is measured

Each measurement has a fresh database and a fresh virtual host. Queues are full before a node starts; the rate counts from
the first look at `millrace_tasks_total` that shows progress to the last. Before the first round one inbox is emptied and
not counted: a new PostgreSQL makes its first WAL files. Every row is committed with `synchronous_commit = on` before its
task is acknowledged, here and by the peers. Syncs and bytes of the WAL are those of the whole server. Nodes run with their
default settings. RabbitMQ's differ in the memory that it may use (8 GB), in two schedulers, in what is logged, and in how much
of its statistics the management plugin keeps.

Processor time of a task is that of the node, of RabbitMQ (*to take in*: while the queue is filled, each message with a
publisher confirm; otherwise: while a node works, from its first task to the last; of a peer from its start to its end) and of PostgreSQL's processes. Two cores have two seconds of it a second.

{cases}

The peers do less than Millrace. `limit` is one loop in C for one statement: batches of {batch}, no decoding beyond SQL, no
supervision, no retry. `go` is amqp091-go and a pgx pool with {go} workers, one insert and one acknowledgement a task.
`celery` has {celery} processes, late acknowledgement and a classic queue, keeps its connections open, and writes nothing to
the database for an e-mail or a webhook.

Latency is that of an open loop: *due* is when the task was to be published, *confirm* when the broker had confirmed it,
*commit* when the node had committed it, as its log says, in which it writes a line for each task. pgbench inserts one row a
transaction at 1,000/s; `transaction` is the time of that, `latency` counts, as pgbench itself does, from when it was due.
"""

REPEAT = """## How to repeat it

```sh
tests/bench/run --peers                  # all of it
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
