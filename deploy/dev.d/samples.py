#!/usr/bin/python3
"""Publishes sample tasks with pika, an unmodified AMQP client, and prints a manifest of their expected states.

usage: samples.py accounts | tasks COUNT     (AMQP_URL, WEBHOOK_URL in the environment)

`accounts` opens the two accounts the transfers need. `tasks` sends every task type to every queue, COUNT times each.
The manifest has one tab-separated line for each task: id, queue, type, expected state, time of publish.
"""
import datetime
import json
import os
import sys
import uuid

import pika

QUEUES = ["email", "webhook", "data-processing", "priority", "priority.high", "priority.ledger", "dead-letter"]
FUNDING, CUSTOMER = "sample:funding", "sample:customer"


def payloads(queue, number):
    """A payload of every task type."""
    return {
        "notification.email": {"to": ["customer@example.org"], "subject": f"Statement {number} is ready",
                               "text": f"Your statement {number} is ready.\n"},
        "notification.webhook": {"url": os.environ["WEBHOOK_URL"] + "/hooks/statement", "event": "statement.ready",
                                 "data": {"number": number, "queue": queue}},
        "ledger.open_account": {"account": f"sample:{queue}:{number}", "currency": "EUR"},
        "transaction.transfer": {"debit": FUNDING, "credit": CUSTOMER, "amount": 100 + number, "currency": "EUR"},
        "report.run": {"report": "account_statement", "parameters": {"account": CUSTOMER}},
    }


class Publisher:
    def __init__(self, url):
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def publish(self, queue, task_type, payload):
        """Waits for the broker's confirm; raises if the queue does not exist or the broker rejects the message."""
        task_id = str(uuid.uuid4())
        published_at = datetime.datetime.now(datetime.timezone.utc)
        self.channel.basic_publish(
            "", queue, json.dumps(payload).encode(), mandatory=True,
            properties=pika.BasicProperties(type=task_type, message_id=task_id, content_type="application/json",
                                            delivery_mode=2, timestamp=int(published_at.timestamp())))
        # Every message in the dead-letter queue becomes a dead letter.
        expected = "dead" if queue == "dead-letter" else "succeeded"
        print(task_id, queue, task_type, expected, published_at.isoformat(), sep="\t")


def main():
    if sys.argv[1:] != ["accounts"] and not (len(sys.argv) == 3 and sys.argv[1] == "tasks" and sys.argv[2].isdigit()):
        sys.exit(__doc__)
    publisher = Publisher(os.environ["AMQP_URL"])
    if sys.argv[1] == "accounts":
        # Money enters the ledger as a debit of an account that may be overdrawn.
        publisher.publish("priority.ledger", "ledger.open_account", {"account": FUNDING, "currency": "EUR", "allow_negative": True})
        publisher.publish("priority.ledger", "ledger.open_account", {"account": CUSTOMER, "currency": "EUR"})
    else:
        for number in range(int(sys.argv[2])):
            for queue in QUEUES:
                for task_type, payload in payloads(queue, number).items():
                    publisher.publish(queue, task_type, payload)
    publisher.connection.close()


if __name__ == "__main__":
    main()
