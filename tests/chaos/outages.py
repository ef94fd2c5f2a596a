"""Outages of database, broker, memory and disk. Measures attempts used, dead letters, and the time to recover."""
import concurrent.futures
import contextlib
import os
import socket
import threading
import time
import urllib.parse

from basics import becomes, until
from lab import Lab, wait_until
from small_disk import NoMount, SmallDisk

RATE = 300
WINDOW_SECONDS = 0.25
FINISHED = "select count(*) from millrace.task where state in ('succeeded', 'dead')"


def rate_of(lab, tasks):
    """Finished tasks per second, over the next `tasks`."""
    before, at = int(lab.ask(FINISHED)), time.monotonic()
    wait_until(lambda: int(lab.ask(FINISHED)) >= before + tasks, "tasks before the outage")
    return (int(lab.ask(FINISHED)) - before) / (time.monotonic() - at)


class Recovery:
    """Whether tasks finish at the wanted rate again, measured over at least 0.25 s. The database may be unavailable."""

    def __init__(self, lab, wanted):
        self.lab, self.wanted, self.last = lab, wanted, None

    def __call__(self):
        answer, now = self.lab.ask(FINISHED), time.monotonic()
        if answer is None:
            return False
        if self.last is None:
            self.last = int(answer), now
        before, at = self.last
        if now - at < WINDOW_SECONDS:
            return False
        self.last = int(answer), now
        return (int(answer) - before) / (now - at) >= self.wanted


def seconds_until(lab, wanted):
    """Seconds until `wanted` tasks per second finish again; 60 at most."""
    ended = time.monotonic()
    becomes(Recovery(lab, wanted), 60)
    return round(time.monotonic() - ended, 1)


class Outage:
    """One outage of one lab under load. `end` returns once the failed server serves again."""

    def __init__(self, name, lab, begin, end):
        self.name, self.lab, self.begin, self.end = name, lab, begin, end
        self.recovery, self.return_seconds, self.error = None, None, None

    def run(self, size, seed):
        try:
            producer = self.lab.produce(1_000_000, RATE, seed)
            try:
                tasks = RATE * size["outage_warm_up"]
                rate_of(self.lab, tasks)
                usual = rate_of(self.lab, tasks)
                self.begin()
                until(time.monotonic() + size["outage_seconds"])
                ended = time.monotonic()
                self.end()
                self.return_seconds = round(time.monotonic() - ended, 1)
                self.recovery = seconds_until(self.lab, 0.9 * usual)
            finally:
                producer.terminate()
                producer.wait()
        except Exception as error:  # pylint: disable=broad-except; in a thread, reported to the phase
            self.error = error


class Alarm:
    """RabbitMQ's memory alarm, which blocks publishers but not consumers."""

    def __init__(self, lab):
        self.lab = lab

    def raise_it(self):
        self.lab.control_broker("set_vm_memory_high_watermark", "0")

    def clear(self):
        self.lab.control_broker("set_vm_memory_high_watermark", "absolute", "1GB")


def broker_serves():
    parts = urllib.parse.urlsplit(os.environ["MILLRACE_TEST_AMQP_URL"])
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=1) as line:
            line.sendall(b"AMQP\0\0\x09\x01")
            return line.recv(1) == b"\x01"  # a method frame: connection.start
    except OSError:
        return False


def bring_back(start, serves, what):
    start()
    wait_until(serves, what)


def all_at_once(outages, size, rng):
    """Runs independent outages concurrently."""
    threads = [threading.Thread(target=outage.run, args=(size, rng.randrange(1 << 30)), daemon=True) for outage in outages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for outage in outages:
        if outage.error:
            raise RuntimeError(f"outage {outage.name}") from outage.error


def outages(lab, servers, size, rng):
    """First concurrent outages of a database and of two disks, then an outage of the broker, then its memory alarm."""
    disks, unmeasured = [], []
    with contextlib.ExitStack() as made:
        try:
            for part in ("tables", "wal"):
                disk = made.enter_context(contextlib.closing(SmallDisk(part)))
                its_lab = Lab(f"disk_{part}", lab.folder, lab.tools, server=disk.url)
                disks.append((disk, made.enter_context(contextlib.closing(its_lab))))
        except NoMount as error:
            unmeasured.append(f"disk full: needs a mount (root, or user namespaces): {error}")
        return measure(lab, disks, servers, size, rng, unmeasured)


def measure(lab, disks, servers, size, rng, unmeasured):
    labs = [lab, *(its_lab for _, its_lab in disks)]
    for each in labs:
        each.start_node("a", wait=False)
    for each in labs:
        each.nodes["a"].wait_ready()
        each.open_accounts()
    lab.keep_queues()
    postgres, broker, alarm = servers["postgres"], servers["broker"], Alarm(lab)
    rounds = [
        [Outage("postgres", lab, postgres.kill,
                lambda: bring_back(postgres.start, lambda: lab.ask("select 1") == "1", "PostgreSQL"))]
        + [Outage(f"disk_full_of_{disk.part}", its_lab, disk.fill,
                  lambda d=disk: bring_back(d.empty, lambda: d.ask("select 1") == "1", "PostgreSQL"))
           for disk, its_lab in disks],
        [Outage("broker", lab, broker.kill, lambda: bring_back(broker.start, broker_serves, "the broker"))],
        [Outage("memory_alarm", lab, alarm.raise_it, alarm.clear)],
    ]
    for together in rounds:
        all_at_once(together, size, rng)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        verified = list(pool.map(lambda each: each.verify(), labs))
    findings, holds = [finding for found, _ in verified for finding in found], all(good for _, good in verified)
    done = [outage for together in rounds for outage in together]
    breaches = lambda wanted: sum(f["breaches"] for f in findings if wanted(f))
    return {"holds": holds, "findings": findings, "unmeasured": unmeasured,
            "figures": {"outage_seconds": size["outage_seconds"], "attempts_burned": breaches(lambda f: f["invariant"] == "I6"),
                        "dead_letters": breaches(lambda f: "should have succeeded" in f["what"]),
                        **{f"seconds_to_90_percent_after_{outage.name}": outage.recovery for outage in done},
                        **{f"seconds_{name}_needed_to_start": outage.return_seconds for name in ("postgres", "broker")
                           for outage in done if outage.name == name}}}
