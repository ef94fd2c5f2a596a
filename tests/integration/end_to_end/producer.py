#!/usr/bin/python3
"""Publishes mixed tasks like foreign producers, and writes a journal of the confirmed ones, one JSON line for each task.

usage: producer.py AMQP_URL WEBHOOK_URL JOURNAL COUNT SEED [good]

With `good`, no task is broken. While the broker is unavailable or a queue is missing, it retries with the same id.

Most tasks are published with pika, some with amqp-publish, in JSON and msgpack. One in twenty is published twice. One in a
hundred is broken, in alternating ways. `millrace verify` can read the journal.
"""
import hashlib
import json
import random
import subprocess
import sys
import time
import uuid

import msgpack
import pika

QUEUE = {"notification.email": "email", "notification.webhook": "webhook", "ledger.open_account": "priority",
         "transaction.transfer": "priority", "report.run": "data-processing"}
FUNDING = "bank:funding"
ACCOUNTS = [f"customer:{number}" for number in range(50)]


class Producer:
    def __init__(self, amqp_url, webhook_url, journal, seed):
        self.url, self.webhook_url, self.journal = amqp_url, webhook_url, journal
        self.random = random.Random(seed)
        self.connect()

    def connect(self):
        self.connection = pika.BlockingConnection(pika.URLParameters(self.url))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def new_id(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def send(self, queue, body, **properties):
        """Publishes once and returns when the broker has confirmed."""
        properties.setdefault("delivery_mode", 2)
        self.insist(lambda: self.channel.basic_publish("", queue, body, pika.BasicProperties(**properties), mandatory=True))

    def insist(self, publish):
        """Publishes repeatedly until the broker confirms, for five minutes at most."""
        until = time.monotonic() + 300
        while True:
            try:
                if self.connection.is_closed:
                    self.connect()
                return publish()
            except (pika.exceptions.AMQPError, subprocess.SubprocessError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
                if not self.connection.is_closed and self.channel.is_closed:
                    self.connection.close()

    def send_with_amqp_tools(self, queue, body, content_type):
        """Uses amqp-publish, which sets neither type nor message_id. The task has no id; its type is the routing key."""
        command = ["amqp-publish", "--url", self.url, "-e", "millrace", "-r", queue, "-p", "-C", content_type, "-b", body]
        self.insist(lambda: subprocess.run(command, check=True, timeout=30))

    def note(self, **line):
        self.journal.write(json.dumps(line) + "\n")
        self.journal.flush()

    # -- good ones --------------------------------------------------------------------------------------------------

    def payload(self, task_type, number):
        account = self.random.choice(ACCOUNTS)
        return {
            "notification.email": {"to": ["customer@example.org"], "subject": f"Note {number}", "text": "Hello, Grüße\n"},
            "notification.webhook": {"url": self.webhook_url + "/hooks", "event": "paid", "data": {"number": number}},
            "transaction.transfer": {"debit": FUNDING if self.random.random() < 0.6 else account,
                                     "credit": self.random.choice([a for a in ACCOUNTS if a != account]),
                                     "amount": self.random.randint(1, 500), "currency": "EUR"},
            "report.run": {"report": "tasks_by_state", "parameters": {}},
        }[task_type]

    def encode(self, payload):
        if self.random.random() < 0.3:
            return msgpack.packb(payload), "application/msgpack"
        return json.dumps(payload).encode(), "application/json"

    def good(self, number):
        task_type = self.random.choices(["transaction.transfer", "notification.email", "notification.webhook", "report.run"],
                                        [70, 14, 15, 1])[0]
        body, content_type = self.encode(self.payload(task_type, number))
        # A third of the ids are not UUIDs.
        task_id = self.new_id() if number % 3 else f"order {number}/{self.random.getrandbits(32)}"
        for _ in range(2 if self.random.random() < 0.05 else 1):
            self.send(QUEUE[task_type], body, type=task_type, message_id=task_id, content_type=content_type,
                      correlation_id=f"c-{number}", priority=self.random.randint(0, 9), headers={"tenant": "acme"})
        self.note(id=task_id, tenant="acme", type=task_type, expect="done")

    def accounts(self):
        for name in [FUNDING, *ACCOUNTS]:
            task_id = self.new_id()
            body = json.dumps({"account": name, "currency": "EUR", "allow_negative": name == FUNDING}).encode()
            self.send("priority", body, type="ledger.open_account", message_id=task_id, content_type="application/json",
                      priority=10, headers={"tenant": "acme"})
            self.note(id=task_id, tenant="acme", type="ledger.open_account", expect="done")

    # -- broken ones ------------------------------------------------------------------------------------------------

    def broken(self, number):
        kinds = [kind for kind in dir(self) if kind.startswith("broken_")]
        kind = kinds[number % len(kinds)]
        task_id = self.new_id()
        getattr(self, kind)(task_id)
        self.note(id=task_id, kind=kind, expect="dead")

    def send_broken(self, task_id, body, task_type="notification.email", content_type="application/json", **properties):
        self.send(QUEUE.get(task_type, "email"), body, type=task_type, message_id=task_id, content_type=content_type, **properties)

    def broken_json(self, task_id):
        self.send_broken(task_id, b'{"to": ["a@example.org"], ')

    def broken_msgpack(self, task_id):
        self.send_broken(task_id, b"\x82\xa2to", content_type="application/msgpack")

    def broken_wrong_type(self, task_id):
        self.send_broken(task_id, json.dumps({"debit": "a", "credit": "b", "amount": 1.5, "currency": "EUR"}).encode(),
                         "transaction.transfer")

    def broken_missing_field(self, task_id):
        self.send_broken(task_id, b'{"to": ["a@example.org"]}')

    def broken_unknown_type(self, task_id):
        self.send_broken(task_id, b"{}", "no.such.type")

    def broken_utf8(self, task_id):
        self.send_broken(task_id, b'{"to": ["a@example.org"], "subject": "\xff\xfe", "text": "x"}')

    def broken_nul(self, task_id):
        self.send_broken(task_id, b'{"to": ["a@example.org"], "subject": "\\u0000", "text": "x"}')

    def broken_nesting(self, task_id):
        self.send_broken(task_id, b"[" * 100_000)

    def broken_msgpack_nesting(self, task_id):
        self.send_broken(task_id, b"\x91" * 100_000, content_type="application/msgpack")

    def broken_length_4_gib(self, task_id):
        self.send_broken(task_id, b"\xdd\xff\xff\xff\xff", content_type="application/msgpack")

    def broken_body_64_mib(self, task_id):
        self.send_broken(task_id, b"x" * (64 << 20), "notification.webhook")

    def broken_header_bomb(self, task_id):
        nested = {}
        for _ in range(200):
            nested = {"a": nested}
        self.send_broken(task_id, b"{}", headers={"tenant": "acme", "bomb": nested})

    def broken_id_too_long(self, task_id):
        body = json.dumps({"to": ["a@example.org"], "subject": task_id, "text": "x"}).encode()
        self.send_broken(task_id + "x" * 100, body)

    def broken_id_reused(self, task_id):
        good = {"to": ["customer@example.org"], "subject": "first", "text": "x"}
        self.send_broken(task_id, json.dumps(good).encode())
        self.note(id=task_id, type="notification.email", expect="done")
        self.send_broken(task_id, json.dumps({**good, "subject": "second"}).encode())

    def broken_missing_id(self, task_id):
        body = json.dumps({"debit": "a", "credit": "b", "amount": 1, "currency": "EUR", "memo": task_id}).encode()
        self.send("priority", body, type="transaction.transfer", content_type="application/json")


def main():
    if len(sys.argv) not in (6, 7) or sys.argv[6:] not in ([], ["good"]):
        sys.exit(__doc__)
    amqp_url, webhook_url, journal, count, seed = sys.argv[1:6]
    with open(journal, "a", encoding="utf-8") as file:
        producer = Producer(amqp_url, webhook_url, file, int(seed))
        producer.accounts()
        broken = 0
        for number in range(int(count)):
            if number % 100 == 99 and not sys.argv[6:]:
                producer.broken(broken)
                broken += 1
            elif number % 100 == 50:
                body = json.dumps({"to": ["tools@example.org"], "subject": f"tools {number}", "text": "x"}).encode()
                producer.send_with_amqp_tools("notification.email", body, "application/json")
                producer.note(id=None, type="notification.email", expect="done", sha256=hashlib.sha256(body).hexdigest())
            else:
                producer.good(number)
        producer.connection.close()


if __name__ == "__main__":
    main()
