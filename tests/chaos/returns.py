"""Deliveries that come back to the broker again and again, although nothing is wrong with them: no task may die."""
import json
import subprocess
import time
import urllib.parse

from basics import until
from lab import wait_until

TENANT = "acme"
DEAD = "select count(*) from millrace.dead_letter"
CHARGED = "select count(*) from millrace.task where attempt > 1"


class Cutter:
    """A proxy in front of the broker, whose connections are reset on demand."""

    def __init__(self, program, server_port):
        self.process = subprocess.Popen([program, str(server_port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[-1])

    def cut(self):
        self.process.stdin.write("reset\n")
        self.process.stdin.flush()
        if self.process.stdout.readline().strip() != "ok":
            raise RuntimeError("the proxy did not cut its connections")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def prefetch_webhooks(lab, count):
    """Submits webhooks and waits until the node has prefetched all of them."""
    payload = json.dumps({"url": lab.webhook_url + "/wait/200", "event": "paid", "data": {}})
    ids = lab.ask(f"select string_agg(millrace.enqueue('notification.webhook', '{payload}', tenant => '{TENANT}')::text, ' ')"
                  f" from generate_series(1, {count})")
    with open(lab.folder / "journal.jsonl", "a", encoding="utf-8") as journal:
        for task_id in ids.split():
            journal.write(json.dumps({"id": task_id, "tenant": TENANT, "type": "notification.webhook", "expect": "done"}) + "\n")
    wait_until(lambda: lab.ask("select count(*) from millrace.outbox") == "0", "the relay")


def kill_often(lab, kills):
    """Kills and restarts the node once a second. Returns the seconds that this took."""
    began = time.monotonic()
    for number in range(1, kills + 1):
        until(began + number)
        lab.kill("a")
        lab.start_node("a", wait=False)
    return time.monotonic() - began


def cut_often(lab, cutter, seconds):
    """Cuts the broker's connections every 0.7 s while a lock blocks the database. Returns the number of cuts."""
    lock = subprocess.Popen(["psql", "-qAtX", lab.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lock.stdin.write("begin; lock table millrace.task in access exclusive mode; select 'locked';\n")
    lock.stdin.flush()
    if lock.stdout.readline().strip() != "locked":
        raise RuntimeError("the table cannot be locked")
    if lab.produce(20, 1_000, 1, repeats=0, kinds="good").wait() != 0:
        raise RuntimeError("the producer failed")
    began = time.monotonic()
    cuts = 0
    while time.monotonic() < began + seconds:
        cutter.cut()
        cuts += 1
        until(began + 0.7 * cuts)
    lock.stdin.close()
    lock.wait()
    return cuts


def returns(lab, _servers, size, _rng):
    """Many kills with webhooks prefetched, then many cuts of the broker's connections while the database is blocked."""
    broker = urllib.parse.urlsplit(lab.broker)
    cutter = Cutter(lab.tools["fault_proxy"], broker.port)
    try:
        lab.environment.update({"MILLRACE_QUEUES_WEBHOOK_CONCURRENCY": "2", "MILLRACE_QUEUES_WEBHOOK_PREFETCH": "600"})
        lab.start_node("a")
        lab.open_accounts()
        prefetch_webhooks(lab, size["return_webhooks"])
        seconds = kill_often(lab, size["return_kills"])
        left = int(lab.ask("select count(*) from millrace.task where type = 'notification.webhook' and finished_at is not null"))
        lab.kill("a")
        lab.environment["MILLRACE_QUEUES_WEBHOOK_CONCURRENCY"] = "64"
        lab.environment["MILLRACE_AMQP_URL"] = broker._replace(
            netloc=broker.netloc.rsplit(":", 1)[0] + f":{cutter.port}").geturl()
        lab.start_node("a")
        # Those that came back in three rounds are executed one at a time, in isolation.
        wait_until(lambda: lab.ask("select count(*) from millrace.task where type = 'notification.webhook'"
                                   " and finished_at is not null") == str(size["return_webhooks"]), "the webhooks", 600)
        dead_of_kills, charged = int(lab.ask(DEAD)), int(lab.ask(CHARGED))
        cuts = cut_often(lab, cutter, size["cut_seconds"])
        findings, holds = lab.verify()
    finally:
        cutter.close()
    return {"holds": holds, "findings": findings,
            "figures": {"return_webhooks": size["return_webhooks"], "return_kills": size["return_kills"],
                        "seconds_of_kills": round(seconds), "webhooks_waiting_at_the_last_kill": size["return_webhooks"] - left,
                        "dead_of_kills": dead_of_kills, "cuts": cuts, "seconds_of_cuts": size["cut_seconds"],
                        "dead_of_cuts": int(lab.ask(DEAD)) - dead_of_kills,
                        "charged_by_cuts": int(lab.ask(CHARGED)) - charged,
                        "left_or_parked": next(f["breaches"] for f in findings if f["what"] == "messages left in the queues")}}
