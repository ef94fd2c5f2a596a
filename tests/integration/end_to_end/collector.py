#!/usr/bin/python3
"""Collects spans and receives webhooks on a free loopback port, which it prints.

usage: collector.py record|hang JOURNAL

POST /v1/traces: each span becomes a line of the journal, with `service` and `content_type` added. POST to anything else is a
webhook: 503 the first time and 204 from then on, with a line {"hook": its traceparent}. With `hang`, traces get no answer.
"""
import http.server
import json
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    mode, journal = None, None
    lock = threading.Lock()
    hooks = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path != "/v1/traces":
            return self.hook()
        if self.mode == "hang":
            threading.Event().wait()
        self.record(self.spans(json.loads(body)))
        self.answer(200, b"{}")

    def spans(self, request):
        for of in request["resourceSpans"]:
            resource = {a["key"]: a["value"].get("stringValue") for a in of["resource"]["attributes"]}
            for scope in of["scopeSpans"]:
                for span in scope["spans"]:
                    span["attributes"] = {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}
                    yield {**span, "service": resource["service.name"], "content_type": self.headers["content-type"]}

    def hook(self):
        with self.lock:
            Handler.hooks += 1
            first = Handler.hooks == 1
        self.record([{"hook": self.headers["traceparent"]}])
        self.answer(503 if first else 204, b"")

    def record(self, lines):
        with self.lock:
            for line in lines:
                self.journal.write(json.dumps(line) + "\n")
            self.journal.flush()

    def answer(self, status, body):
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass  # the journal shows it


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


def main():
    Handler.mode = sys.argv[1]
    with open(sys.argv[2], "a", encoding="utf-8") as journal:
        Handler.journal = journal
        server = Server(("127.0.0.1", 0), Handler)
        print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
