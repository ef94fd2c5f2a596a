#!/usr/bin/env python3
"""Publishes chains of dependent tasks, in order, on one channel with publisher confirms.

usage: dependent_producer.py AMQP_URL COUNT [QUEUE]

Each of COUNT chains opens an account, pays money in and pays all of it out again. In any other order a transfer is refused:
the account does not exist, or it has no money. With QUEUE, the tasks are published to it instead of by type.
"""
import json
import sys

import pika

FUNDING = "order:funding"


def chain(number):
    account = f"order:{number}"
    yield "ledger.open_account", {"account": account, "currency": "EUR"}
    yield "transaction.transfer", {"debit": FUNDING, "credit": account, "amount": 5, "currency": "EUR"}
    yield "transaction.transfer", {"debit": account, "credit": FUNDING, "amount": 5, "currency": "EUR"}


def main():
    url, count, queue = sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.confirm_delivery()

    def publish(task_type, payload, task_id):
        properties = pika.BasicProperties(type=task_type, message_id=task_id, content_type="application/json", delivery_mode=2)
        channel.basic_publish("" if queue else "millrace", queue or task_type, json.dumps(payload).encode(), properties,
                              mandatory=True)

    publish("ledger.open_account", {"account": FUNDING, "currency": "EUR", "allow_negative": True}, "order funding")
    for number in range(count):
        for step, (task_type, payload) in enumerate(chain(number)):
            publish(task_type, payload, f"order {number}/{step}")


main()
