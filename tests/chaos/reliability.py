#!/usr/bin/python3
"""Measures the guarantees of Millrace while nodes and servers are being killed; run it as `deploy/dev reliability [--short]`.

Each phase has its own virtual host and database, and ends with `millrace verify`. --json writes the figures, --page writes
them as a page. All random choices derive from --seed.
"""
import argparse
import concurrent.futures
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import cluster_faults
import report
from basics import say, until
from bursts import bursts
from cluster import Cluster, NoNetwork
from lab import Lab, Server
from lanes import lanes
from nodes import crash_points, orphans, restarts
from ordered import ordered
from outages import outages
from poison import poison
from relay import relay
from returns import returns

SIZES = {  # the full run may take twenty minutes, the short one for CI eight
    "full": {"tasks": 100_000, "rate": 1_200, "node_kills": 50, "server_kills": 5, "hits": 20, "orphan_kills": 20,
             "outage_seconds": 30, "outage_warm_up": 4, "restarts": 30, "relay_rows": 200_000,
             "poison_calibration": 20_000, "poison_window": 4, "poison_windows": 5,
             "bursts": 20, "burst_connections": 3_000, "pairs": 20_000, "pairs_per_second": 80, "order_disturbances": 20,
             "lane_backlog": 100_000, "lane_urgent": 20, "return_webhooks": 600, "return_kills": 60, "cut_seconds": 180,
             "cut_off_seconds": 90, "cluster_rolls": 2, "random_seconds": 1_800},
    "short": {"tasks": 8_000, "rate": 600, "node_kills": 6, "server_kills": 1, "hits": 1, "orphan_kills": 4,
              "outage_seconds": 3, "outage_warm_up": 1, "restarts": 4, "relay_rows": 40_000,
              "poison_calibration": 4_000, "poison_window": 1, "poison_windows": 2,
             "bursts": 2, "burst_connections": 3_000, "pairs": 800, "pairs_per_second": 40, "order_disturbances": 2,
             "lane_backlog": 4_000, "lane_urgent": 1, "return_webhooks": 100, "return_kills": 6, "cut_seconds": 6,
             "cut_off_seconds": 15, "cluster_rolls": 1, "random_seconds": 120},
}


class Ledger(threading.Thread):
    """Checks the ledger every second, in one snapshot each."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.lab, self.over, self.good, self.bad = lab, threading.Event(), 0, 0

    def run(self):
        while not self.over.wait(1):
            answer = self.lab.ask("select (select count(*) from millrace.ledger_imbalance)"
                                  " + (select coalesce(abs(sum(balance)), 0) from millrace.account)")
            if answer is not None:
                self.good += answer == "0"
                self.bad += answer != "0"

    def end(self):
        self.over.set()
        self.join()


def chaos(lab, servers, size, rng):
    """Tasks at a steady rate while nodes, broker and database are killed, with redeliveries, repeated publishes and retries."""
    for name in ("a", "b"):
        lab.start_node(name, "--redeliver", "20")
    lab.open_accounts()
    lab.keep_queues()
    lab.add_schedules()
    ledger = Ledger(lab)
    ledger.start()
    producer = lab.produce(size["tasks"], size["rate"], rng.randrange(1 << 30))
    kills = ["node"] * size["node_kills"] + ["broker", "postgres"] * size["server_kills"]
    rng.shuffle(kills)
    pause = size["tasks"] / size["rate"] / len(kills)
    for kill in kills:
        until(time.monotonic() + pause * rng.uniform(0.3, 1.0))
        if kill == "node":
            name = rng.choice(("a", "b"))
            lab.kill(name)
            lab.start_node(name, "--redeliver", "20", wait=False)
        else:
            servers[kill].kill()
            servers[kill].start()
    if producer.wait() != 0:
        raise RuntimeError("the producer failed")
    fires = lab.write_fires()
    findings, holds = lab.verify(wait=180, ordered=("transaction.transfer",))
    ledger.end()
    effects, repeated = lab.effects()
    return {
        "holds": holds and ledger.bad == 0 and ledger.good > 0, "findings": findings,
        "figures": {
            "confirmed_tasks": len(lab.journal()), "schedule_fires": fires, "results": len(lab.lines("results.jsonl")),
            "follow_ups": sum(line.get("follow_ups", 0) for line in lab.journal()), "node_kills": size["node_kills"], "broker_kills": size["server_kills"],
            "postgres_kills": size["server_kills"],
            "confirmed_tasks_lost": sum(f["breaches"] for f in findings if f["invariant"] == "I1"),
            "doubled_database_effects": sum(f["breaches"] for f in findings if f["invariant"] == "I2"
                                            and not f["what"].startswith("e-mails")),
            "ledger_snapshots": ledger.good + ledger.bad, "ledger_snapshots_wrong": ledger.bad,
            "effects": effects, "effects_repeated": repeated, "effects_in_flight": len(lab.listed),
            "effects_repeated_otherwise": next(f["breaches"] for f in findings if "repeated without a cause" in f["what"]),
            "effects_repeated_per_million": round(1e6 * repeated / max(1, effects)),
        },
    }


PHASES = {"chaos": chaos, "crash_points": crash_points, "orphans": orphans, "outages": outages, "restarts": restarts,
          "poison": poison, "relay": relay, "bursts": bursts, "lanes": lanes, "ordered": ordered, "returns": returns,
          **cluster_faults.PHASES}
# Concurrent in a short run; none kills a server.
TOGETHER = [("crash_points", "orphans"), ("restarts", "poison"), ("lanes", "ordered"), ("ordered", "returns")]


def groups_of(names, kind):
    """The phases in the order of the run. Phases of a group run concurrently."""
    groups = []
    for name in names:
        if kind == "short" and groups and (groups[-1][-1], name) in TOGETHER:
            groups[-1].append(name)
        else:
            groups.append([name])
    return groups


def run_phase(name, folder, tools, servers, size, seed):
    """The result of a phase. A failed phase has a result too, and the others still run."""
    began = time.monotonic()
    try:
        with contextlib.ExitStack() as stack:
            if name in cluster_faults.PHASES:
                brokers = Cluster(tools["instance"], cluster_faults.TICKTIMES[name])
                servers = {**servers, "cluster": stack.enter_context(brokers)}
            lab = stack.enter_context(contextlib.closing(Lab(name, folder, tools)))
            phase = PHASES[name](lab, servers, size, random.Random(f"{seed} {name}"))
    except NoNetwork as error:  # fails a full run, whose figures are published
        phase = {"holds": True, "findings": [], "figures": {}, "unmeasured": [f"{name}: {error}"]}
    except Exception as error:  # pylint: disable=broad-except
        cause = f": {error.__cause__!r}" if error.__cause__ else ""
        phase = {"holds": False, "findings": [], "figures": {}, "error": repr(error) + cause}
    phase["seconds"] = round(time.monotonic() - began)
    say(f"{name}: {'holds' if phase['holds'] else 'DOES NOT HOLD'}  " + json.dumps(phase["figures"]) + phase.get("error", ""))
    for finding in phase["findings"]:
        if finding["holds"] is False:
            say(f"  {finding['invariant']} {finding['what']}: {finding['breaches']} of {finding['of']}; "
                + "; ".join(finding["examples"]))
    for what in phase.get("unmeasured", []):
        say(f"  NOT MEASURED: {what}")
    return phase


def print_table(result):
    """Prints the table of results. Returns whether every target is reached and every phase holds."""
    for row in report.rows(result):
        print(f"{row['holds']:>12}  {report.text(row['reached']):>9} (to reach: {row['to_reach']})  {row['figure']}")
    missed = report.missed(result)
    for row in missed:
        say(f"MISSED: {row['figure']}: {report.text(row['reached']) or 'not measured'}, to reach {row['to_reach']}")
    return not missed and all(phase["holds"] for phase in result["phases"].values())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--short", action="store_true", help="run the short version for CI, with smaller sizes")
    arguments.add_argument("--long", action="store_true", help="run the long phases too: " + ", ".join(report.LONG))
    arguments.add_argument("--seed", type=int, default=None, help="seed of all choices; printed (default: random)")
    arguments.add_argument("--only", choices=PHASES, action="append", help="run only this phase; repeatable")
    arguments.add_argument("--wait", type=int, help="wait at most this many seconds for the end of all tasks, before the"
                           " invariants are checked (default: long enough for a busy machine)")
    arguments.add_argument("--millrace", required=True)
    arguments.add_argument("--producer", required=True)
    arguments.add_argument("--fault-proxy", required=True)
    arguments.add_argument("--servers", required=True, help="folder with the servers' pid files and logs")
    arguments.add_argument("--json", help="write the figures to this file, which keeps those of phases that were not run")
    arguments.add_argument("--page", help="with --json: write the page to this file")
    given = arguments.parse_args()
    seed = random.SystemRandom().randrange(1 << 32) if given.seed is None else given.seed
    kind = "short" if given.short else "full"
    servers = {"broker": Server(f"{given.servers}/rabbitmq.pid", f"{given.servers}/log/rabbitmq-start.log"),
               "postgres": Server(f"{given.servers}/postgres.pid", f"{given.servers}/log/postgres.log")}
    tools = {"millrace": given.millrace, "chaos_producer": given.producer, "fault_proxy": given.fault_proxy,
             "instance": Path(given.servers).name, **({"longest_wait": given.wait} if given.wait else {})}
    result = {"seed": seed, "kind": kind, "settings": SIZES[kind], "phases": {}}
    folder = tempfile.mkdtemp(prefix="millrace-reliability-")
    for group in groups_of(given.only or [name for name in PHASES if given.long or name not in report.LONG], kind):
        say(f"{' and '.join(group)} (seed {seed})")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            done = pool.map(lambda name: run_phase(name, folder, tools, servers, SIZES[kind], seed), group)
            result["phases"].update(zip(group, done))
    result["versions"] = report.versions(given.millrace)
    for phase in result["phases"].values():
        phase.update(seed=seed, program=result["versions"]["millrace"])
    if given.json:
        published = report.added(Path(given.json), result)
        Path(given.json).write_text(json.dumps(published, indent=2) + "\n", encoding="utf-8")
        Path(given.page).write_text(report.page(published), encoding="utf-8")
    if not print_table(result):
        say(f"the logs are in {folder}")
        sys.exit(1)
    subprocess.run(["rm", "-rf", folder], check=True)


if __name__ == "__main__":
    main()
