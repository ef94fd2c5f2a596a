"""The servers of this run: the broker's API, and what processor time RabbitMQ and PostgreSQL take. With the node's own time
that says what bounds a rate."""
import os
from pathlib import Path

import machine
from lab import http, wait_until

API = "MILLRACE_TEST_RABBIT_API"


def broker_api(method, path, body=None):
    status, text = http(method, os.environ[API] + "/api" + path, body)
    if status not in (200, 201, 204):
        raise RuntimeError(f"{method} {path}: the broker answered {status} {text}")


def delete(path):
    """Whether it was there or not. What holds a million messages takes longer than one request waits."""
    wait_until(lambda: http("DELETE", os.environ[API] + "/api" + path)[0] in (204, 404), f"the deletion of {path}")


class Servers:
    """Their processes, by the files in which whoever started them keeps their ids."""

    def __init__(self, folder):
        self.broker, self.postmaster = (int(Path(folder, name + ".pid").read_text(encoding="ascii").split()[0])
                                        for name in ("rabbitmq", "postgres"))

    def taken(self):
        """Microseconds so far, by the column that shows them."""
        return {"broker_us": machine.family_cpu_us(self.broker), "database_us": machine.family_cpu_us(self.postmaster)}

    def since(self, before, tasks):
        """Microseconds a task since `before`, which `taken` has told."""
        return {key: (now - before[key]) / tasks for key, now in self.taken().items()}
