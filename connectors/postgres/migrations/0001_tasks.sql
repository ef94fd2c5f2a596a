-- Inbox and state of every task, outbox, dead letters, and schedules.

create type millrace.task_state as enum ('scheduled', 'running', 'retrying', 'succeeded', 'dead', 'cancelled', 'expired');

-- One row per task. The key starts with the id: operators search by it alone, and time-ordered ids (UUIDv7) keep inserts at
-- the right edge of the index. No index covers a column that changes, so that updates stay on their page (HOT).
create table millrace.task (
  id             uuid not null,
  tenant         text collate "C" not null,
  type           text not null,
  queue          text not null,
  state          millrace.task_state not null,
  attempt        integer not null,
  generation     bigint not null,
  claim          bigint not null,
  received_at    timestamptz not null,
  published_at   timestamptz,
  started_at     timestamptz,
  finished_at    timestamptz,
  node           text,
  content_type   text,
  original_id    text,
  correlation_id text,
  traceparent    text,
  reply_to       text,
  error          text,
  result         text,
  payload        bytea not null,
  constraint task_key primary key (id, tenant)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create index task_original_id on millrace.task (original_id) where original_id is not null;
create index task_received_at on millrace.task using brin (received_at) with (pages_per_range = 32);
comment on table millrace.task is 'One row per task: its parameters and state';
comment on column millrace.task.generation is 'the publication of the task that counts; rises with every retry, snooze and replay';
comment on column millrace.task.claim is 'fencing token; rises with every execution, and only its holder may write the outcome';
comment on column millrace.task.attempt is 'executions so far; snoozes do not count';
comment on column millrace.task.result is 'JSON text of the handler';

-- Messages to be published once they are due; deleted after the broker's confirm.
create table millrace.outbox (
  id             bigint generated always as identity constraint outbox_key primary key,
  due_at         timestamptz not null,
  locked_until   timestamptz,
  exchange       text not null,
  routing_key    text not null,
  type           text not null,
  message_id     text not null,
  content_type   text not null,
  correlation_id text not null,
  reply_to       text not null,
  priority       smallint,
  headers        jsonb not null,
  body           bytea not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
create index outbox_due on millrace.outbox (due_at, id);
comment on column millrace.outbox.locked_until is 'a relay has locked the row until then';

-- Tasks that are not retried unless an operator replays them.
create table millrace.dead_letter (
  id             uuid constraint dead_letter_key primary key,
  tenant         text collate "C" not null,
  task_id        uuid not null,
  original_id    text,
  type           text not null,
  queue          text not null,
  reason         text not null,
  error          text not null,
  attempts       bigint not null,
  generation     bigint not null,
  exchange       text not null,
  routing_key    text not null,
  content_type   text not null,
  correlation_id text,
  traceparent    text,
  properties     text not null,
  raw_properties bytea not null,
  payload        bytea not null,
  body_size      bigint not null,
  parked_in      text,
  died_at        timestamptz not null default now(),
  replayed_at    timestamptz,
  replayed_by    text
);
create index dead_letter_task on millrace.dead_letter (task_id);
create index dead_letter_died_at on millrace.dead_letter (died_at);
comment on column millrace.dead_letter.properties is 'JSON text of all AMQP properties and headers, for display';
comment on column millrace.dead_letter.parked_in is 'the queue in which the message stays, if its body was too large to read';

-- Recurring tasks. The task id of a run derives from (name, time), so two concurrent leaders still start one task.
create table millrace.schedule (
  name          text constraint schedule_key primary key,
  tenant        text collate "C" not null default 'default',
  cron          text not null,
  timezone      text not null default 'UTC',
  type          text not null,
  content_type  text not null default 'application/json',
  payload       bytea not null,
  enabled       boolean not null default true,
  last_fired_at timestamptz
);
