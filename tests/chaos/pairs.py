"""Publishes pairs of dependent tasks: an account is opened, then paid into. In the wrong order the transfer is refused."""
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid

import pika

from basics import until, wait_until

FUNDING = "pairs:funding"
API_SHARE, SQL_SHARE = 0.025, 0.025


def pair(name):
    """The two tasks of a pair, as type and payload."""
    yield "ledger.open_account", {"account": name, "currency": "EUR"}
    yield "transaction.transfer", {"debit": FUNDING, "credit": name, "amount": 5, "currency": "EUR"}


class Publisher(threading.Thread):
    """Publishes pairs at a steady rate, each task once the one before it is confirmed, and records the confirmed tasks."""

    def __init__(self, lab, name, count, per_second, lock):
        super().__init__(daemon=True)
        self.lab, self.prefix, self.count, self.pause, self.lock = lab, name, count, 1 / per_second, lock
        self.error = None

    def run(self):
        try:
            began = time.monotonic()
            for number in range(self.count):
                until(began + number * self.pause)
                for task_type, payload in pair(f"pairs:{self.prefix}-{number}"):
                    self.confirmed(task_type, self.publish(task_type, payload))
            self.end()
        except Exception as error:  # pylint: disable=broad-except; reported to the phase
            self.error = error

    def confirmed(self, task_type, task_id):
        with self.lock, open(self.lab.folder / "journal.jsonl", "a", encoding="utf-8") as journal:
            journal.write(json.dumps({"id": task_id, "tenant": "default", "type": task_type, "expect": "done"}) + "\n")

    def publish(self, task_type, payload):
        """Returns the id of the task, which is confirmed."""
        raise NotImplementedError

    def end(self):
        pass


class BrokerPublisher(Publisher):
    """By AMQP with publisher confirms, on one channel."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.channel = pika.BlockingConnection(pika.URLParameters(self.lab.broker)).channel()
        self.channel.confirm_delivery()

    def publish(self, task_type, payload):
        task_id = str(uuid.uuid4())
        self.channel.basic_publish("millrace", task_type, json.dumps(payload).encode(), pika.BasicProperties(
            type=task_type, message_id=task_id, content_type="application/json", delivery_mode=2), mandatory=True)
        return task_id

    def end(self):
        self.channel.connection.close()


class SqlPublisher(Publisher):
    """By `millrace.enqueue`, each task in a transaction of its own."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.session = subprocess.Popen(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.lab.database],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def publish(self, task_type, payload):
        self.session.stdin.write(f"select millrace.enqueue('{task_type}', '{json.dumps(payload)}');\n")
        self.session.stdin.flush()
        return self.session.stdout.readline().strip()

    def end(self):
        self.session.stdin.close()
        if self.session.wait() != 0:
            raise RuntimeError("psql failed")


class ApiPublisher(Publisher):
    """By the operator API of any node that answers. A request without an answer is repeated under its key."""

    def __init__(self, lab, *arguments, urls, token):
        super().__init__(lab, *arguments)
        self.urls, self.token = urls, token

    def publish(self, task_type, payload):
        task_id = str(uuid.uuid4())
        body = json.dumps({"type": task_type, "payload": payload, "id": task_id}).encode()
        headers = {"authorization": "Bearer " + self.token, "content-type": "application/json", "idempotency-key": task_id}
        wait_until(lambda: any(self.accepts(url, body, headers) for url in self.urls), "a node that accepts a task")
        return task_id

    @staticmethod
    def accepts(url, body, headers):
        try:
            with urllib.request.urlopen(urllib.request.Request(url + "/api/v1/tasks", body, headers), timeout=10):
                return True
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise RuntimeError(f"the API refused a task: {error.code} {error.read().decode()}") from error
        except OSError:
            pass  # this node is being killed or restarted
        return False


def publishers(lab, count, per_second, urls):
    """Submits the funding account. Returns publishers that will publish `count` pairs, by all three ways."""
    token = json.loads(lab.run("token", "create", "--json", "--name", "pairs", "--role", "operator", "--why", "load").stdout)
    lab.ask(f"select millrace.enqueue('ledger.open_account', '{{\"account\": \"{FUNDING}\", \"currency\": \"EUR\","
            " \"allow_negative\": true}')")
    lock, by_api, by_sql = threading.Lock(), round(API_SHARE * count), round(SQL_SHARE * count)
    return [
        BrokerPublisher(lab, "amqp", count - by_api - by_sql, (1 - API_SHARE - SQL_SHARE) * per_second, lock),
        SqlPublisher(lab, "sql", by_sql, SQL_SHARE * per_second, lock),
        ApiPublisher(lab, "api", by_api, API_SHARE * per_second, lock, urls=urls, token=token["token"]),
    ]
