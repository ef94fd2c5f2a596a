"""Waiting, HTTP and ports, for all files of the reliability run."""
import base64
import json
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60
POLL_SECONDS = 0.02
BEGAN = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - BEGAN:4.0f}s] {text}", file=sys.stderr, flush=True)


def becomes(condition, seconds):
    """Whether the condition becomes true within `seconds`. It is polled, because it is about other processes: all waits of
    the run for something to happen go through here."""
    limit = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() <= limit:
        until(time.monotonic() + POLL_SECONDS)
    return bool(true)


def wait_until(condition, what, seconds=READY_SECONDS):
    """As `becomes`; raises RuntimeError if it does not."""
    if not becomes(condition, seconds):
        raise RuntimeError(f"{what}: timed out after {seconds} s")


def until(moment):
    """Returns when `time.monotonic()` reaches `moment`: the pace of a load or of kills, and the length of a fault or of a
    measurement that its figure names. Never a wait for something to happen."""
    time.sleep(max(0.0, moment - time.monotonic()))


def http(method, url, body=None):
    """Returns status and text; status 0 without a response. The URL may contain user and password."""
    parts = urllib.parse.urlsplit(url)
    request = urllib.request.Request(
        urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1])), method=method,
        data=None if body is None else json.dumps(body).encode(), headers={"content-type": "application/json"})
    if parts.username:
        token = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        request.add_header("authorization", "Basic " + token)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
