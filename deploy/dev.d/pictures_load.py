#!/usr/bin/python3
"""Generates a load that resembles a day of a platform, for the pictures of the dashboards.

usage: pictures_load.py SECONDS     (AMQP_URL, WEBHOOK_URL in the environment)

E-mails and webhooks arrive in waves, transfers in a burst. Some receivers refuse temporarily and a few permanently, some
transfers are invalid, and producers occasionally publish a task twice.
"""
import json
import math
import os
import random
import sys
import time
import uuid

import pika

FUNDING, CUSTOMER = "pictures:funding", "pictures:customer"
STEP = 0.1  # seconds between two batches
TWICE = 0.01  # the share of tasks that are published twice


def mail(to="customer"):
    return "email", "notification.email", {"to": [f"{to}@example.org"], "subject": "Your statement", "text": "Is ready.\n"}


def webhook(path):
    return "webhook", "notification.webhook", {"url": os.environ["WEBHOOK_URL"] + path, "event": "statement.ready", "data": {}}


def transfer(amount):
    return "priority.ledger", "transaction.transfer", {"debit": FUNDING, "credit": CUSTOMER, "amount": amount, "currency": "EUR"}


def report():
    return "data-processing", "report.run", {"report": "account_statement", "parameters": {"account": CUSTOMER}}


def accounts():
    return [("priority.ledger", "ledger.open_account", {"account": FUNDING, "currency": "EUR", "allow_negative": True}),
            ("priority.ledger", "ledger.open_account", {"account": CUSTOMER, "currency": "EUR"})]


def wave(part, times, least):
    """A value between `least` and 1 that oscillates `times` times."""
    return least + (1 - least) * (0.5 - 0.5 * math.cos(2 * math.pi * times * part))


# Per stream: tasks per second at a fraction of the run (0 to 1), and a function that makes one task.
STREAMS = [
    (lambda part: 30 * wave(part, 3, 0.3), mail),
    (lambda part: 0.6 * wave(part, 2, 0.3), lambda: mail("reply-451")),
    (lambda part: 0.1, lambda: mail("reply-550")),
    (lambda part: 40 * wave(part, 2, 0.4), lambda: webhook(f"/delay/{random.randrange(5, 60)}")),
    (lambda part: 3.0 if 0.5 < part < 0.56 else 0.1, lambda: webhook("/status/503")),
    (lambda part: 0.1, lambda: webhook("/status/410")),
    (lambda part: 150.0 if 0.12 < part < 0.22 else 40 * wave(part, 4, 0.5), lambda: transfer(random.randrange(1, 500))),
    (lambda part: 0.1, lambda: transfer(-1)),
    (lambda part: 2 * wave(part, 5, 0.2), report),
]


class Publisher:
    def __init__(self, url):
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()

    def publish(self, queue, task_type, payload):
        now = time.time()
        properties = pika.BasicProperties(type=task_type, message_id=str(uuid.uuid4()), content_type="application/json",
                                          delivery_mode=2, timestamp=int(now),
                                          headers={"millrace-published-at": str(int(now * 1e6))})
        for _ in range(2 if random.random() < TWICE else 1):
            self.channel.basic_publish("", queue, json.dumps(payload).encode(), properties)


def main():
    if len(sys.argv) != 2 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    seconds = int(sys.argv[1])
    random.seed(1)
    publisher = Publisher(os.environ["AMQP_URL"])
    for account in accounts():
        publisher.publish(*account)
    began = time.monotonic()
    due = [0.0] * len(STREAMS)
    while (part := (time.monotonic() - began) / seconds) < 1:
        for i, (rate, make) in enumerate(STREAMS):
            due[i] += rate(part) * STEP * random.uniform(0.7, 1.3)
            for _ in range(int(due[i])):
                publisher.publish(*make())
            due[i] %= 1
        publisher.connection.sleep(STEP)
    publisher.connection.close()


if __name__ == "__main__":
    main()
