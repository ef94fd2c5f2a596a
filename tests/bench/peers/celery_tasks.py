"""A typical Celery worker: late acknowledgement, the prefork pool, one task at a time in each process. Each process keeps
one connection open to the database, the mail relay and the receiver of webhooks.

`celery_tasks.py KIND COUNT` publishes tasks; `celery -A celery_tasks worker` executes them."""
import json
import mmap
import os
import smtplib
import sys
import uuid
from email.message import EmailMessage

import celery
from celery.signals import worker_process_init

app = celery.Celery("celery_tasks", broker=f"amqp://guest:guest@{os.environ['AMQP_HOST']}:{os.environ['AMQP_PORT']}//")
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=100, task_ignore_result=True,
                task_default_queue=os.environ["CELERY_QUEUE"], worker_hijack_root_logger=False)
open_ones = {}


class Progress:
    """The number of tasks that this process has executed, in a file per process that the harness reads."""

    def __init__(self, folder):
        with open(os.path.join(folder, str(os.getpid())), "w+b") as file:
            file.truncate(8)
            self.memory = mmap.mmap(file.fileno(), 8)
        self.count = 0

    def step(self):
        self.count += 1
        self.memory[:] = self.count.to_bytes(8, "little")


@worker_process_init.connect
def connect(**_):
    open_ones["progress"] = Progress(os.environ["CELERY_PROGRESS"])


def kept(name, make):
    if name not in open_ones:
        open_ones[name] = make()
    return open_ones[name]


def database():
    import psycopg2
    connection = psycopg2.connect("")
    connection.autocommit = True
    return connection


def http_session():
    import requests
    return requests.Session()


@app.task
def insert(id, type, tenant, payload):
    with kept("database", database).cursor() as cursor:
        cursor.execute("insert into peers.task (id, type, tenant, payload) values (%s, %s, %s, %s) on conflict do nothing",
                       (id, type, tenant, json.dumps(payload)))
    open_ones["progress"].step()


@app.task
def email(to, subject, text):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "millrace@localhost", to, subject
    message.set_content(text)
    kept("relay", lambda: smtplib.SMTP("127.0.0.1", int(os.environ["SMTP_PORT"]))).send_message(message)
    open_ones["progress"].step()


@app.task
def webhook(url, event, data):
    answer = kept("http", http_session).post(url, json={"type": event, "data": data}, timeout=10)
    answer.raise_for_status()
    open_ones["progress"].step()


def arguments_of(kind, number):
    """The same content as that of bench_feed."""
    if kind == "insert":
        return {"id": str(uuid.uuid4()), "type": "transaction.transfer", "tenant": "acme", "payload": {
            "debit": f"acct-{number % 1000}", "credit": f"acct-{(number * 7 + 1) % 1000}", "amount": number % 100 + 1,
            "currency": "USD", "memo": "benchmark transfer of a realistic size for a job payload"}}
    if kind == "email":
        return {"to": "customer@example.org", "subject": f"Payment {number} has arrived",
                "text": "Dear customer,\n\nyour payment has arrived and was booked.\n"}
    return {"url": os.environ["WEBHOOK_URL"], "event": "payment.booked", "data": {"number": number}}


def publish(kind, count):
    task = {"insert": insert, "email": email, "webhook": webhook}[kind]
    with app.producer_pool.acquire(block=True) as producer:
        for number in range(count):
            task.apply_async(kwargs=arguments_of(kind, number), producer=producer)


if __name__ == "__main__":
    publish(sys.argv[1], int(sys.argv[2]))
