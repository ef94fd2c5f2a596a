#!/usr/bin/python3
"""Consumes the queue of results and writes one JSON line for each: id, tenant and state. Reconnects until SIGTERM.

usage: results_sink.py AMQP_URL JOURNAL
"""
import json
import sys
import time

import pika

QUEUE = "chaos.results"


def consume(url, journal):
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_qos(prefetch_count=100)

    def received(_, delivery, properties, body):
        result = json.loads(body)
        journal.write(json.dumps({"id": result["id"], "state": result["state"], "tenant": properties.headers["tenant"]}) + "\n")
        journal.flush()
        channel.basic_ack(delivery.delivery_tag)

    channel.basic_consume(QUEUE, received)
    print("listening", flush=True)
    channel.start_consuming()


def main():
    url, name = sys.argv[1:]
    with open(name, "a", encoding="utf-8") as journal:
        while True:
            try:
                consume(url, journal)
            except (pika.exceptions.AMQPError, OSError) as error:
                print(repr(error), file=sys.stderr, flush=True)
                time.sleep(0.2)  # the pace of connecting while the broker is down


if __name__ == "__main__":
    main()
