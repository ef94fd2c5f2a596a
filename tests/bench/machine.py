"""Figures from /proc about one process and about the machine."""
import os
import platform
import re
import subprocess
from pathlib import Path

TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """The fields of proc(5) from the third on. The second, the name, may contain blanks and parentheses."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()


def cpu_us(pid):
    """User and system time so far, in microseconds, with the resolution of a tick (10 ms)."""
    return sum(map(int, _stat(pid)[11:13])) * TICK_US


def _ended_children_us(pid):
    return sum(map(int, _stat(pid)[13:15])) * TICK_US


def _living_children_us(pid):
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int(_stat(process.name)[1]) == pid:
                total += cpu_us(process.name)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has exited meanwhile
    return total


def family_cpu_us(pid):
    """As `cpu_us`, for a process and its children, including exited ones."""
    while True:
        ended, living = _ended_children_us(pid), _living_children_us(pid)
        if _ended_children_us(pid) == ended:  # no child exited between the two readings
            return cpu_us(pid) + ended + living


def _status(pid, name):
    return int(re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])


def rss_mb(pid):
    return _status(pid, "VmRSS") / 1024


def peak_rss_mb(pid):
    """Peak resident memory in MiB since the start, or since `forget_peak`."""
    return _status(pid, "VmHWM") / 1024


def forget_peak(pid):
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5): resets the peak to the current resident size


def context_switches(pid):
    """Voluntary context switches of all threads; each one is a completed wait."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", thread.read_text(), re.MULTILINE)[1])
               for thread in Path(f"/proc/{pid}/task").glob("*/status"))


def processor():
    found = re.search(r"^model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def package_version(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def commit():
    """The commit of the measured checkout, followed by + if the working tree has changes."""
    git = ["git", "-C", str(Path(__file__).parent)]
    named = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=False)
    return named.stdout.strip() + "+" * bool(changed.stdout) if named.returncode == 0 else None
