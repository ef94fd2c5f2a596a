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
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import report
from bursts import bursts
from cluster import Cluster
from cluster_faults import cluster, cluster_default_ticktime, cluster_faults, cluster_random, cluster_rolling
from lab import Lab, Server, wait_until
from lanes import lanes
from ordered import ordered
from outages import outages
from poison import poison
from relay import relay
from returns import returns

SIZES = {  # the full run may take twenty minutes, the short one for CI three
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


def say(text):
    print(f"[{time.monotonic() - BEGAN:4.0f}s] {text}", file=sys.stderr, flush=True)


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
    """Tasks at a steady rate while nodes, broker and database are killed, with redeliveries and repeated publishes."""
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
        time.sleep(pause * rng.uniform(0.3, 1.0))
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
        "holds": holds and ledger.bad == 0, "findings": findings,
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


def kill_at(lab, name, turns, hits):
    """Starts a node repeatedly; each time it stops when it reaches a crash point for the Nth time, and is killed there."""
    for point, nth in turns:
        node = lab.start_node(name, "--stop-at", f"{point}:{nth}", wait=False)
        reached = node.stops_itself(20)
        lab.stop_and_list(node)
        node.kill()
        hits[point] += reached


def crash_points(lab, _servers, size, rng):
    """Crashes nodes repeatedly at every crash point under load. Two nodes run concurrently with half of the points each."""
    listed = lab.run("serve", "--fault-injection", "--crash-at", "?", check=False).stderr
    points = listed.split("one of ")[1].strip().split(", ")
    lab.start_node("a")
    lab.open_accounts()
    lab.nodes["a"].stop()
    lab.add_schedules()
    producer = lab.produce(1_000_000, 300, rng.randrange(1 << 30))
    hits = dict.fromkeys(points, 0)
    # Alternating points, so that tasks finish in between: a message that is delivered 50 times and never finished would reach
    # the broker's delivery limit.
    turns = {name: [(point, rng.randint(1, 3)) for point in half * size["hits"]]
             for name, half in (("a", points[::2]), ("b", points[1::2]))}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for done in [pool.submit(kill_at, lab, name, of_node, hits) for name, of_node in turns.items()]:
            done.result()
    producer.terminate()
    producer.wait()
    lab.start_node("a")
    findings, holds = lab.verify()
    missed = [point for point in points if hits[point] < size["hits"]]
    if missed:
        say(f"crash points with too few hits: {', '.join(missed)}")
    return {"holds": holds and not missed, "findings": findings,
            "figures": {"crash_points": len(points), "hits": sum(hits.values()), "hits_each": size["hits"],
                        "crash_points_short_of_hits": len(missed),
                        "breaches": sum(f["breaches"] for f in findings)}}


def orphans(lab, _servers, size, rng):
    """Kills a node with running tasks and measures the time until the other node starts them again."""
    lab.start_node("a")
    lab.start_node("b")
    lab.webhook_url += "/wait/400"
    producer = lab.produce(1_000_000, 400, rng.randrange(1 << 30))
    latencies = []
    for kill in range(size["orphan_kills"]):
        name, other = ("a", "b") if kill % 2 else ("b", "a")
        held = f"node like '{lab.name}-{name}/%' and state = 'running'"
        wait_until(lambda: int(lab.ask(f"select count(*) from millrace.task where {held}") or 0) > 3, "running tasks")
        ids = "{" + ",".join(lab.stop_and_list(lab.nodes[name])) + "}"
        died = time.time()
        lab.nodes[name].kill()
        wait_until(lambda: lab.ask(f"select count(*) from millrace.task where id = any('{ids}') and {held}") == "0",
                   "the orphans' next start")
        rows = lab.ask("select string_agg(extract(epoch from started_at)::text, ' ') from millrace.task"
                       f" where id = any('{ids}') and node like '{lab.name}-{other}/%' and started_at > to_timestamp({died})")
        latencies += [1000 * (float(at) - died) for at in (rows or "").split()]
        lab.start_node(name)
    producer.terminate()
    producer.wait()
    findings, holds = lab.verify()
    if len(latencies) < size["orphan_kills"]:
        raise RuntimeError(f"only {len(latencies)} orphans seen")
    latencies.sort()
    return {"holds": holds, "findings": findings,
            "figures": {"orphans": len(latencies), "orphan_recovery_p50_ms": round(statistics.median(latencies)),
                        "orphan_recovery_p99_ms": round(latencies[int(0.99 * (len(latencies) - 1))])}}


def restart_in_turn(lab, turns, producer):
    """Restarts the nodes alternately. Returns the exit codes and the number of redeliveries of finished tasks."""
    codes, absorbed = [], 0
    for turn in range(turns):
        node = lab.nodes["ab"[turn % 2]]
        time.sleep(0.5)
        absorbed += node.metric("millrace_redeliveries_deduplicated_total")
        codes.append(node.stop())
        lab.start_node(node.name)
    producer.terminate()
    producer.wait()
    return codes, absorbed + sum(node.metric("millrace_redeliveries_deduplicated_total") for node in lab.nodes.values())


def restarts(lab, _servers, size, rng):
    """Rolling restarts under load: no task is lost, and no finished task is redelivered."""
    lab.start_node("a")
    lab.start_node("b")
    lab.open_accounts()
    # A repeated publish is a delivery of a finished task as well, so the figure is measured without repeats first.
    codes, absorbed = restart_in_turn(lab, size["restarts"], lab.produce(1_000_000, 300, rng.randrange(1 << 30), repeats=0))
    lab.verify()
    codes += restart_in_turn(lab, max(2, size["restarts"] // 3), lab.produce(1_000_000, 300, rng.randrange(1 << 30)))[0]
    findings, holds = lab.verify()
    return {"holds": holds and not any(codes) and absorbed == 0, "findings": findings,
            "figures": {"rolling_restarts": len(codes), "unclean_exits": sum(code != 0 for code in codes),
                        "finished_but_redelivered": int(absorbed),
                        "lost": sum(f["breaches"] for f in findings if f["invariant"] == "I1")}}


PHASES = {"chaos": chaos, "crash_points": crash_points, "orphans": orphans, "outages": outages, "restarts": restarts,
          "poison": poison, "relay": relay, "bursts": bursts, "lanes": lanes, "ordered": ordered, "returns": returns,
          "cluster": cluster, "cluster_faults": cluster_faults, "cluster_rolling": cluster_rolling,
          "cluster_random": cluster_random, "cluster_default_ticktime": cluster_default_ticktime}
# Phases on a cluster of three brokers, with their net_ticktime in seconds.
CLUSTERS = {"cluster": 10, "cluster_faults": 10, "cluster_rolling": 10, "cluster_random": 10, "cluster_default_ticktime": 60}
LONG = ("cluster_faults", "cluster_rolling", "cluster_random", "cluster_default_ticktime")
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
            if name in CLUSTERS:
                servers = {**servers, "cluster": stack.enter_context(Cluster(tools["instance"], CLUSTERS[name]))}
            lab = stack.enter_context(contextlib.closing(Lab(name, folder, tools)))
            phase = PHASES[name](lab, servers, size, random.Random(f"{seed} {name}"))
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
    arguments.add_argument("--long", action="store_true", help="run the long phases too: " + ", ".join(LONG))
    arguments.add_argument("--seed", type=int, default=None, help="seed of all choices; printed (default: random)")
    arguments.add_argument("--only", choices=PHASES, action="append", help="run only this phase; repeatable")
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
             "instance": Path(given.servers).name}
    result = {"seed": seed, "kind": kind, "settings": SIZES[kind], "phases": {}}
    folder = tempfile.mkdtemp(prefix="millrace-reliability-")
    for group in groups_of(given.only or [name for name in PHASES if given.long or name not in LONG], kind):
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
    BEGAN = time.monotonic()
    main()
