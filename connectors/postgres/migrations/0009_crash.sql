-- Tasks that may have crashed a process (docs/adr/0009). A row is written only after a crash.
create table millrace.crash (
  task_id uuid not null,
  tenant text not null,
  crashes integer not null,
  proven boolean not null,
  last_at timestamptz not null default now(),
  node text not null,
  primary key (task_id, tenant)
);
create index crash_last_at on millrace.crash (last_at);
comment on table millrace.crash is 'tasks that a process was executing when it crashed';
comment on column millrace.crash.proven is 'a fatal signal was recorded; otherwise the process may have been killed from outside';

create table millrace.crash_record (
  name text primary key,
  counted_at timestamptz not null default now()
);
comment on table millrace.crash_record is 'counted crash records, so that a file that cannot be deleted counts once';
