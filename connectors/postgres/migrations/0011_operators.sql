-- Operators' settings of queues, API tokens, and processes.

-- Settings that override a queue's configuration; every node polls them each second. No row: no override.
create table millrace.queue_control (
  queue       text constraint queue_control_key primary key
              constraint queue_control_queue check (octet_length(queue) between 1 and 255 and queue !~ '[[:cntrl:]]'),
  paused      boolean not null default false,
  concurrency integer constraint queue_control_concurrency check (concurrency between 1 and 10000),
  rate_limit  float8 constraint queue_control_rate check (rate_limit between 0.01 and 1000000),
  version     bigint not null default 1,
  changed_at  timestamptz not null default now(),
  changed_by  text not null,
  why         text not null
);
comment on column millrace.queue_control.concurrency is 'concurrent effects on each node; null: as configured';
comment on column millrace.queue_control.rate_limit is 'deliveries per second over all nodes; null: no limit';
comment on column millrace.queue_control.version is 'rises with every change; the ETag of the API';

-- Registered processes. A process is alive while it holds the advisory lock of its identity (docs/adr/0008).
create table millrace.node (
  identity   text constraint node_key primary key,
  name       text not null,
  version    text not null,
  started_at timestamptz not null default now()
);

-- Bearer tokens of the API. The secret itself is not stored.
create table millrace.api_token (
  id          text constraint api_token_key primary key constraint api_token_id check (id ~ '^[a-z0-9]{12}$'),
  name        text not null constraint api_token_name check (octet_length(name) between 1 and 128 and name !~ '[[:cntrl:]]'),
  secret_hash bytea not null constraint api_token_hash check (length(secret_hash) = 32),
  role        text not null constraint api_token_role check (role in ('viewer', 'operator', 'auditor', 'admin')),
  tenant      text collate "C" constraint api_token_tenant check (tenant ~ '^[A-Za-z0-9._-]{1,64}$'),
  created_at  timestamptz not null default now(),
  created_by  text not null,
  expires_at  timestamptz not null,
  revoked_at  timestamptz,
  revoked_by  text
);
comment on column millrace.api_token.secret_hash is 'SHA-256 of the secret, which has 256 random bits';
comment on column millrace.api_token.tenant is 'null: all tenants';

-- Tasks submitted through the API with an Idempotency-Key.
create table millrace.submission (
  tenant  text collate "C" not null,
  key     text collate "C" not null,
  digest  bytea not null,
  task_id uuid not null,
  at      timestamptz not null default now(),
  constraint submission_key primary key (tenant, key)
);
comment on column millrace.submission.digest is 'SHA-256 of the request; a request with the same key and another digest is refused';

-- Operators query the audit log by time, actor and subject.
create index audit_at on millrace.audit (at, id);
create index audit_actor on millrace.audit (actor, id);
create index audit_subject on millrace.audit (subject, id);
