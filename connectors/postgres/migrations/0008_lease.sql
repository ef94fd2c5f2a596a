-- Running tasks without a delivery: their process, and the message to publish if it dies.
create table millrace.lease (
  task_id        uuid not null,
  tenant         text collate "C" not null,
  node           text not null,
  taken_at       timestamptz not null default now(),
  exchange       text not null,
  routing_key    text not null,
  type           text not null,
  message_id     text not null,
  content_type   text not null,
  correlation_id text not null,
  reply_to       text not null,
  priority       smallint,
  headers        jsonb not null,
  body           bytea not null,
  constraint lease_key primary key (task_id, tenant)
);
comment on table millrace.lease is 'Long running tasks; a lease is valid as long as its node is alive';
comment on column millrace.lease.node is 'identity of the process, which holds an advisory lock on it';
comment on column millrace.task.node is 'identity of the process that executed it last: the node''s name and a random part';
