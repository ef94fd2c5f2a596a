"""What a reliability run has to reach, and the published page."""
import os
import platform
import subprocess


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


OUTAGES = {"postgres": "database", "broker": "broker", "memory_alarm": "memory alarm of the broker",
           "disk_full_of_tables": "disk full under the tables", "disk_full_of_wal": "disk full under the WAL, a crash"}
# phase, figure, its words, what to reach in words, whether a value does, whether a short run is judged by it: that one is a
# test, and times are no matter for a test on a busy machine
TARGETS = [
    ("chaos", "confirmed_tasks_lost", "confirmed tasks lost, of {confirmed_tasks}, under {node_kills} × `kill -9` of nodes,"
     " {broker_kills} of the broker, {postgres_kills} of PostgreSQL", "0", none_of, True),
    ("chaos", "doubled_database_effects", "doubled database effects in that run, with 20% of the deliveries made to come again"
     " and 5% of the tasks published twice", "0", none_of, True),
    ("chaos", "ledger_snapshots_wrong", "of {ledger_snapshots} snapshots, one a second while PostgreSQL was up:"
     " the ledger's sum is not 0 or a balance is not the fold of its entries", "0", none_of, True),
    ("chaos", "effects_repeated_per_million", "e-mails and webhooks repeated in that run, per million (explained below)",
     "at most {effects_repeated_explained} of {effects} in all", None, True),
    ("crash_points", "crash_points_short_of_hits", "of {crash_points} crash points: hit fewer than {hits_each} times", "0",
     none_of, True),
    ("crash_points", "breaches", "breaches of an invariant after {hits} kills there", "0", none_of, True),
    ("orphans", "orphan_recovery_p50_ms", "orphans ({orphans}) begun again by the second node after `kill -9` of the first,"
     " p50, ms", "< 100", below(100), False),
    ("orphans", "orphan_recovery_p99_ms", "the same, p99, ms", "< 500", below(500), False),
    ("outages", "attempts_burned", "attempts burned by outages of {outage_seconds} s", "0", none_of, True),
    ("outages", "dead_letters", "dead letters by these outages", "0", none_of, True),
    *(("outages", f"seconds_to_90_percent_after_{key}", f"time back to 90% of the throughput: {words}, s", "< 5", below(5),
       False)
      for key, words in OUTAGES.items()),
    ("poison", "healthy_throughput_lost_percent", "healthy throughput lost with 1% of poison of 12 kinds beside it, %", "< 1",
     below(1), False),
    ("poison", "poison_letters_missing_or_extra", "dead letters more or fewer than the {poison_messages} poison messages", "0",
     none_of, True),
    ("poison", "crashes", "crashes by poison: of the process, of an actor", "0", none_of, True),
    ("restarts", "lost", "tasks lost by {rolling_restarts} rolling restarts under load", "0", none_of, True),
    ("restarts", "finished_but_redelivered", "finished but redelivered by these restarts", "0", none_of, True),
    ("relay", "relay_rows_per_second", "outbox rows that one node's relay publishes, confirmed and deleted, per second",
     "≥ 20,000", at_least(20_000), False),
]


def rows(result):
    """One row a figure: words, to reach, reached, "yes", "no", "not measured", "not judged" (a short
    run) or "published"."""
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
        except KeyError:  # the phase broke before it had them
            words = words.split(",")[0].replace("{", "").replace("}", "")
        made.append({"figure": words, "to_reach": wanted, "reached": value, "holds": verdict,
                     "judged": judged})
    return made


def missed(result):
    """The rows that make the run fail. What could not be measured fails the whole run, which is the one that is published."""
    return [row for row in rows(result)
            if row["judged"] and (row["holds"] == "no" or (row["holds"] == "not measured" and result["kind"] == "full"))]


def text(value):
    return "" if value is None else f"{value:,}" if isinstance(value, (int, float)) else str(value)


HEAD = """# Reliability: the figures

Written by `deploy/dev reliability`; the raw figures are in [reliability.json](reliability.json). Every phase runs on real
servers and ends with `millrace verify`, which compares broker and database with the producer's journal of confirmed ids and
the receivers' journals of what they accepted. What the invariants mean stands in [invariants.md](invariants.md).
"""

EXPLANATION = """## What the figures mean

- **Repeated e-mails and webhooks.** They are sent at least once, always under the same `Message-ID` or `webhook-id`. One is
  sent again only if its process died between the remote side's answer and our commit
  ([invariants.md](invariants.md#what-may-repeat)). So a kill repeats at most what the node had under way at that moment, and
  the figure is one of the kills, not of the load: it is high here because a node is killed every other second, with every
  eighth task an effect. {repeats}
- **Outages.** The time counts from when the server serves again: PostgreSQL answers a query, the broker speaks AMQP. Their own
  starts took {starts}. It ends with a quarter of a second in which tasks end
  at 90% of the rate before. A full disk is a real one: a small file system filled to the last byte, under a database's tables (SQLSTATE 53100) and under the WAL
  (PostgreSQL panics and stays down). These two and the stop of PostgreSQL happen at the same time, on three servers. During a
  memory alarm producers are blocked, so it is what ends after it that is measured.
- **Crash points.** In turns over all of them, so that work gets done between; a message that is handed out 50 times and never
  finished is what the broker's delivery limit is for.
- **Poison.** An open-loop load of healthy tasks at 70% of what the node did flat out ({flat_out} tasks/s), in windows without
  and with poison; the medians of tasks ended per second are compared. Flat out, each poison message would also take the room
  of a healthy one.
- **Relay.** {relay_rows} small messages that are due, to a replicated queue; from the first confirmed to the last.
"""

REPEAT = """## How to repeat it

```sh
deploy/dev reliability                         # all of it; writes this page
deploy/dev reliability --seed {seed:<10}       # with the choices of this run: which node is killed when, which tasks come
deploy/dev reliability --only outages          # one phase; prints its figures
```
"""


def explanation(result):
    figures = {key: value for phase in result["phases"].values() for key, value in phase["figures"].items()}
    repeats = starts = ""
    if "effects_repeated" in figures:
        repeats = (f"Here {figures['effects_repeated']:,} of {figures['effects']:,} came again:"
                   f" {figures['node_kills']} kills of a node with at most {figures['effects_under_way']} effects under way"
                   f" explain\n  up to {figures['effects_repeated_explained']:,}.")
    starts = ", ".join(f"{figures.get(f'seconds_{name}_needed_to_start', '?')} s for {words}"
                       for name, words in (("postgres", "PostgreSQL"), ("broker", "RabbitMQ")))
    return EXPLANATION.format(repeats=repeats, starts=starts, flat_out=text(figures.get("tasks_per_second_flat_out")),
                              relay_rows=text(figures.get("relay_rows")))


def page(result):
    used = {name.replace("_", " "): str(value).removeprefix("millrace ") for name, value in result["versions"].items()}
    lines = [HEAD, f"Seed {result['seed']}, {result['kind']} run of {result['seconds']} s, release build. "
             + ", ".join(f"{name} {value}" for name, value in used.items()) + ".", "",
             "| figure | to reach | reached | holds |", "| --- | ---: | ---: | --- |"]
    lines += [f"| {row['figure']} | {row['to_reach']} | {text(row['reached'])} | {row['holds']} |" for row in rows(result)]
    lines += ["", explanation(result), REPEAT.format(seed=result["seed"]), "## Settings", "",
              ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in result["settings"].items()) + ".", ""]
    for name, phase in result["phases"].items():
        lines += [f"## {name.replace('_', ' ').capitalize()}", "",
                  f"{'Holds' if phase['holds'] else '**Does not hold**'}, {phase['seconds']} s.", ""]
        lines += [f"The phase broke: `{phase['error']}`\n"] if "error" in phase else []
        lines += [f"**Not measured**: {what}\n" for what in phase.get("unmeasured", [])]
        lines += ["| figure | |", "| --- | ---: |"]
        lines += [f"| {figure.replace('_', ' ')} | {text(value)} |" for figure, value in phase["figures"].items()]
        lines += ["", "| invariant | breaches | of |", "| --- | ---: | ---: |"]
        lines += [f"| {f['invariant']} {f['what']} | {f['breaches']:,} | {f['of']:,} |" for f in phase["findings"]]
        lines.append("")
    return "\n".join(lines)
