#!/usr/bin/python3
"""An HTTP server on loopback that writes one JSON line to a journal for each request.

It answers 204. Special paths:
  /status/NNN  answers NNN; 429 and 503 carry `Retry-After: 1`
  /wait/MS     waits that many milliseconds, then writes the journal and answers
  /delay/MS    writes the journal immediately and answers after that many milliseconds
  /switch      answers 503 while the file JOURNAL.down exists
  /once/NNN    answers NNN to the first request of each webhook-id
"""
import argparse
import http.server
import json
import os
import re
import signal
import threading
import time

MOST = 64 << 20


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024  # accept a burst of connections


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    journal = None
    lock = threading.Lock()
    refused = set()  # webhook-ids under /once

    def do_POST(self):
        length = int(self.headers.get("content-length") or -1)
        if not 0 <= length <= MOST:
            self.close_connection = True
            return self.answer(411 if length < 0 else 413, 0)
        body = self.rfile.read(length)
        if wait := re.match(r"/wait/(\d{1,5})\b", self.path):
            time.sleep(int(wait[1]) / 1000)
        asked = re.match(r"/status/([2-5]\d\d)\b", self.path)
        if self.path == "/switch" and os.path.exists(self.journal.name + ".down"):
            return self.answer(503, len(body))
        if (once := re.match(r"/once/([2-5]\d\d)\b", self.path)) and self.is_first():
            return self.answer(int(once[1]), len(body))
        return self.answer(int(asked[1]) if asked else 204, len(body))

    def is_first(self):
        with self.lock:
            first = self.headers["webhook-id"] not in self.refused
            self.refused.add(self.headers["webhook-id"])
        return first

    def answer(self, status, received):
        with self.lock:
            self.journal.write(json.dumps({
                "at": time.time(), "status": status, "path": self.path, "bytes": received,
                **{name: self.headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")},
            }) + "\n")
            self.journal.flush()
        if delay := re.match(r"/delay/(\d{1,6})\b", self.path):
            time.sleep(int(delay[1]) / 1000)
        self.send_response(status)
        if status in (429, 503):
            self.send_header("retry-after", "1")
        if status != 204:
            self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass  # the journal has it


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--port", type=int, default=0, help="loopback port (default 0: any free port)")
    arguments.add_argument("--journal", required=True, help="file to append the JSON lines to")
    given = arguments.parse_args()
    with open(given.journal, "a", encoding="utf-8") as journal:
        Handler.journal = journal
        server = Server(("127.0.0.1", given.port), Handler)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
