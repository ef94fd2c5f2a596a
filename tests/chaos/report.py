"""The targets of a reliability run, and the page with its results. As a program, it prints the page for a file of figures:
report.py FILE.json > docs/reliability.md"""
import json
import os
import platform
import subprocess
import sys
import textwrap
from pathlib import Path

from basics import ROOT


def _line(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().splitlines()[:1]


def versions(millrace):
    rabbitmq = _line("dpkg-query", "-W", "-f", "${Version}", "rabbitmq-server")
    postgres = _line("dpkg-query", "-W", "-f", "${Version}", "postgresql-15")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"millrace": "".join(_line(millrace, "version")), "rabbitmq": "".join(rabbitmq), "postgresql": "".join(postgres),
            "kernel": platform.release(), "processors": os.cpu_count(), "memory_gib": round(memory)}


def none_of(value):
    return value == 0


def below(limit):
    return lambda value: value < limit


def at_least(limit):
    return lambda value: value >= limit


LONG = ("cluster_faults", "cluster_rolling", "cluster_random", "cluster_default_ticktime")  # phases of --long
OUTAGES = {"postgres": "database", "broker": "broker", "memory_alarm": "memory alarm of the broker",
           "disk_full_of_tables": "disk full under the tables", "disk_full_of_wal": "disk full under the WAL, a crash"}
# phase, figure, description, target, predicate, whether a short run checks it. A short run is a test that may run on a busy
# machine, so it checks no times.
TARGETS = [
    ("chaos", "confirmed_tasks_lost", "confirmed tasks lost, of {confirmed_tasks}, under {node_kills} × `kill -9` of nodes,"
     " {broker_kills} of the broker, {postgres_kills} of PostgreSQL", "0", none_of, True),
    ("chaos", "doubled_database_effects", "repeated database effects in that run, with 20% of the deliveries redelivered"
     " and 5% of the tasks published twice", "0", none_of, True),
    ("chaos", "ledger_snapshots_wrong", "of {ledger_snapshots} snapshots, one a second while PostgreSQL was up:"
     " the ledger's sum is not 0 or a balance is not the sum of its entries", "0", none_of, True),
    ("chaos", "effects_repeated_per_million", "e-mails and webhooks repeated in that run, per million (explained below)",
     "", None, True),
    ("chaos", "effects_repeated_otherwise", "of {effects_repeated} repeated e-mails and webhooks, not among the {effects_in_flight}"
     " that a node had in flight when it was killed, or repeated more than once for each kill", "0", none_of, True),
    ("crash_points", "crash_points_short_of_hits", "of {crash_points} crash points: hit fewer than {hits_each} times", "0",
     none_of, True),
    ("crash_points", "breaches", "breaches of an invariant after {hits} kills at these points", "0", none_of, True),
    ("orphans", "orphan_recovery_p50_ms", "orphans ({orphans}) restarted by the second node after `kill -9` of the first,"
     " p50, ms", "< 100", below(100), False),
    ("orphans", "orphan_recovery_p99_ms", "the same, p99, ms", "< 500", below(500), False),
    ("outages", "attempts_burned", "attempts used up by outages of {outage_seconds} s", "0", none_of, True),
    ("outages", "dead_letters", "dead letters caused by these outages", "0", none_of, True),
    *(("outages", f"seconds_to_90_percent_after_{key}", f"recovery time to 90% of the throughput: {words}, s", "< 5", below(5),
       False)
      for key, words in OUTAGES.items()),
    ("poison", "healthy_throughput_lost_percent", "healthy throughput lost with 1% of poison messages of 12 kinds, %", "< 1",
     below(1), False),
    ("poison", "poison_dead_letters_missing_or_extra",
     "difference between dead letters and the {poison_messages} poison messages", "0", none_of, True),
    ("poison", "crashes", "crashes of the process or an actor by poison messages", "0", none_of, True),
    ("restarts", "lost", "tasks lost in {rolling_restarts} rolling restarts under load", "0", none_of, True),
    ("restarts", "finished_but_redelivered", "tasks finished but redelivered in these restarts", "0", none_of, True),
    ("relay", "relay_rows_per_second", "outbox rows that the relay of one node publishes, confirmed and deleted, per second",
     "≥ 20,000", at_least(20_000), False),
    ("bursts", "seconds_to_answer_after_a_burst", "{bursts} bursts of {burst_connections} connections to each listener, half"
     " with a partial request: time until it answers, longest, s", "< 1", below(1), False),
    ("bursts", "seconds_to_answer_during_a_burst", "the same, while these connections are open, longest, s", "published", None,
     True),
    ("lanes", "seconds_to_begin_urgent", "{urgent_tasks} urgent tasks by routing key, API and relay against {lane_backlog}"
     " waiting tasks of 50 ms: time until they begin, longest, s", "< 2", below(2), False),
    ("ordered", "wrongly_refused", "transfers refused of {pairs} pairs of dependent tasks, 5% of them by API and"
     " `millrace.enqueue`, while the active node is killed, stopped and limited {disturbances_of_each_kind} times each", "0",
     none_of, True),
    ("ordered", "dead_letters", "dead letters in that run", "0", none_of, True),
    ("returns", "dead_of_kills", "dead of {return_webhooks} prefetched webhooks after {return_kills} × `kill -9` and restart in"
     " {seconds_of_kills} s", "0", none_of, True),
    ("returns", "dead_of_cuts", "dead after {cuts} cuts of the broker's connections in {seconds_of_cuts} s, with the database"
     " blocked", "0", none_of, True),
    ("returns", "charged_by_cuts", "attempts used up by these cuts", "0", none_of, True),
    ("returns", "left_or_parked", "messages left in a queue or in `millrace.parked` after that", "0", none_of, True),
    ("cluster", "standstill_of_kills_s", "{brokers_of} brokers, {tasks_per_second} tasks/s: longest standstill of a queue after"
     " `kill -9` of a broker or of the active node, s", "< 5", below(5), False),
    ("cluster", "standstill_of_suspensions_s", "longest standstill of the ordered queue after SIGSTOP of a broker or of the"
     " active node, s", "< 30", below(30), False),
    ("cluster", "broken", "tasks lost, doubled, dead or charged with an attempt in that run, of {tasks}", "0", none_of, True),
    ("cluster_faults", "broken", "the same, each broker in turn killed, restarted, cut off for {cut_off_seconds} s, and lost"
     " with its disk, of {tasks}", "0", none_of, True),
    ("cluster_rolling", "broken", "the same, {faults} rolling restarts of brokers, of {tasks}", "0", none_of, True),
    ("cluster_random", "broken_but_charged", "tasks lost, doubled beyond the ids in flight, or dead, with two faults at once, a broker and a node, at"
     " random, {faults} times in {random_seconds} s", "0", none_of, True),
    ("cluster_random", "tasks", "confirmed tasks in that run", "≥ 300,000", at_least(300_000), False),
    ("cluster_default_ticktime", "broken", "tasks lost, doubled, dead or charged with RabbitMQ's default `net_ticktime` of 60 s,"
     " of {tasks}", "0", none_of, True),
    ("cluster_default_ticktime", "standstill_of_kills_s", "longest standstill of a queue after `kill -9` in that run, s",
     "published", None, True),
    ("cluster_default_ticktime", "standstill_of_suspensions_s", "longest standstill of the ordered queue after SIGSTOP in that"
     " run, s", "published", None, True),
    ("mutants", "mutants_condemned_percent", "of {mutants} defects put in on purpose: condemned by the phase named below, %", "≥ 95",
     at_least(95), False),
    ("bursts", "seconds_to_stop_with_idle_connections", "time from SIGTERM to the exit of a node with {idle_connections} idle"
     " connections to each listener, s", "< 5", below(5), False),
]


def rows(result):
    """One row per figure: description, target, value, "yes", "no", "not measured", "not judged" (a short run) or
    "published"."""
    made = []
    for name, figure, words, wanted, holds, in_short in TARGETS:
        if name not in result["phases"]:
            continue
        figures = result["phases"][name]["figures"]
        value = figures.get(figure)
        blanks = {key: f"{number:,}" if isinstance(number, int) else number for key, number in figures.items()}
        judged = in_short or result["kind"] == "full"
        verdict = "not measured" if value is None else "published"
        if value is not None and holds is not None:
            verdict = "yes" if holds(value) else "no" if judged else "not judged"
        try:
            words, wanted = words.format(**blanks), wanted.format(**blanks)
        except KeyError:  # the phase failed before it measured them
            words = words.split(",")[0].replace("{", "").replace("}", "")
        made.append({"figure": words, "to_reach": wanted, "reached": value, "holds": verdict,
                     "judged": judged})
    return made


def missed(result):
    """The rows that make the run fail. A missing measurement fails only the full run, whose results are published."""
    return [row for row in rows(result)
            if row["judged"] and (row["holds"] == "no" or (row["holds"] == "not measured" and result["kind"] == "full"))]


def added(file, result):
    """The published figures with those of this run: a run of some phases replaces these and keeps the others."""
    phases = json.loads(file.read_text(encoding="utf-8"))["phases"] if file.exists() else {}
    return {**result, "phases": {**phases, **result["phases"]}}


def publish_phase(name, phase):
    """Replaces a phase of the published figures."""
    file, page_file = ROOT / "docs/reliability.json", ROOT / "docs/reliability.md"
    published = json.loads(file.read_text(encoding="utf-8"))
    published["phases"][name] = phase
    file.write_text(json.dumps(published, indent=2) + "\n", encoding="utf-8")
    page_file.write_text(page(published), encoding="utf-8")


def mutants_table(phase):
    lines = ["| mutant | file | phase | build and run, s | verdict |", "| --- | --- | --- | ---: | --- |"]
    lines += [f"| {v['mutant']} | `{v['file']}` | {v['phase']} | {v['seconds']} |"
              f" {'condemned' if v['condemned'] else 'survived: ' + v['reason']} |" for v in phase["verdicts"]]
    return "\n".join(lines)


def text(value):
    return "" if value is None else f"{value:,}" if isinstance(value, (int, float)) else str(value)


HEAD = """# Reliability: the figures

Written by `deploy/dev reliability`. Raw figures: [reliability.json](reliability.json). Every phase runs on real servers and
ends with `millrace verify`, which compares broker and database with the producer's journal of confirmed ids and the
receivers' journals of accepted messages. The invariants are defined in [invariants.md](invariants.md).

## What is proven, and what is not yet

Proven by this page, for **one broker and one database**: no confirmed task is lost and no database effect happens twice when
nodes, broker and database are killed with `kill -9` under load, when disks fill up, when the broker blocks publishers, and in
rolling restarts. Transfers are posted in the order in which one channel published them, over several nodes. The same for a
**cluster of three brokers** and the faults named below.

The clusters run RabbitMQ with `net_ticktime` 10 s unless the figure says otherwise, `cluster_partition_handling =
pause_minority`, and nodes with the default heartbeat of 8 s.

Not proven yet:

- faults of a cluster that have no figure below: a broker that is cut off by the network, or lost for good with its disk;
- a database that fails over to another server;
- wrong clocks.

## Figures
"""

EXPLANATION = """## What the figures mean

- **Repeated e-mails and webhooks.** They are sent at least once, always under the same `Message-ID` or `webhook-id`. One is
  sent again only if its process died between the remote side's answer and our commit
  ([invariants.md](invariants.md#what-may-repeat)). A kill therefore repeats at most the effects that the node had in flight.
  The figure depends on the number of kills, not on the load. It is high here because a node is killed every other second,
  and every eighth task is an effect. The run reads the claims of a node right before each kill, when the process is stopped,
  and allows a repeat of these effects only, one for each kill. {repeats}
- **Outages.** Recovery time starts when the server serves again: PostgreSQL answers a query, the broker speaks AMQP. Their
  own starts took {starts}. It ends with a quarter of a second in which tasks end at 90% of the previous rate. A full disk is
  real: a small file system filled to the last byte, under the tables of a database (SQLSTATE 53100) and under the WAL
  (PostgreSQL panics and stays down). These two and the stop of PostgreSQL run concurrently, on three servers. During a
  memory alarm producers are blocked, so recovery is measured from the end of the alarm.
- **Crash points.** The kills alternate over all points, so that work is done in between: a message that is delivered 50
  times and never finished would reach the broker's delivery limit.
- **Poison.** An open-loop load of healthy tasks at 70% of the node's maximum ({flat_out} tasks/s), in windows without and
  with poison messages. The medians of tasks ended per second are compared. At the maximum, each poison message would also
  take the capacity of a healthy one.
- **Relay.** {relay_rows} small due messages, to a quorum queue; from the first confirmed to the last.
"""

REPEAT = """## How to repeat it

```sh
deploy/dev reliability                            # all phases; writes this page
deploy/dev reliability --only outages             # one phase; prints its figures
deploy/dev reliability --only outages --seed 7    # with the choices of another run: kills and tasks
deploy/dev reliability --only outages --publish   # one phase; replaces its figures on this page
deploy/dev reliability --mutants --publish        # builds each mutant, and runs the phase that must condemn it
```
"""


def _wrapped(item):
    """A list item or paragraph at 125 columns."""
    return textwrap.fill(" ".join(item.split()), 125, subsequent_indent="  " if item.startswith("- ") else "",
                         break_long_words=False, break_on_hyphens=False)


def explanation(result):
    figures = {key: value for phase in result["phases"].values() for key, value in phase["figures"].items()}
    repeats = starts = ""
    if "effects_repeated" in figures:
        repeats = (f"Here {figures['effects_repeated']:,} of {figures['effects']:,} repeated:"
                   f" {figures['node_kills']} kills interrupted {figures['effects_in_flight']:,} effects.")
    starts = ", ".join(f"{figures.get(f'seconds_{name}_needed_to_start', '?')} s for {words}"
                       for name, words in (("postgres", "PostgreSQL"), ("broker", "RabbitMQ")))
    heading, *items = EXPLANATION.format(repeats=repeats, starts=starts, relay_rows=text(figures.get("relay_rows")),
                                         flat_out=text(figures.get("tasks_per_second_flat_out"))).split("\n- ")
    return "\n".join([heading, *(_wrapped("- " + item) for item in items), ""])


def page(result):
    used = {name.replace("_", " "): str(value).removeprefix("millrace ") for name, value in result["versions"].items()}
    lines = [HEAD, _wrapped(f"Release build. " + ", ".join(f"{name} {value}" for name, value in used.items()) + "."), "",
             "| figure | required | reached | met |", "| --- | ---: | ---: | --- |"]
    lines += [f"| {row['figure']} | {row['to_reach']} | {text(row['reached'])} | {row['holds']} |" for row in rows(result)]
    lines += ["", explanation(result), REPEAT, "## Settings", "",
              _wrapped(", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in result["settings"].items()) + "."),
              ""]
    for name, phase in result["phases"].items():
        lines += [f"## {name.replace('_', ' ').capitalize()}", "",
                  f"{'Passed' if phase['holds'] else '**Failed**'}, {phase['seconds']} s, seed {phase['seed']}.", ""]
        lines += [f"The phase failed: `{phase['error']}`\n"] if "error" in phase else []
        lines += [f"**Not measured**: {what}\n" for what in phase.get("unmeasured", [])]
        lines += ["| figure | |", "| --- | ---: |"]
        lines += [f"| {figure.replace('_', ' ')} | {text(value)} |" for figure, value in phase["figures"].items()]
        if "verdicts" in phase:
            lines += ["", mutants_table(phase), ""]
            continue
        lines += ["", "| invariant | breaches | of |", "| --- | ---: | ---: |"]
        lines += [f"| {f['invariant']} {f['what']} | {f['breaches']:,} | {f['of']:,} |" for f in phase["findings"]]
        lines.append("")
    return "\n".join(lines)


def stale(result, program):
    """Why the figures are older than what they speak of: sentences, none if they are current. Long phases may be missing, as
    the page does not speak of them then. `program`: what `millrace version` prints."""
    current = program.rpartition("schema ")[2].strip()
    reasons = []
    for name, phase in result["phases"].items():
        measured = phase["program"].rpartition("schema ")[2]
        if measured != current:
            reasons.append(f"phase {name} was measured at schema {measured}, the program has schema {current}")
    wanted = {name for name, *_ in TARGETS if name not in (*LONG, "mutants")} - set(result["phases"])
    reasons += [f"phase {name} was not measured" for name in sorted(wanted)]
    unknown = {(name, figure) for name, figure, *_ in TARGETS
               if name in result["phases"] and figure not in result["phases"][name]["figures"]}
    return reasons + [f"figure {figure} of phase {name} was not measured" for name, figure in sorted(unknown)]


if __name__ == "__main__":
    print(page(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), end="")
