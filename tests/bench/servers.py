"""The servers of this run: the broker's management API, and the processor time of RabbitMQ and PostgreSQL. Together with the
processor time of the node, it shows which process limits a rate."""
import os
from pathlib import Path

import machine
from lab import http, wait_until

API = "MILLRACE_TEST_RABBIT_API"


def broker_api(method, path, body=None):
    status, text = http(method, os.environ[API] + "/api" + path, body)
    if status not in (200, 201, 204):
        raise RuntimeError(f"{method} {path}: the broker responded {status} {text}")


def delete(path):
    """Deletes the object if it exists. Deleting a queue with a million messages outlasts the timeout of one request."""
    wait_until(lambda: http("DELETE", os.environ[API] + "/api" + path)[0] in (204, 404), f"the deletion of {path}")


class Servers:
    """Processes of the servers. The ids come from the pid files in `folder`."""

    def __init__(self, folder):
        self.broker, self.postmaster = (int(Path(folder, name + ".pid").read_text(encoding="ascii").split()[0])
                                        for name in ("rabbitmq", "postgres"))

    def taken(self):
        """Processor time so far in microseconds, by the name of its column."""
        return {"broker_us": machine.family_cpu_us(self.broker), "database_us": machine.family_cpu_us(self.postmaster)}

    def since(self, before, tasks):
        """Processor time per task in microseconds since `before`, a result of `taken`."""
        return {key: (now - before[key]) / tasks for key, now in self.taken().items()}
