"""Queues that are full before a node starts: how fast the node empties them, and at what cost."""
import machine
import relay
from node import Node
from scene import Scene


# Ids ascend with insertion and are spread over the whole range, so that new ids fall between them.
OLD_TASKS = """insert into millrace.task (id, tenant, type, queue, state, attempt, generation, claim, received_at, published_at,
    started_at, finished_at, node, content_type, payload)
  select (lpad(to_hex(n * {step}), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    'acme', 'bench.inbox', 'data-processing', 'succeeded', 1, 1, 1, now(), now(), now(), now(), 'bench', 'application/json',
    convert_to('{{"debit":"acct-1","credit":"acct-2","amount":1,"currency":"USD","memo":"benchmark transfer"}}', 'UTF8')
  from generate_series({first}::bigint, {last}::bigint) n"""


def declare_queues(scene):
    """Starts and stops a node, which declares the queues; they must exist before they can be filled."""
    with Node(scene) as node:
        node.wait_ready()


def drain(scene, count, program="bench_node", measured=None, done=None, **settings):
    """Starts a node on full queues. `measured`: how many of the `count` tasks are measured, if not all."""
    scene.database.settle()
    syncs, wal = scene.database.wal()
    with Node(scene, program, **settings) as node:
        tasks, seconds, spent = node.watch(measured or count, done and (lambda: done(node)))
        peak = machine.peak_rss_mb(node.pid)
    # The node executed more tasks than measured before it stopped.
    made = int(scene.ask("select count(*) from millrace.task where state = 'succeeded'")) if measured else count
    syncs_after, wal_after = scene.database.wal()
    return {"rate": tasks / seconds, **spent, "peak_rss_mb": peak,
            "syncs_per_1000": (syncs_after - syncs) * 1000 / made, "wal_bytes_per_1000": (wal_after - wal) * 1000 / made}


def filled(name, kind, program="bench_node", accounts=0, **settings):
    """A case with tasks of one kind that are in the queue before the node starts."""
    def case(bench):
        size = bench.sizes
        holders = size["wide_accounts"] if accounts == "wide" else accounts
        with Scene(name, bench) as scene:
            declare_queues(scene)
            if holders:
                scene.open_accounts(holders)
            before = bench.servers.taken()
            scene.feed(kind, size[kind], *(["--accounts", holders] if holders else []))
            taken_in = bench.servers.since(before, size[kind])["broker_us"]
            return {**drain(scene, size[kind], program, **settings), "rabbitmq_us_to_take_in": taken_in}
    return case


def inbox_with_messages(bench):
    """Shows whether the node or the broker slows down when the queue holds far more messages than are prefetched."""
    with Scene("waiting", bench) as scene:
        declare_queues(scene)
        scene.feed("inbox", bench.sizes["waiting"])
        return drain(scene, bench.sizes["waiting"], measured=bench.sizes["waiting_measured"])


def inbox_with_rows(bench):
    """Whether the inbox slows down with what is in it."""
    rows, at_once = bench.sizes["rows"], 1_000_000
    with Scene("rows", bench) as scene:
        declare_queues(scene)
        for first in range(0, rows, at_once):
            scene.ask(OLD_TASKS.format(first=first, last=min(first + at_once, rows) - 1, step=2**32 // rows))
        scene.ask("vacuum analyze millrace.task")
        scene.feed("inbox", bench.sizes["inbox"])
        return drain(scene, bench.sizes["inbox"])


def outbox(bench):
    """Publishes due rows; measured from the first row that the broker confirms to the last."""
    with Scene("outbox", bench) as scene:
        relay.declare(scene)
        relay.fill(scene, bench.sizes["outbox"])
        return drain(scene, bench.sizes["outbox"], "millrace", done=Node.published)
