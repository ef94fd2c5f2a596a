"""The measured node: `millrace serve`, or `bench_node`, which adds two task types to it."""
import subprocess
import time

import machine
from lab import free_port, http, wait_until

STALLED_SECONDS = 120
POLL = 0.05  # seconds; every scrape costs the measured node processor time
LAST_POLLS = 0.005  # seconds, near the end, where precision matters


class Node:
    def __init__(self, scene, program="bench_node", **settings):
        """Starts the node and does not wait for it. `settings` are MILLRACE_… variables, without that prefix."""
        self.port, self.servers = free_port(), scene.bench.servers
        self.log = scene.folder / f"node-{self.port}.log"
        command = [scene.bench.tools[program], *(["serve"] if program == "millrace" else [])]
        environment = {**scene.environment, "MILLRACE_MONITORING_BIND": f"127.0.0.1:{self.port}",
                       **{"MILLRACE_" + name: value for name, value in settings.items()}}
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def alive(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the node exited with {self.process.returncode}: {self._last_words()}")
        return True

    def _last_words(self):
        return " ".join(self.log.read_text(errors="replace").splitlines()[-3:]) or "no log output"

    def wait_ready(self):
        wait_until(lambda: self.alive() and http("GET", f"http://127.0.0.1:{self.port}/readyz")[0] == 200, "a ready node")
        return self

    def metric(self, name, label=""):
        """The sum of the metric's series that have the label; 0 while the node does not respond."""
        _, text = http("GET", f"http://127.0.0.1:{self.port}/metrics")
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith((name + "{", name + " ")) and label in line)

    def succeeded(self):
        return self.metric("millrace_tasks_total", 'outcome="succeeded"')

    def published(self):
        return self.metric("millrace_outbox_published_total")

    def watch(self, count, done=None):
        """Measures from the first progress until `done()` reaches `count`. Returns the number of tasks done meanwhile, the
        seconds, and the processor time per task in microseconds, of the node and of the servers."""
        done = done or self.succeeded
        moved = time.monotonic()
        while (first := done()) <= 0:
            self._not_stalled(moved, 0)
            time.sleep(LAST_POLLS)
        began, cpu, servers, now = time.monotonic(), machine.cpu_us(self.pid), self.servers.taken(), first
        moved, before = began, first
        while now < count:
            rate = (now - first) / max(time.monotonic() - began, 1e-6)
            time.sleep(min(POLL, max(LAST_POLLS, (count - now) / rate / 2)) if rate > 0 else LAST_POLLS)
            now = done()
            if now > before:
                moved, before = time.monotonic(), now
            self._not_stalled(moved, now)
        seconds = time.monotonic() - began
        if now <= first:
            raise RuntimeError("all tasks finished between two polls: the count is too small to measure")
        tasks = now - first
        spent = {"cpu_us": (machine.cpu_us(self.pid) - cpu) / tasks, **self.servers.since(servers, tasks)}
        return tasks, seconds, spent

    def wait_done(self, count):
        """Waits with few polls, for measurements that take their times from elsewhere."""
        limit = time.monotonic() + STALLED_SECONDS
        while (now := self.succeeded()) < count:
            self._not_stalled(limit - STALLED_SECONDS, now)
            time.sleep(4 * POLL)

    def _not_stalled(self, moved, now):
        self.alive()
        if time.monotonic() - moved > STALLED_SECONDS:
            ended = self.metric("millrace_tasks_total")
            raise RuntimeError(f"no progress for {STALLED_SECONDS} s at {now:,.0f} done, {ended:,.0f} executions ended;"
                               f" last log lines of the node: {self._last_words()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
