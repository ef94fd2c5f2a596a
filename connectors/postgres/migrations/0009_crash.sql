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
comment on table millrace.crash is 'tasks that were in the hands of a process when it crashed';
comment on column millrace.crash.proven is 'a fatal signal was seen; else the process may as well have been killed from outside';

create table millrace.crash_record (
  name text primary key,
  counted_at timestamptz not null default now()
);
comment on table millrace.crash_record is 'crash records that were counted: a file that could not be deleted counts once';
