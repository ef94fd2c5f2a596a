"""Bursts of connections to the listeners of a node. Measures the time until they answer again, and the time to stop."""
import contextlib
import resource
import socket
import time

from lab import free_port, http, wait_until

PARTIAL_REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nX-Part: "
IDLE_CONNECTIONS = 200


def allow_descriptors(count):
    """Raises this process's limit of open descriptors, which nodes started later inherit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise RuntimeError(f"{count} open descriptors are needed, the hard limit is {hard}; raise it with ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


@contextlib.contextmanager
def connections(port, count):
    """Holds connections open. Every other one has sent a part of a request, the others nothing."""
    held = []
    try:
        for number in range(count):
            line = socket.create_connection(("127.0.0.1", port), timeout=10)
            held.append(line)
            with contextlib.suppress(OSError):  # the listener may have replaced it already
                if number % 2:
                    line.sendall(PARTIAL_REQUEST)
        yield
    finally:
        for line in held:
            line.close()


def seconds_to_answer(url, status):
    """Seconds until the listener answers, at most 30."""
    began = time.monotonic()
    wait_until(lambda: http("GET", url)[0] == status, f"no answer from {url}", 30)
    return time.monotonic() - began


def bursts(lab, _servers, size, _rng):
    """Bursts of connections to each listener, one after the other. Then a stop while idle connections are open."""
    count, rounds, api = size["burst_connections"], size["bursts"], free_port()
    lab.environment["MILLRACE_API_BIND"] = f"127.0.0.1:{api}"
    node = lab.start_node("a")
    allow_descriptors(count + 200)
    listeners = {node.port: (f"http://127.0.0.1:{node.port}/healthz", 200),
                 api: (f"http://127.0.0.1:{api}/api/v1/queues", 401)}  # without a token
    during, after = [], []
    for port, (url, status) in listeners.items():
        for _ in range(rounds):
            with connections(port, count):
                during.append(seconds_to_answer(url, status))
            after.append(seconds_to_answer(url, status))
    findings, holds = lab.verify()
    with connections(node.port, IDLE_CONNECTIONS), connections(api, IDLE_CONNECTIONS):
        began = time.monotonic()
        code = node.stop()
        stop = time.monotonic() - began
    return {"holds": holds and code == 0, "findings": findings,
            "figures": {"bursts": rounds, "burst_connections": count, "idle_connections": IDLE_CONNECTIONS,
                        "seconds_to_answer_after_a_burst": round(max(after), 3),
                        "seconds_to_answer_during_a_burst": round(max(during), 3),
                        "seconds_to_stop_with_idle_connections": round(stop, 2)}}
