"""A cluster of three brokers that can be killed, suspended, cut off and lost; see deploy/dev.d/cluster.sh."""
import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

from basics import ROOT, http, wait_until

BROKERS = (1, 2, 3)


def services(verb, *arguments):
    """`deploy/dev services`. Returns what it printed."""
    done = subprocess.run([ROOT / "deploy/dev", "services", verb, *map(str, arguments)], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"services {verb}: {done.stderr or done.stdout}")
    return done.stdout


class NoNetwork(RuntimeError):
    """This machine does not allow network namespaces."""


class Broker:
    """One broker of a cluster."""

    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.pid_file = ROOT / ".dev" / cluster.name / f"broker-{number}/rabbitmq.pid"

    def signal(self, which):
        os.kill(int(self.pid_file.read_text().split()[0]), which)

    def kill(self):
        self.signal(signal.SIGKILL)

    def suspend(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def terminate(self):
        """Stops the broker in order and waits for its exit."""
        pid = int(self.pid_file.read_text().split()[0])
        self.signal(signal.SIGTERM)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), f"the end of broker {self.number}", 120)

    def start(self):
        """Starts the broker on its data and waits until it serves."""
        services("resume", self.cluster.name, f"rabbitmq-{self.number}")

    def cut(self):
        services("cut", self.cluster.name, self.number)

    def join(self):
        services("join", self.cluster.name, self.number)

    def lose(self):
        services("lose", self.cluster.name, self.number)

    def replace(self):
        services("replace", self.cluster.name, self.number)

    def control(self, *arguments):
        return services("control", self.cluster.name, self.number, *arguments)


class Cluster:
    """A cluster of its own, while the `with` block lasts. Its addresses replace those of the instance in the environment."""

    def __init__(self, instance, ticktime=10):
        self.name, self.ticktime = f"{instance}-cluster", ticktime
        self.brokers = {number: Broker(self, number) for number in BROKERS}

    def __enter__(self):
        self.saved = dict(os.environ)
        os.environ["rabbitmq_ticktime_s"] = str(self.ticktime)
        try:
            services("start", self.name, "--cluster", os.getpid())
        except RuntimeError as error:
            raise NoNetwork(str(error)) if "no bridge can be made" in str(error) else error
        for line in services("env", self.name).splitlines():
            name, value = shlex.split(line.removeprefix("export "))[0].split("=", 1)
            os.environ[name] = value
        return self

    def __exit__(self, *_):
        services("stop", self.name)
        os.environ.clear()
        os.environ.update(self.saved)

    def nodes(self):
        """What the management API of the first broker says about the brokers."""
        status, text = http("GET", os.environ["MILLRACE_TEST_RABBIT_API"] + "/api/nodes")
        return json.loads(text) if status == 200 else []

    def whole(self):
        """Whether every broker runs and sees the others."""
        nodes = self.nodes()
        return len(nodes) == 3 and all(node["running"] and not node.get("partitions") for node in nodes)

    def heal(self):
        """Waits until the cluster is whole. RabbitMQ 3.10 may stay partitioned after a broker was suspended; then the
        brokers that did not see it are restarted, as an operator would. Returns how many were restarted."""
        try:
            wait_until(self.whole, "the cluster to become whole", 40)
            return 0
        except RuntimeError:
            restarted = 0
            for number in (3, 2, 1):
                if not self.whole():
                    self.brokers[number].terminate()
                    self.brokers[number].start()
                    restarted += 1
            wait_until(self.whole, "the cluster to become whole after restarts", 60)
            return restarted

    def leader(self, vhost, queue):
        """The number of the broker that leads a quorum queue."""
        _, text = http("GET", f"{os.environ['MILLRACE_TEST_RABBIT_API']}/api/queues/{vhost}/{queue}")
        return int(json.loads(text)["leader"].rsplit(".", 1)[1]) - 10
