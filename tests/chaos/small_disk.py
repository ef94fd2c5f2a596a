"""A PostgreSQL with its WAL, or its tables, on a small file system that can be filled.

The file system is a tmpfs in a private mount namespace. Creating it requires root with CAP_SYS_ADMIN, or permitted user
namespaces. Without either, no real full disk is possible, and the constructor raises `NoMount`.
"""
import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import free_port, wait_until

MIB = {"wal": 64, "tables": 160}
MOUNT = {  # how to create a namespace, and how to join it afterwards
    "root": (["unshare", "--mount"], ["--mount"]),
    "user": (["unshare", "--user", "--map-current-user", "--keep-caps", "--mount"],
             ["--user", "--mount", "--preserve-credentials"]),
}

KEEPER = 'mount -t tmpfs -o "$1" millrace "$2" && echo mounted && cat; [ ! -s "$3" ] || kill -INT "$(head -n 1 "$3")"'
FILLER = 'while [ -d "/proc/$2" ]; do cat /dev/zero >>"$1" 2>/dev/null; sleep 0.02; done'


class NoMount(Exception):
    """Mounting is not permitted on this machine."""


class SmallDisk:
    """A server with a small disk. `part`: "wal" or "tables"."""

    def __init__(self, part):
        self.part, self.server, self.keeper, self.filler = part, None, None, None
        self.root = os.geteuid() == 0
        self.owner = pwd.getpwnam("postgres") if self.root else pwd.getpwuid(os.geteuid())
        self.folder = Path(tempfile.mkdtemp(prefix="millrace-disk-"))
        self.disk, self.log = self.folder / "disk", self.folder / "postgres.log"
        self.disk.mkdir()
        try:
            self._mount()
            self._create()
        except BaseException:
            self.close()
            raise

    def _mount(self):
        enter, self.come_in = MOUNT["root" if self.root else "user"]
        os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
        options = f"size={MIB[self.part]}m,mode=700,uid={self.owner.pw_uid},gid={self.owner.pw_gid}"
        # Keeps the namespace until this process exits for any reason. That closes its input, and it then stops the server.
        server = self.folder / "data/postmaster.pid"
        self.keeper = subprocess.Popen([*enter, "sh", "-c", KEEPER, "sh", options, self.disk, server],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.keeper.stdout.readline() != b"mounted\n":
            raise NoMount(self.keeper.stderr.read().decode().strip())

    def _inside(self, *command):
        as_user = []
        if self.root:
            as_user = ["setpriv", f"--reuid={self.owner.pw_uid}", f"--regid={self.owner.pw_gid}", "--clear-groups", "--"]
        return ["nsenter", f"--target={self.keeper.pid}", *self.come_in, "--", *as_user, *command]

    def _create(self):
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parent.name))
        data, password, port = self.folder / "data", secrets.token_hex(16), free_port()
        secret = self.folder / "password"
        secret.write_text(password + "\n")
        os.chown(secret, self.owner.pw_uid, self.owner.pw_gid)
        wal = ["--waldir", self.disk / "wal", "--wal-segsize=1"] if self.part == "wal" else []
        subprocess.run(self._inside(programs / "initdb", "--pgdata", data, "--username=millrace", "--auth=scram-sha-256",
                                    "--pwfile", secret, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", *wal),
                       check=True, capture_output=True, cwd="/")
        secret.unlink()
        limits = ["-c", "min_wal_size=2MB", "-c", "max_wal_size=16MB"] if self.part == "wal" else []
        self.command = self._inside(programs / "postgres", "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", f"port={port}",
                                    "-c", "unix_socket_directories=", "-c", "max_connections=50", *limits)
        self.url = f"postgresql://millrace:{password}@127.0.0.1:{port}/postgres"
        self.start()
        wait_until(lambda: self.ask("select 1") == "1", "PostgreSQL on the small disk")
        if self.part == "tables":
            self.ask(f"create tablespace small location '{self.disk}'")
            self.ask("alter database template1 set tablespace small")  # new databases are copies of template1

    def start(self):
        """Starts the server unless it runs. Does not wait until it serves."""
        if self.server is None or self.server.poll() is not None:
            with open(self.log, "ab") as log:
                self.server = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")

    def ask(self, sql):
        """The first value of a query's first row as text, or None while the server is unavailable."""
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql, self.url],
                              capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def fill(self):
        """Fills the disk and keeps it full. Returns once the server has logged the error."""
        met = "PANIC" if self.part == "wal" else "No space left on device"
        self.filler = subprocess.Popen(
            self._inside("sh", "-c", FILLER, "sh", self.disk / "ballast", str(self.keeper.pid)), stdin=subprocess.DEVNULL,
            start_new_session=True)
        wait_until(lambda: met in self.log.read_text(errors="replace"), f"{met} in the log of PostgreSQL")

    def empty(self):
        """Frees the disk, and starts the server if it has stopped."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.filler.pid, 9)
        self.filler.wait()
        self.filler = None
        subprocess.run(self._inside("rm", "-f", self.disk / "ballast"), check=True)
        self.start()

    def close(self):
        if self.filler:
            self.empty()
        if self.server:
            self.server.send_signal(2)
            self.server.wait()
        if self.keeper:
            self.keeper.stdin.close()
            self.keeper.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
