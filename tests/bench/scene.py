"""The environment of one measurement: a fresh database, a fresh virtual host, and the feeder."""
import os
import re
import subprocess
import tempfile
from pathlib import Path

from servers import broker_api, delete

FEED_SECONDS = 1_800


def checked(command, **how):
    """The output of a command. Raises RuntimeError if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **how)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command[:3]))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


class Database:
    """A fresh database on the server of this run."""

    def __init__(self, name):
        self.server = os.environ["MILLRACE_TEST_DATABASE_URL"]
        self.name, self.url = name, self.server.rsplit("/", 1)[0] + "/" + name
        self.drop()
        checked(["psql", "-qX", "-c", f"create database {name}", self.server])

    def drop(self):
        checked(["psql", "-qX", "-c", f"drop database if exists {self.name} with (force)", self.server])

    def ask(self, *statements):
        """The first row of the last statement, as text. Each statement is a transaction of its own."""
        commands = [part for sql in statements for part in ("-c", sql)]
        return checked(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", *commands, self.url])

    def wal(self):
        """Syncs and bytes of the WAL since the server started. Sessions report them when they end, or once a second."""
        return [int(value) for value in self.ask("select wal_sync, wal_bytes from pg_stat_wal").split("|")]

    def settle(self):
        """Runs a checkpoint, so that a pending one does not distort a single measurement."""
        self.ask("checkpoint")

    def libpq(self):
        """The address as environment variables of libpq, for the peers."""
        user, password, host, port = re.match(r"\w+://(\w+):(\w+)@([\w.]+):(\d+)", self.url).groups()
        return {"PGUSER": user, "PGPASSWORD": password, "PGHOST": host, "PGPORT": port, "PGDATABASE": self.name}


class Scene:
    """The environment of Millrace's nodes. A context manager that removes the data at the end."""

    def __init__(self, name, bench):
        self.name, self.bench = "bench_" + name.replace("-", "_"), bench
        self.folder = Path(tempfile.mkdtemp(prefix=self.name + ".", dir=bench.folder))
        self.database = Database(self.name)
        self.ask = self.database.ask
        delete(f"/vhosts/{self.name}")
        broker_api("PUT", f"/vhosts/{self.name}")
        self.broker = os.environ["MILLRACE_TEST_AMQP_URL"].rstrip("/") + "/" + self.name
        # Only the settings below may affect a node, so MILLRACE_ variables of the caller's shell are removed.
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
        """Inserts the accounts into the ledger directly, as opening accounts is not measured."""
        self.ask("insert into millrace.account (tenant, name, currency, allow_negative)"
                 f" select 'acme', 'acct-' || n, 'USD', true from generate_series(0, {count - 1}) n",
                 "vacuum analyze millrace.account")

    def feed(self, kind, count, *options):
        """Publishes, and waits until the broker has confirmed all messages. Returns tasks per second."""
        return float(checked(self.feeder(kind, count, *options), timeout=FEED_SECONDS))

    def feeder(self, kind, count, *options):
        return [str(part) for part in (self.bench.tools["feed"], "--broker", self.broker, "--kind", kind, "--count", count,
                                       "--url", self.bench.sinks.webhook_url, *options)]
