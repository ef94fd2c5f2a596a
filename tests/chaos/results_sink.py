#!/usr/bin/python3
"""Consumes the queue of results and writes one JSON line for each: id, tenant and state. Reconnects until SIGTERM.

usage: results_sink.py AMQP_URL[,AMQP_URL...] JOURNAL
"""
import itertools
import json
import sys
import time

import pika

from basics import until

QUEUE = "chaos.results"


def consume(url, journal):
    parameters = pika.URLParameters(url)
    parameters.heartbeat, parameters.socket_timeout, parameters.blocked_connection_timeout = 5, 2, 5
    channel = pika.BlockingConnection(parameters).channel()
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
    urls, name = sys.argv[1:]
    with open(name, "a", encoding="utf-8") as journal:
        for url in itertools.cycle(urls.split(",")):
            try:
                consume(url, journal)
            except (pika.exceptions.AMQPError, OSError) as error:
                print(repr(error), file=sys.stderr, flush=True)
                until(time.monotonic() + 0.2)  # the pace of connecting while the broker is down


if __name__ == "__main__":
    main()
