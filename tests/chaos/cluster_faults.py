"""Phases on a cluster of three brokers and two nodes: faults of brokers and nodes under load, and the standstills they cause."""
import json
import time

from basics import say, until, wait_until
from cluster import BROKERS

RATE = 500
ORDERED = "priority.ledger"
ACTIVE = (f"select split_part(node, '/', 1) from millrace.task where queue = '{ORDERED}' and finished_at is not null"
          " order by finished_at desc limit 1")
RECOVERY_SECONDS = 180
WARM_UP_TASKS = 5 * RATE
BUSY_SHARE = 0.01  # a queue with a smaller share of the tasks has natural gaps, so its standstill is not measured


class Run:
    """Load over all queues of a cluster, and what each fault did to it."""

    def __init__(self, lab, cluster, rng, rate=RATE):
        self.lab, self.cluster, self.rng = lab, cluster, rng
        self.standstills, self.faults, self.settings, self.healed = {}, {}, {}, 0
        for name in "ab":
            lab.start_node(name)
        lab.open_accounts()
        for broker in cluster.brokers.values():
            broker.control("eval", "[dets:sync(T) || T <- dets:all()].")  # see Lab.keep_queues
        self.producer = lab.produce(100_000_000, rate, rng.randrange(1 << 30), kinds="good")
        self.queues = self.busy_queues()

    def busy_queues(self):
        ended = "select count(*) from millrace.task where finished_at is not null"
        enough = int(self.lab.ask(ended)) + WARM_UP_TASKS
        wait_until(lambda: int(self.lab.ask(ended)) >= enough, "the load")
        rows = self.lab.ask("select string_agg(queue, ',') from (select queue from millrace.task where finished_at is not null"
                            f" group by queue having count(*) > {BUSY_SHARE * WARM_UP_TASKS}) busy")
        if not rows or ORDERED not in rows:
            raise RuntimeError(f"too little load: {rows}")
        return rows.split(",")

    def recovered(self, since):
        """Whether every busy queue has ended a task more than a second after `since`."""
        count = self.lab.ask("select count(distinct queue) from millrace.task where queue = any('{" + ",".join(self.queues)
                             + f"}}') and finished_at > to_timestamp({since + 1})")
        return count == str(len(self.queues))

    def longest_gaps(self, since, until):
        """Seconds without the end of a task, by queue."""
        rows = self.lab.ask(
            "select coalesce(json_object_agg(queue, gap), '{}') from (select queue, max(extract(epoch from gap)) as gap from (select queue,"
            f" finished_at - lag(finished_at, 1, to_timestamp({since})) over (partition by queue order by finished_at) as gap"
            f" from millrace.task where finished_at between to_timestamp({since}) and to_timestamp({until})) g group by queue) q")
        return {queue: float(gap) for queue, gap in json.loads(rows).items() if queue in self.queues}

    def fault(self, kind, begin, end):
        """One fault: `begin` it, wait until all queues go on, `end` it, and wait until the cluster is whole."""
        began = time.time()
        begin()
        wait_until(lambda: self.recovered(began), f"the queues after {kind}", RECOVERY_SECONDS)
        again = time.time()
        end()
        self.healed += self.cluster.heal()
        wait_until(lambda: self.recovered(again), f"the queues after the end of {kind}", RECOVERY_SECONDS)
        gaps = self.longest_gaps(began, time.time())
        say(f"  {kind}: longest standstill " + ", ".join(f"{queue} {gap:.1f} s" for queue, gap in sorted(gaps.items())))
        self.faults[kind] = self.faults.get(kind, 0) + 1
        of_kind = self.standstills.setdefault(kind, {})
        for queue, gap in gaps.items():
            of_kind[queue] = max(of_kind.get(queue, 0), gap)

    def active(self):
        return self.lab.ask(ACTIVE).removeprefix(f"{self.lab.name}-")

    def kill_active_node(self):
        name = self.active()
        self.fault("node_kill", lambda: self.lab.kill(name), lambda: self.lab.start_node(name))

    def suspend_active_node(self):
        node = self.lab.nodes[self.active()]
        self.fault("node_suspended", lambda: self.lab.stop_and_list(node), node.resume)

    def suspend_leader(self):
        broker = self.cluster.brokers[self.cluster.leader(self.lab.name, ORDERED)]
        self.fault("broker_suspended", broker.suspend, broker.resume)

    def longest(self, which, *kinds):
        """The longest standstill of "any" busy queue or of the "ordered" one, after faults of these kinds, in seconds."""
        gaps = [gap for kind in kinds for queue, gap in self.standstills.get(kind, {}).items()
                if which == "any" or queue == ORDERED]
        return round(max(gaps), 2) if gaps else None

    def result(self):
        self.producer.terminate()
        self.producer.wait()
        if self.producer.returncode != 0:
            raise RuntimeError("the producer failed")
        self.lab.ask("analyze")
        findings, holds = self.lab.verify(wait=300, ordered=("transaction.transfer",))
        listed = "{" + ",".join(sorted({task_id for task_id, _ in self.lab.listed})) + "}"
        charged = int(self.lab.ask(f"select count(*) from millrace.task where attempt > 1 and not id = any('{listed}')"))
        dead = int(self.lab.ask("select count(*) from millrace.dead_letter"))
        doubled = sum(f["breaches"] for f in findings if f["invariant"] == "I2" or "once" in f["what"] or "repeated" in f["what"])
        lost = sum(f["breaches"] for f in findings if f["invariant"] == "I1")
        return {"holds": holds and dead == 0 and charged == 0, "findings": findings,
                "figures": {"tasks": len(self.lab.journal()), "brokers_of": len(BROKERS), "tasks_per_second": RATE,
                            "net_ticktime_s": self.cluster.ticktime,
                            "broken": lost + doubled + dead + charged, "broken_but_charged": lost + doubled + dead,
                            "standstill_of_kills_s": self.longest("any", "broker_kill", "node_kill"),
                            "standstill_of_suspensions_s": self.longest("ordered", "broker_suspended", "node_suspended"),
                            "faults": sum(self.faults.values()),
                            **{f"faults_{kind}": count for kind, count in self.faults.items()},
                            "lost": lost, "doubled": doubled,
                            "dead": dead, "charged": charged, "brokers_restarted_to_heal": self.healed,
                            **{f"standstill_{kind}_{which}_s": self.longest(which, kind)
                               for kind in self.standstills for which in ("any", "ordered")}, **self.settings}}


def kills_and_suspensions(run, _size):
    """Each broker and the active node killed; the leader of the ordered queue and the active node suspended."""
    for number in BROKERS:
        broker = run.cluster.brokers[number]
        run.fault("broker_kill", broker.kill, broker.start)
    run.kill_active_node()
    run.suspend_leader()
    run.suspend_active_node()


def every_fault(run, size):
    """Each broker in turn: killed, restarted, cut off by the network, lost with its disk and replaced."""
    run.settings["cut_off_seconds"] = size["cut_off_seconds"]
    for number in BROKERS:
        broker = run.cluster.brokers[number]
        run.fault("broker_kill", broker.kill, broker.start)
        run.fault("broker_restart", broker.terminate, broker.start)
        run.fault("broker_cut", lambda b=broker: (b.cut(), until(time.monotonic() + size["cut_off_seconds"])), broker.join)
        run.fault("broker_lost", broker.lose, broker.replace)


def rolling(run, size):
    """Brokers restarted one after the other, each once the cluster is whole."""
    for _ in range(size["cluster_rolls"]):
        for broker in run.cluster.brokers.values():
            run.fault("broker_restart", broker.terminate, broker.start)


def two_at_once(run, size):
    """Faults of a broker and of a node at the same time, at random."""
    run.settings["random_seconds"] = size["random_seconds"]
    limit = time.monotonic() + size["random_seconds"]
    while time.monotonic() < limit:
        broker = run.cluster.brokers[run.rng.choice(BROKERS)]
        name = run.rng.choice("ab")
        node = run.lab.nodes[name]
        broker_fault, broker_end = run.rng.choice([(broker.kill, broker.start), (broker.suspend, broker.resume),
                                                   (broker.cut, broker.join), (broker.terminate, broker.start)])
        node_fault, node_end = run.rng.choice([
            (lambda n=name: run.lab.kill(n), lambda n=name: run.lab.start_node(n)),
            (lambda n=node: run.lab.stop_and_list(n), node.resume),
            (node.stop, lambda n=name: run.lab.start_node(n))])
        run.fault("two_at_once", lambda: (broker_fault(), node_fault()), lambda: (broker_end(), node_end()))


def on_cluster(scenario):
    """The phase that runs a scenario under load."""
    def phase(lab, servers, size, rng):
        run = Run(lab, servers["cluster"], rng)
        scenario(run, size)
        return run.result()
    return phase


SCENARIOS = {"cluster": kills_and_suspensions, "cluster_faults": every_fault, "cluster_rolling": rolling,
             "cluster_random": two_at_once, "cluster_default_ticktime": kills_and_suspensions}
PHASES = {name: on_cluster(scenario) for name, scenario in SCENARIOS.items()}
# net_ticktime in seconds; RabbitMQ's default is 60.
TICKTIMES = {name: 60 if name == "cluster_default_ticktime" else 10 for name in PHASES}
