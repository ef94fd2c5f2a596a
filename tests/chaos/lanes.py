"""Urgent tasks against a long queue: the time until they begin."""
import json
import time
import urllib.request
import uuid

import pika

from lab import free_port, wait_until

TYPE, TENANT = "notification.webhook", "acme"
BATCH = 10_000


def fill(lab, count):
    """Submits waiting tasks of 50 ms each to the queue `priority`, with AMQP priority 0, and records them."""
    payload = json.dumps({"url": lab.webhook_url + "/wait/50", "event": "paid", "data": {}})
    with open(lab.folder / "journal.jsonl", "a", encoding="utf-8") as journal:
        for first in range(0, count, BATCH):
            ids = lab.ask(f"select string_agg(millrace.enqueue('{TYPE}', '{payload}', queue => 'priority', tenant => '{TENANT}',"
                          f" priority => 0)::text, ' ') from generate_series(1, {min(BATCH, count - first)})")
            for task_id in ids.split():
                record(journal, task_id)


def record(journal, task_id):
    journal.write(json.dumps({"id": task_id, "tenant": TENANT, "type": TYPE, "expect": "done"}) + "\n")


class Urgent:
    """The three ways to submit an urgent task. Each returns once the task is confirmed."""

    def __init__(self, lab, api):
        self.lab, self.api = lab, api
        self.payload = {"url": lab.webhook_url, "event": "paid", "data": {}}
        self.token = json.loads(lab.run("token", "create", "--json", "--name", "lanes", "--role", "operator", "--why",
                                        "load").stdout)["token"]
        self.channel = pika.BlockingConnection(pika.URLParameters(lab.broker)).channel()
        self.channel.confirm_delivery()

    def by_key(self, task_id):
        self.channel.basic_publish("millrace", "urgent." + TYPE, json.dumps(self.payload).encode(), pika.BasicProperties(
            type=TYPE, message_id=task_id, content_type="application/json", delivery_mode=2, priority=9,
            headers={"tenant": TENANT}), mandatory=True)

    def by_api(self, task_id):
        body = {"type": TYPE, "payload": self.payload, "id": task_id, "priority": 9, "tenant": TENANT, "queue": "priority"}
        urllib.request.urlopen(urllib.request.Request(
            self.api + "/api/v1/tasks", json.dumps(body).encode(),
            {"authorization": "Bearer " + self.token, "content-type": "application/json"}), timeout=10).close()

    def by_relay(self, task_id):
        self.lab.ask(f"select millrace.enqueue('{TYPE}', '{json.dumps(self.payload)}', id => '{task_id}', queue => 'priority',"
                     f" tenant => '{TENANT}', priority => 9)")

    def seconds_to_begin(self, submit):
        """The time from the submission of a task until it is executed, by this program's clock; the wait is a poll."""
        task_id, began = str(uuid.uuid4()), time.monotonic()
        submit(task_id)
        with open(self.lab.folder / "journal.jsonl", "a", encoding="utf-8") as journal:
            record(journal, task_id)
        wait_until(lambda: self.lab.ask(f"select count(*) from millrace.task where id = '{task_id}' and started_at is not null")
                   == "1", "the begin of an urgent task")
        return time.monotonic() - began


def lanes(lab, _servers, size, _rng):
    """A long queue of tasks of 50 ms, and urgent tasks by routing key, API and relay while it is executed."""
    port = free_port()
    lab.environment["MILLRACE_API_BIND"] = f"127.0.0.1:{port}"
    lab.environment["MILLRACE_QUEUES_PRIORITY_BINDINGS"] = TYPE
    lab.environment["MILLRACE_QUEUES_WEBHOOK_BINDINGS"] = "test.unused"
    lab.start_node("a")
    lab.run("queue", "pause", "priority", "--why", "filling it")
    fill(lab, size["lane_backlog"])
    wait_until(lambda: lab.ask("select count(*) from millrace.outbox") == "0", "the relay", 120)
    lab.run("queue", "resume", "priority", "--why", "it is full")
    wait_until(lambda: int(lab.ask("select count(*) from millrace.task") or 0) > 0, "the first task of the backlog")
    urgent = Urgent(lab, f"http://127.0.0.1:{port}")
    waits = {name: [urgent.seconds_to_begin(submit) for _ in range(size["lane_urgent"])]
             for name, submit in (("key", urgent.by_key), ("api", urgent.by_api), ("relay", urgent.by_relay))}
    left = size["lane_backlog"] - int(lab.ask("select count(*) from millrace.task where finished_at is not null"))
    findings, holds = lab.verify(wait=600)
    return {"holds": holds and left > 0, "findings": findings,
            "figures": {"lane_backlog": size["lane_backlog"], "lane_backlog_left": left,
                        "urgent_tasks": 3 * size["lane_urgent"],
                        "seconds_to_begin_urgent": round(max(max(all_of) for all_of in waits.values()), 2),
                        **{f"seconds_to_begin_by_{name}": round(max(all_of), 2) for name, all_of in waits.items()}}}
