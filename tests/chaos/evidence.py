"""What a phase records while it runs, and its verdict: journals, the effects in flight at each kill, verify and recheck.py."""
import json
import subprocess
import time
import uuid

from basics import ROOT, wait_until

SCHEDULES = 20
SCHEDULE_IDS = uuid.UUID("8f0d6c1e-43b5-4a57-9e0b-5a1d2c7764d3")  # the namespace of the ids of scheduled tasks
# Where tasks of the type test.record leave one row for each execution (see actors/handlers/fault_injection), and where each
# transfer leaves its number in the order of posting. The time of posting would go back with the clock.
RECORDS = """
create schema millrace_test;
create table millrace_test.execution (number bigint generated always as identity, task_id uuid not null, tenant text not null);
create table millrace_test.posting (number bigint generated always as identity, task_id uuid not null, tenant text not null);
create function millrace_test.number_posting() returns trigger language plpgsql as $$
begin insert into millrace_test.posting (task_id, tenant) values (new.task_id, new.tenant); return null; end $$;
create trigger number_posting after insert on millrace.transfer for each row execute function millrace_test.number_posting();
"""


class Evidence:
    """The journals of a lab. The lab has `folder`, `database`, `broker`, `nodes`, `sinks`, `ask` and `run`."""

    def __init__(self):
        self.listed, self.schedules_since = set(), 0
        for name in ("journal", "may-repeat", "results", "fires"):  # `millrace verify` requires them, even if they are empty
            self.folder.joinpath(name + ".jsonl").touch()

    def record_executions(self):
        """Creates the tables for tasks of the type test.record, and for the order of transfers."""
        self.ask(RECORDS)

    def collect_results(self):
        log = self.folder / "results_sink.log"
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
        """Stops a node and appends the effects that it, or its isolated executor, has claimed to may-repeat.jsonl. Nobody can
        take them over before the node is killed. Without a database its liveness lock is lost too, so all nodes stop until they are listed."""
        node.suspend()
        claims = (f"select coalesce(string_agg(id || ' ' || claim, ','), '') from millrace.task"
                  f" where state = 'running' and node ~ '^{self.name}-{node.name}(-isolated-[0-9]+)?/'")
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
        done = self.run("verify", "--json", "--wait", str(min(wait, self.tools.get("longest_wait", wait))), "--journal", str(self.folder / "journal.jsonl"),
                        "--journal", str(self.folder / "fires.jsonl"), "--results", str(self.folder / "results.jsonl"),
                        "--effects", str(self.folder / "mail.jsonl"), "--effects", str(self.folder / "webhook.jsonl"),
                        "--may-repeat", str(self.folder / "may-repeat.jsonl"), check=False)
        if not done.stdout:
            raise RuntimeError(done.stderr)
        again = [*self.recheck(ordered), self.unknown_tags()]
        return json.loads(done.stdout) + again, done.returncode == 0 and all(finding["holds"] for finding in again)

    def unknown_tags(self):
        """The broker closes a channel that acknowledges a delivery twice. Deduplication hides that from everybody else."""
        logs = [log.read_text(encoding="utf-8", errors="replace") for log in self.folder.glob("*.log")]
        found = [line[:200] for text in logs for line in text.splitlines() if "unknown delivery tag" in line]
        return {"invariant": "again", "what": "channels closed for an acknowledgement of an unknown delivery", "of": len(logs),
                "breaches": len(found), "examples": found[:5], "checked": True, "holds": not found}

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
