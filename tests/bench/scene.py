"""Where one measurement runs: a database and a virtual host that nothing has touched yet, and how work gets there."""
import os
import re
import subprocess
import tempfile
from pathlib import Path

from servers import broker_api, delete

FEED_SECONDS = 1_800


def checked(command, **how):
    """Output of a command that has to work."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **how)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command[:3]))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


class Database:
    """One fresh database of the run's server."""

    def __init__(self, name):
        self.server = os.environ["MILLRACE_TEST_DATABASE_URL"]
        self.name, self.url = name, self.server.rsplit("/", 1)[0] + "/" + name
        self.drop()
        checked(["psql", "-qX", "-c", f"create database {name}", self.server])

    def drop(self):
        checked(["psql", "-qX", "-c", f"drop database if exists {self.name} with (force)", self.server])

    def ask(self, *statements):
        """The first row of the last statement as text; each is a transaction of its own."""
        commands = [part for sql in statements for part in ("-c", sql)]
        return checked(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", *commands, self.url])

    def wal(self):
        """Syncs and bytes of the WAL since the server started. Sessions report theirs when they end, or once a second."""
        return [int(value) for value in self.ask("select wal_sync, wal_bytes from pg_stat_wal").split("|")]

    def settle(self):
        """So that no checkpoint that is due anyway falls into one measurement and not into another."""
        self.ask("checkpoint")

    def libpq(self):
        """The same address as libpq's own variables, for peers that read them."""
        user, password, host, port = re.match(r"\w+://(\w+):(\w+)@([\w.]+):(\d+)", self.url).groups()
        return {"PGUSER": user, "PGPASSWORD": password, "PGHOST": host, "PGPORT": port, "PGDATABASE": self.name}


class Scene:
    """For nodes of Millrace. A context manager: the data of a measurement goes with it."""

    def __init__(self, name, bench):
        self.name, self.bench = "bench_" + name.replace("-", "_"), bench
        self.folder = Path(tempfile.mkdtemp(prefix=self.name + ".", dir=bench.folder))
        self.database = Database(self.name)
        self.ask = self.database.ask
        delete(f"/vhosts/{self.name}")
        broker_api("PUT", f"/vhosts/{self.name}")
        self.broker = os.environ["MILLRACE_TEST_AMQP_URL"].rstrip("/") + "/" + self.name
        # Nothing but what stands here decides how a node runs: settings of the caller's shell would.
        foreign = {key: value for key, value in os.environ.items() if not key.startswith("MILLRACE_")}
        self.environment = {
            **foreign, "MILLRACE_AMQP_URL": self.broker, "MILLRACE_DATABASE_URL": self.database.url,
            "MILLRACE_SMTP_URL": f"smtp://127.0.0.1:{bench.sinks.smtp_port}", "MILLRACE_SMTP_STARTTLS": "false",
            "MILLRACE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true", "MILLRACE_WEBHOOK_ALLOW_HTTP": "true",
            "MILLRACE_REPORT_CATALOGUE_DIR": str(self.folder), "MILLRACE_REPORT_OUTPUT_DIR": str(self.folder / "reports"),
            "MILLRACE_STATE_DIR": str(self.folder / "state"),
        }
        self.folder.joinpath("reports").mkdir()
        checked([bench.tools["millrace"], "migrate"], env=self.environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.database.drop()
        delete(f"/vhosts/{self.name}")

    def open_accounts(self, count):
        """Straight into the ledger: how accounts are opened is not what is measured."""
        self.ask("insert into millrace.account (tenant, name, currency, allow_negative)"
                 f" select 'acme', 'acct-' || n, 'USD', true from generate_series(0, {count - 1}) n",
                 "vacuum analyze millrace.account")

    def feed(self, kind, count, *options):
        """Publishes and waits until the broker has confirmed everything; tasks a second."""
        return float(checked(self.feeder(kind, count, *options), timeout=FEED_SECONDS))

    def feeder(self, kind, count, *options):
        return [str(part) for part in (self.bench.tools["feed"], "--broker", self.broker, "--kind", kind, "--count", count,
                                       "--url", self.bench.sinks.webhook_url, *options)]
