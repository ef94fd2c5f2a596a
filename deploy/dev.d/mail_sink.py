#!/usr/bin/python3
"""An SMTP server on loopback that writes one JSON line to a journal for each message it accepts or refuses.

To provoke retries and dead letters, it answers a recipient whose name starts with `reply-NNN` with that code, for example
reply-451@example.org or reply-550@example.org. With a recipient delay-MS@example.org it writes the journal immediately and
sends the final reply after that many milliseconds.
"""
import argparse
import asyncio
import email
import email.policy
import json
import re
import signal
import time

from aiosmtpd.smtp import SMTP

DELAY = re.compile(r"<?delay-(\d{1,6})\b")
REPLY = re.compile(r"<?reply-([245]\d\d)\b")


class Recorder:
    def __init__(self, journal):
        self.journal = journal

    def record(self, **fields):
        self.journal.write(json.dumps({"at": time.time(), **fields}) + "\n")
        self.journal.flush()

    async def handle_RCPT(self, server, session, envelope, address, options):
        asked = REPLY.match(address)
        if asked and asked[1][0] != "2":
            self.record(status=int(asked[1]), rcpts=[address])
            return f"{asked[1]} as asked"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.record(status=250, message_id=message["message-id"], sender=envelope.mail_from, rcpts=envelope.rcpt_tos,
                    subject=message["subject"], bytes=len(envelope.content))
        if delay := next(filter(None, map(DELAY.match, envelope.rcpt_tos)), None):
            await asyncio.sleep(int(delay[1]) / 1000)
        return "250 accepted"


async def serve(port, journal, on_listening):
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    recorder = Recorder(journal)
    server = await loop.create_server(lambda: SMTP(recorder, data_size_limit=64 << 20, enable_SMTPUTF8=True, loop=loop),
                                      "127.0.0.1", port)
    on_listening(server.sockets[0].getsockname()[1])
    await ended.wait()
    server.close()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--port", type=int, default=0, help="loopback port (default 0: any free port)")
    arguments.add_argument("--journal", required=True, help="file to append the JSON lines to")
    given = arguments.parse_args()
    with open(given.journal, "a", encoding="utf-8") as journal:
        asyncio.run(serve(given.port, journal, lambda port: print(f"listening on 127.0.0.1:{port}", flush=True)))


if __name__ == "__main__":
    main()
