"""The environment of the reliability run: servers that can be killed and restarted, nodes, sinks, load."""
import os
import signal
import subprocess
import time
from pathlib import Path

from basics import ROOT, becomes, free_port, http, wait_until
from evidence import Evidence


class Server:
    """A running server process. Records its command line and environment, so that it can be killed and restarted."""

    def __init__(self, pid_file, log):
        self.pid_file, self.log = Path(pid_file), log
        self.pid = int(self.pid_file.read_text().split()[0])
        proc = Path(f"/proc/{self.pid}")
        self.command = proc.joinpath("cmdline").read_bytes().split(b"\0")[:-1]
        self.environment = dict(pair.split(b"=", 1) for pair in proc.joinpath("environ").read_bytes().split(b"\0") if b"=" in pair)
        self.folder = os.readlink(proc / "cwd")
        status = proc.joinpath("status").read_text()
        self.user, self.group = (int(line.split()[1]) for line in status.splitlines() if line[:4] in ("Uid:", "Gid:"))
        self.child = None

    def _descendants(self):
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in listed.stdout.split()]

    def kill(self):
        """Sends SIGKILL and waits until the server and its children have exited."""
        children = self._descendants()
        os.kill(self.pid, signal.SIGKILL)
        if self.child:
            self.child.wait()
        wait_until(lambda: not any(alive(pid) for pid in [self.pid, *children]), "the killed server")
        # A zombie that nobody reaps counts as alive for PostgreSQL, which would refuse to start.
        if b"-D" in self.command:
            data = Path(os.fsdecode(self.command[self.command.index(b"-D") + 1]))
            data.joinpath("postmaster.pid").unlink(missing_ok=True)

    def start(self):
        """Starts the server again and does not wait until it serves; its clients have to retry."""
        as_user = {} if self.user == os.geteuid() else {"user": self.user, "group": self.group, "extra_groups": []}
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log, start_new_session=True, **as_user)
        self.pid = self.child.pid
        started = Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1].split()[19]
        self.pid_file.write_text(f"{self.pid} {started}\n")  # so that `deploy/dev services` can stop it


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] not in "ZX"
    except OSError:
        return False


class Lab(Evidence):
    """Virtual host, database, sinks and nodes of one phase."""

    def __init__(self, name, folder, tools, server=None):
        """`server`: URL of the PostgreSQL to use instead of the instance's own."""
        self.name, self.folder, self.tools = name, Path(folder) / name, tools
        self.folder.mkdir(parents=True)
        super().__init__()
        self.nodes, self.sinks, self.producers = {}, [], []
        server = server or os.environ["MILLRACE_TEST_DATABASE_URL"]
        subprocess.run(["psql", "-qX", "-c", f"drop database if exists {name} with (force)", "-c", f"create database {name}",
                        server], check=True, env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"})
        self.database = server.rsplit("/", 1)[0] + "/" + name
        http("DELETE", os.environ["MILLRACE_TEST_RABBIT_API"] + f"/api/vhosts/{name}")
        http("PUT", os.environ["MILLRACE_TEST_RABBIT_API"] + f"/api/vhosts/{name}")
        self.broker = ",".join(url.rstrip("/") + "/" + name for url in os.environ["MILLRACE_TEST_AMQP_URL"].split(","))
        mail, webhook = self._sink("mail_sink.py", "mail.jsonl"), self._sink("webhook_sink.py", "webhook.jsonl")
        self.webhook_url = f"http://127.0.0.1:{webhook}"
        self.environment = {
            **os.environ, "MILLRACE_AMQP_URL": self.broker, "MILLRACE_DATABASE_URL": self.database,
            "MILLRACE_SMTP_URL": f"smtp://127.0.0.1:{mail}", "MILLRACE_SMTP_STARTTLS": "false",
            "MILLRACE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true", "MILLRACE_WEBHOOK_ALLOW_HTTP": "true",
            "MILLRACE_REPORT_CATALOGUE_DIR": str(ROOT / "config/reports"),
            "MILLRACE_REPORT_OUTPUT_DIR": str(self.folder), "MILLRACE_STATE_DIR": str(self.folder / "state"),
            "MILLRACE_MONITORING_LOG_LEVEL": "warn",
            "MILLRACE_AMQP_RECONNECT_MAX": "1s",
            "MILLRACE_AMQP_MANAGEMENT_URL": "http://" + os.environ["MILLRACE_TEST_RABBIT_API"].rsplit("@", 1)[-1],
        }
        self.run("migrate")
        self.record_executions()
        self.collect_results()

    def _sink(self, script, journal):
        log = self.folder / (script + ".log")
        with open(log, "wb") as out:
            self.sinks.append(subprocess.Popen(
                ["/usr/bin/python3", "-u", ROOT / "deploy/dev.d" / script, "--journal", self.folder / journal],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out))
        wait_until(lambda: "listening on" in log.read_text(), script)
        return int(log.read_text().split("127.0.0.1:")[1].split()[0])

    def run(self, *arguments, check=True):
        done = subprocess.run([self.tools["millrace"], *arguments], env=self.environment, capture_output=True, text=True,
                              check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"millrace {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done

    def start_node(self, name, *arguments, wait=True):
        port = self.nodes[name].port if name in self.nodes else free_port()
        node = Node(name, port, [self.tools["millrace"], "serve", "--fault-injection", *arguments],
                    {**self.environment, "MILLRACE_NODE": f"{self.name}-{name}", "MILLRACE_MONITORING_BIND": f"127.0.0.1:{port}"},
                    self.folder / f"{name}.log")
        self.nodes[name] = node
        if wait:
            node.wait_ready()
        return node

    def produce(self, count, per_second, seed, repeats=0.05, kinds=None):
        """Starts the fast producer; `count` 0 publishes the accounts. `kinds`: "good", "poison", None: 1% are broken."""
        self.producers.append(subprocess.Popen(
            [self.tools["chaos_producer"], self.broker, self.webhook_url, self.folder / "journal.jsonl", str(count),
             str(per_second), str(seed), str(repeats), *([kinds] if kinds else [])], stdin=subprocess.DEVNULL))
        return self.producers[-1]

    def open_accounts(self):
        if self.produce(0, 1, 1, repeats=0).wait() != 0:
            raise RuntimeError("the accounts could not be published")
        wait_until(lambda: self.ask("select count(*) from millrace.account") == "201", "opening the accounts")

    def keep_queues(self):
        """Makes RabbitMQ write its registry of quorum queues. RabbitMQ 3.10 writes it late, so a queue declared a second
        before a kill would be lost. That is a fault of the broker and not what this run measures."""
        self.control_broker("eval", "[dets:sync(T) || T <- dets:all()].")

    def control_broker(self, *arguments):
        done = subprocess.run([ROOT / "deploy/dev", "services", "rabbitmqctl", self.tools["instance"], *arguments],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"rabbitmqctl: {done.stderr or done.stdout}")

    def ask(self, sql):
        """The first value of a query's first row as text, or None while the database is unavailable."""
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql, self.database],
                              capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def close(self):
        for producer in self.producers:  # of a phase that failed
            producer.kill()
            producer.wait()
        for node in self.nodes.values():
            node.stop()
        for sink in self.sinks:
            sink.terminate()
            sink.wait()


class Node:
    """A process of `millrace serve`."""

    def __init__(self, name, port, command, environment, log):
        self.name, self.port = name, port
        with open(log, "ab") as out:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def ready(self):
        return http("GET", f"http://127.0.0.1:{self.port}/readyz")[0] == 200

    def wait_ready(self):
        wait_until(lambda: self.ready() or self.process.poll() is not None, f"node {self.name}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def suspend(self):
        """Sends SIGSTOP and waits until the process has stopped. Its isolated executor goes on until its input ends."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)
            wait_until(self.suspended, f"node {self.name} to stop")

    def suspended(self):
        """True once the process has stopped, or has exited."""
        try:
            return Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1][0] in "TZX"
        except OSError:
            return True

    def stops_itself(self, seconds):
        """Whether the process stops at its crash point in time."""
        return becomes(self.suspended, seconds) and self.process.poll() is None

    def resume(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """Sends SIGTERM and returns the exit code; None if the node had to be killed after 60 s."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def metric(self, name):
        """The sum of a metric over its labels."""
        _, text = http("GET", f"http://127.0.0.1:{self.port}/metrics")
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.split("{")[0].split(" ")[0] == name)
