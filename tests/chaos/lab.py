"""The environment of the reliability run: servers that can be killed and restarted, nodes, sinks, load."""
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60
SCHEDULES = 20
SCHEDULE_IDS = uuid.UUID("8f0d6c1e-43b5-4a57-9e0b-5a1d2c7764d3")  # the namespace of the ids of scheduled tasks
# Where tasks of the type test.record leave one row for each execution; see actors/handlers/fault_injection.
RECORDS = ("create schema millrace_test; create table millrace_test.execution"
           " (number bigint generated always as identity, task_id uuid not null, tenant text not null)")


def wait_until(condition, what, seconds=READY_SECONDS):
    """Polls until the condition is true; raises RuntimeError after `seconds`. All waits of the run go through here."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise RuntimeError(f"{what}: timed out after {seconds} s")
        time.sleep(0.02)


def http(method, url, body=None):
    """Returns status and text; status 0 without a response. The URL may contain user and password."""
    parts = urllib.parse.urlsplit(url)
    request = urllib.request.Request(
        urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1])), method=method,
        data=None if body is None else json.dumps(body).encode(), headers={"content-type": "application/json"})
    if parts.username:
        import base64
        token = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        request.add_header("authorization", "Basic " + token)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


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


class Lab:
    """Virtual host, database, sinks and nodes of one phase."""

    def __init__(self, name, folder, tools, server=None):
        """`server`: URL of the PostgreSQL to use instead of the instance's own."""
        self.name, self.folder, self.tools = name, Path(folder) / name, tools
        self.folder.mkdir(parents=True)
        self.folder.joinpath("journal.jsonl").touch()  # `millrace verify` requires it, even if nothing is produced
        self.folder.joinpath("may-repeat.jsonl").touch()
        self.nodes, self.sinks, self.listed, self.schedules_since = {}, [], set(), 0
        server = server or os.environ["MILLRACE_TEST_DATABASE_URL"]
        subprocess.run(["psql", "-qX", "-c", f"drop database if exists {name} with (force)", "-c", f"create database {name}",
                        server], check=True, env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"})
        self.database = server.rsplit("/", 1)[0] + "/" + name
        http("DELETE", os.environ["MILLRACE_TEST_RABBIT_API"] + f"/api/vhosts/{name}")
        http("PUT", os.environ["MILLRACE_TEST_RABBIT_API"] + f"/api/vhosts/{name}")
        self.broker = os.environ["MILLRACE_TEST_AMQP_URL"].rstrip("/") + "/" + name
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
        self.ask(RECORDS)
        self._collect_results()

    def _sink(self, script, journal):
        log = self.folder / (script + ".log")
        with open(log, "wb") as out:
            self.sinks.append(subprocess.Popen(
                ["/usr/bin/python3", "-u", ROOT / "deploy/dev.d" / script, "--journal", self.folder / journal],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out))
        wait_until(lambda: "listening on" in log.read_text(), script)
        return int(log.read_text().split("127.0.0.1:")[1].split()[0])

    def _collect_results(self):
        log = self.folder / "results_sink.log"
        self.folder.joinpath("results.jsonl").touch()
        with open(log, "wb") as out:
            self.sinks.append(subprocess.Popen(
                ["/usr/bin/python3", "-u", ROOT / "tests/chaos/results_sink.py", self.broker, self.folder / "results.jsonl"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out))
        wait_until(lambda: "listening" in log.read_text(), "results_sink.py")

    def add_schedules(self):
        """Adds schedules that have missed an hour of runs and must catch up with all of them."""
        self.ask("insert into millrace.schedule (name, tenant, cron, type, queue, payload, catch_up, settled_until)"
                 " select 'every-minute-' || n, 'acme', '* * * * *', 'test.record', 'email',"
                 " convert_to(json_build_object('number', n)::text, 'UTF8'), 'all', date_trunc('minute', now()) - interval '1 hour'"
                 f" from generate_series(1, {SCHEDULES}) n")
        self.schedules_since = int(self.ask("select extract(epoch from min(settled_until))::bigint from millrace.schedule"))

    def write_fires(self):
        """Waits until the schedules have caught up, disables them, and writes the tasks that they must have started, computed
        from their times alone."""
        lines = []
        behind = f"select count(*) from millrace.schedule where settled_until < to_timestamp({self.schedules_since + 3600})"
        wait_until(lambda: self.ask(behind) == "0", "the schedules to catch up")
        self.ask("update millrace.schedule set enabled = false")
        for row in filter(None, self.ask("select coalesce(string_agg(name || ' ' || extract(epoch from settled_until)::bigint, ','), '')"
                                         " from millrace.schedule").split(",")):
            name, until = row.split()
            for at in range(self.schedules_since + 60, int(until) + 1, 60):
                text = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(at))
                task_id = uuid.uuid5(uuid.uuid5(SCHEDULE_IDS, name), text)
                lines.append(json.dumps({"id": str(task_id), "tenant": "acme", "type": "test.record", "expect": "done"}) + "\n")
        self.folder.joinpath("fires.jsonl").write_text("".join(lines), encoding="utf-8")
        return len(lines)

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
        return subprocess.Popen([self.tools["chaos_producer"], self.broker, self.webhook_url, self.folder / "journal.jsonl",
                                 str(count), str(per_second), str(seed), str(repeats), *([kinds] if kinds else [])],
                                stdin=subprocess.DEVNULL)

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

    def lines(self, name):
        """The complete lines of a journal; none if it does not exist yet."""
        path = self.folder / name
        if not path.exists():
            return []
        with open(path, "rb") as journal:
            return [json.loads(line) for line in journal if line.endswith(b"\n")]

    def journal(self):
        """The tasks that the broker has confirmed."""
        return self.lines("journal.jsonl")

    def effects(self):
        """The number of accepted e-mails and webhooks, and how many of them were repeats."""
        accepted = []
        for name, key in (("mail.jsonl", "message_id"), ("webhook.jsonl", "webhook-id")):
            for line in self.lines(name):
                if line["status"] < 300:
                    accepted.append(line[key])
        return len(accepted), len(accepted) - len(set(accepted))

    def kill(self, name):
        """Kills a node with SIGKILL, and lists the effects that it had in flight: only they may repeat, each once."""
        self.stop_and_list(self.nodes[name])
        self.nodes[name].kill()
        for node in self.nodes.values():
            node.resume()

    def stop_and_list(self, node):
        """Stops a node and appends the effects that it has claimed to may-repeat.jsonl. Nobody can take them over before
        the node is killed. Without a database its liveness lock is lost too, so all nodes stop until they are listed."""
        node.suspend()
        claims = (f"select coalesce(string_agg(id || ' ' || claim, ','), '') from millrace.task"
                  f" where state = 'running' and node like '{self.name}-{node.name}/%'")
        rows = self.ask(claims)
        if rows is None:
            for other in self.nodes.values():
                other.suspend()
            wait_until(lambda: self.ask("select 1") == "1", "the database")
            rows = self.ask(claims)
        # A claim of an earlier process of this node, which nobody has taken over yet, is listed already.
        claimed = {tuple(row.split()) for row in rows.split(",") if row} - self.listed
        self.listed |= claimed
        with open(self.folder / "may-repeat.jsonl", "a", encoding="utf-8") as out:
            for task_id, claim in sorted(claimed):
                out.write(json.dumps({"id": task_id, "claim": int(claim), "node": node.name}) + "\n")
        return [task_id for task_id, _ in claimed]

    def verify(self, wait=120, ordered=()):
        """The findings of `millrace verify` and of recheck.py, and whether all hold. `ordered`: the task types whose order
        of publishing must hold."""
        self.write_fires()
        done = self.run("verify", "--json", "--wait", str(wait), "--journal", str(self.folder / "journal.jsonl"),
                        "--journal", str(self.folder / "fires.jsonl"), "--results", str(self.folder / "results.jsonl"),
                        "--effects", str(self.folder / "mail.jsonl"), "--effects", str(self.folder / "webhook.jsonl"),
                        "--may-repeat", str(self.folder / "may-repeat.jsonl"), check=False)
        if not done.stdout:
            raise RuntimeError(done.stderr)
        again = self.recheck(ordered)
        return json.loads(done.stdout) + again, done.returncode == 0 and all(finding["holds"] for finding in again)

    def recheck(self, ordered):
        command = ["/usr/bin/python3", ROOT / "tests/chaos/recheck.py", "--database", self.database]
        for option, names in (("--journal", ["journal", "fires"]), ("--results", ["results"]),
                              ("--accepted", ["mail", "webhook"]), ("--may-repeat", ["may-repeat"])):
            for name in names:
                command += [option, self.folder / f"{name}.jsonl"]
        for task_type in ordered:
            command += ["--ordered", task_type]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode > 1 or not done.stdout:
            raise RuntimeError(f"recheck: {done.stderr}")
        return [{"invariant": "again", **finding, "checked": True, "holds": finding["breaches"] == 0}
                for finding in map(json.loads, done.stdout.splitlines())]

    def close(self):
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
        """Sends SIGSTOP and waits until the process has stopped."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)
            wait_until(self.suspended, f"node {self.name} to stop")

    def suspended(self):
        """True once the process has stopped, or has exited."""
        try:
            return Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1][0] in "TZX"
        except OSError:
            return True

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


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
