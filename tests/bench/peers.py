"""The peers, which process the same tasks: a single-purpose loop in C as the limit of this machine, and typical workers
in Go and with Celery. They share virtual host "/" and have a database of their own."""
import os
import signal
import subprocess
import time
import urllib.parse
from pathlib import Path

from lab import wait_until
from scene import FEED_SECONDS, Database, checked
from servers import broker_api, delete

HERE = Path(__file__).parent / "peers"
BATCH = 500  # rows per commit of the C loop
GO_WORKERS = 48
CELERY_PROCESSES = 8
STALLED_SECONDS = 120
# Occasionally one of Celery's processes stops with the hundred tasks that it has prefetched, for an unknown reason. The rate
# is therefore measured up to this share of the tasks, so that the stall does not count against Celery.
CELERY_MEASURED = 0.95
POLL = 0.02


class Stage:
    """A context manager for a fresh database and an empty queue."""

    def __init__(self, bench):
        self.bench, self.database = bench, Database("bench_peers")
        self.database.ask(HERE.joinpath("schema.sql").read_text())
        broker = urllib.parse.urlsplit(os.environ["MILLRACE_TEST_AMQP_URL"])
        self.environment = {**os.environ, **self.database.libpq(), "AMQP_HOST": broker.hostname,
                            "AMQP_PORT": str(broker.port)}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.database.drop()
        delete("/queues/%2F/peers")

    def fill(self, count):
        """Declares and fills a quorum queue, the type of Millrace's own queues."""
        delete("/queues/%2F/peers")
        broker_api("PUT", "/queues/%2F/peers", {"durable": True, "arguments": {"x-queue-type": "quorum"}})
        broker = os.environ["MILLRACE_TEST_AMQP_URL"]
        checked([self.bench.tools["feed"], "--broker", broker, "--kind", "peer", "--count", count],
                timeout=FEED_SECONDS)
        self.database.settle()


def _drained(program, arguments, count_of, waiting=None):
    """`waiting`: the size of the queue, if it is more than the peer processes."""
    def peer(bench):
        count = bench.sizes[count_of]
        with Stage(bench) as stage:
            stage.fill(bench.sizes[waiting or count_of])
            before = bench.servers.taken()
            printed = checked([bench.tools[program], count, *arguments], env=stage.environment, timeout=600)
            spent = bench.servers.since(before, count)
            done = int(stage.database.ask("select count(*) from peers.task"))
            if done != count:
                raise RuntimeError(f"only {done:,} of {count:,} rows in peers.task")
        rate, cpu = printed.split()
        return {"rate": float(rate), "cpu_us": float(cpu), **spent}
    return peer


limit_insert = _drained("limit", ["insert", BATCH], "limit")
limit_waiting = _drained("limit", ["insert", BATCH], "limit", "waiting")
limit_ledger = _drained("limit", ["ledger", BATCH], "limit")
go = _drained("go_peer", [GO_WORKERS], "go")


class CeleryWorker:
    """A context manager for the worker's parent process and the processes that it forks, in their own process group."""

    def __init__(self, environment, queue, folder):
        self.folder, self.log = folder, folder.with_suffix(".log")
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-m", "celery", "-A", "celery_tasks", "worker", "-c", str(CELERY_PROCESSES),
                 "-Q", queue, "-l", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"],
                cwd=HERE, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)

    def __enter__(self):
        return self

    def done(self):
        if self.process.poll() is not None:
            last_words = " ".join(self.log.read_text(errors="replace").splitlines()[-3:])
            raise RuntimeError(f"the Celery worker exited: {last_words}")
        return sum(int.from_bytes(file.read_bytes(), "little") for file in self.folder.iterdir())

    def watch(self, count):
        """Tasks per second from the first progress until `count`, as in `Node.watch`."""
        wait_until(lambda: self.done() > 0, "the first task of Celery")
        first, began = self.done(), time.monotonic()
        limit = began + STALLED_SECONDS
        while (now := self.done()) < count:
            if time.monotonic() > limit:
                raise RuntimeError(f"Celery has done {now:,} of {count:,}; its log: {self.log.read_text()[-500:]}")
            time.sleep(POLL)
        return (now - first) / (time.monotonic() - began)

    def __exit__(self, *_):
        try:
            if self.process.poll() is None:
                self.process.terminate()
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def celery(kind):
    """Celery uses a classic queue, because Celery 5.2 cannot set its prefetch for quorum queues."""
    def peer(bench):
        count, queue = bench.sizes["celery"], "peers-celery"
        progress = bench.new_folder("celery")
        with Stage(bench) as stage:
            delete(f"/queues/%2F/{queue}")
            environment = {**stage.environment, "CELERY_QUEUE": queue, "CELERY_PROGRESS": str(progress), "C_FORCE_ROOT": "1",
                           "SMTP_PORT": str(bench.sinks.smtp_port), "WEBHOOK_URL": bench.sinks.webhook_url,
                           "PYTHONDONTWRITEBYTECODE": "1"}
            checked(["/usr/bin/python3", HERE / "celery_tasks.py", kind, count], env=environment, cwd=HERE)
            stage.database.settle()
            with CeleryWorker(environment, queue, progress) as worker:
                return {"rate": worker.watch(int(count * CELERY_MEASURED))}
    return peer
