"""Throughput of the outbox relay with rows that are due before the node starts, from the first confirm to the last."""
import os
import time

from lab import http, wait_until

QUEUE = "relayed"
BATCH = 50_000


def fill(lab, rows):
    """Inserts outbox rows: small task messages to a queue without a consumer."""
    for first in range(0, rows, BATCH):
        lab.ask("insert into millrace.outbox (due_at, exchange, routing_key, type, message_id, content_type, correlation_id,"
                f" reply_to, priority, headers, body) select now(), '', '{QUEUE}', 'notification.email',"
                " gen_random_uuid()::text, 'application/json', '', '', null,"
                " '{\"tenant\": \"acme\", \"millrace-generation\": \"1\"}',"
                " convert_to('{\"to\": [\"customer@example.org\"], \"subject\": \"Note ' || n"
                " || '\", \"text\": \"Hello\"}', 'UTF8')"
                f" from generate_series(1, {min(BATCH, rows - first)}) n")


def queue_url(lab):
    return f"{os.environ['MILLRACE_TEST_RABBIT_API']}/api/queues/{lab.name}/{QUEUE}"


def declare(lab):
    """Declares a durable quorum queue, as the node declares its own queues."""
    status, text = http("PUT", queue_url(lab), {"durable": True, "arguments": {"x-queue-type": "quorum"}})
    if status not in (201, 204):
        raise RuntimeError(f"the queue cannot be declared: {status} {text}")


def relay(lab, _servers, size, _rng):
    """Rows per second of one node's relay, confirmed by the broker and deleted."""
    declare(lab)
    fill(lab, size["relay_rows"])
    node = lab.start_node("a", wait=False)
    published = lambda: node.metric("millrace_outbox_published_total")
    wait_until(lambda: published() > 0, "the first confirmed row")
    first, began = published(), time.monotonic()
    wait_until(lambda: published() >= size["relay_rows"], "the last confirmed row")
    seconds = time.monotonic() - began
    wait_until(lambda: lab.ask("select count(*) from millrace.outbox") == "0", "the deletion of the last row")
    status, _ = http("DELETE", queue_url(lab))  # nobody consumes it
    if status != 204:
        raise RuntimeError(f"the queue cannot be deleted: {status}")
    findings, holds = lab.verify()
    return {"holds": holds, "findings": findings,
            "figures": {"relay_rows": size["relay_rows"],
                        "relay_rows_per_second": round((size["relay_rows"] - first) / seconds)}}
