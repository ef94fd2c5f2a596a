"""Dependent tasks in the ordered queue while its active node is killed and stopped, and while its limits change."""
import time

from lab import free_port, wait_until
from pairs import publishers

QUEUE = "priority.ledger"
BETWEEN = 40  # tasks that are executed before the next disturbance
ACTIVE = "select split_part(node, '/', 1) from millrace.task where finished_at is not null order by finished_at desc limit 1"
EXECUTED = "select count(*) from millrace.task where finished_at is not null"
REFUSED = ("select count(*) from millrace.task where type = 'transaction.transfer'"
           " and coalesce(result::text, '') !~ 'posted\": ?true'")


class Disturbed:
    """A lab whose ordered queue is disturbed. Measures the longest time without an execution after a disturbance."""

    def __init__(self, lab, ports):
        self.lab, self.ports, self.publishers, self.longest = lab, ports, [], {}

    def start(self, name):
        self.lab.environment["MILLRACE_API_BIND"] = f"127.0.0.1:{self.ports[name]}"
        self.lab.start_node(name)

    def published(self):
        for each in self.publishers:
            if each.error:
                raise RuntimeError("a publisher failed") from each.error
        return not any(each.is_alive() for each in self.publishers)

    def goes_on(self, more):
        """Waits until `more` tasks are executed, or until all are published."""
        enough = int(self.lab.ask(EXECUTED)) + more
        wait_until(lambda: self.published() or int(self.lab.ask(EXECUTED)) >= enough, "executions in the ordered queue")

    def disturb(self, kind, turn):
        name = self.lab.ask(ACTIVE).removeprefix(f"{self.lab.name}-")
        began = time.monotonic()
        if kind == "kill":
            self.lab.kill(name)
        elif kind == "stop":
            if (code := self.lab.nodes[name].stop()) != 0:
                raise RuntimeError(f"node {name} exited with {code}")
        else:
            self.lab.run("queue", "limit", QUEUE, "--rate", ("400", "300", "none")[turn % 3], "--why", "test")
        self.goes_on(1)
        self.longest[kind] = max(self.longest.get(kind, 0), time.monotonic() - began)
        if kind != "limit":
            self.start(name)


def ordered(lab, _servers, size, rng):
    """Pairs of dependent tasks; kills, graceful stops and limit changes of the active node in random order."""
    disturbed = Disturbed(lab, {name: free_port() for name in "ab"})
    for name in disturbed.ports:
        disturbed.start(name)
    disturbed.publishers = publishers(lab, size["pairs"], size["pairs_per_second"],
                                      [f"http://127.0.0.1:{port}" for port in disturbed.ports.values()])
    wait_until(lambda: lab.ask("select count(*) from millrace.account") == "1", "the funding account")
    for each in disturbed.publishers:
        each.start()
    kinds = ["kill", "stop", "limit"] * size["order_disturbances"]
    rng.shuffle(kinds)
    late = 0
    for turn, kind in enumerate(kinds):
        disturbed.goes_on(BETWEEN)
        late += disturbed.published()
        disturbed.disturb(kind, turn)
    lab.run("queue", "limit", QUEUE, "--rate", "none", "--why", "test")
    wait_until(disturbed.published, "the last publish", 600)
    findings, holds = lab.verify(wait=180)
    refused, transfers = int(lab.ask(REFUSED)), int(lab.ask("select count(*) from millrace.transfer"))
    return {
        "holds": holds and refused == 0 and transfers == size["pairs"] and late == 0, "findings": findings,
        "figures": {"pairs": size["pairs"], "disturbances_of_each_kind": size["order_disturbances"],
                    "disturbances_without_load": late, "wrongly_refused": refused, "transfers_posted": transfers,
                    "dead_letters": int(lab.ask("select count(*) from millrace.dead_letter")),
                    **{f"longest_standstill_{kind}_s": round(value, 2) for kind, value in disturbed.longest.items()}},
    }
