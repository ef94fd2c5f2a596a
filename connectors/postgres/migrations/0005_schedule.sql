-- Schedules: origin, target queue, and progress. The checks enforce the limits of messages.
alter table millrace.schedule
  add column queue         text,
  add column catch_up      text not null default 'last',
  add column origin        text not null default 'table',
  add column settled_until timestamptz not null default now(),
  add column problem       text,
  add constraint schedule_name check (name ~ '^[A-Za-z0-9._-]{1,128}$'),
  add constraint schedule_tenant check (tenant ~ '^[A-Za-z0-9._-]{1,64}$'),
  add constraint schedule_cron check (octet_length(cron) between 1 and 256),
  add constraint schedule_timezone check (octet_length(timezone) between 1 and 64),
  add constraint schedule_type check (octet_length(type) between 1 and 255 and type !~ '[[:cntrl:]]'),
  add constraint schedule_queue check (octet_length(queue) between 1 and 255 and queue !~ '[[:cntrl:]]'),
  add constraint schedule_content_type check (content_type in ('application/json', 'application/msgpack')),
  add constraint schedule_payload check (length(payload) <= 1048576),
  add constraint schedule_catch_up check (catch_up in ('skip', 'last', 'all')),
  add constraint schedule_origin check (origin in ('config', 'table', 'removed'));
comment on column millrace.schedule.queue is 'NULL: by type, through the exchange';
comment on column millrace.schedule.catch_up is 'missed runs: skip, start the last one, or all (the latest 1,000)';
comment on column millrace.schedule.origin is 'config: written at start from the configuration; removed: no longer configured, so disabled';
comment on column millrace.schedule.settled_until is 'all runs up to this time were started or skipped; it alone determines which are due';
comment on column millrace.schedule.problem is 'the scheduler''s error, if the schedule cannot run';

-- A changed or enabled schedule runs from now on; earlier times do not count as missed.
create function millrace.settle_schedule() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  if (new.cron, new.timezone) is distinct from (old.cron, old.timezone) or new.enabled and not old.enabled then
    new.settled_until := greatest(now(), old.settled_until);
    new.problem := null;
  end if;
  return new;
end
$$;
create trigger schedule_settled before update of cron, timezone, enabled on millrace.schedule
  for each row execute function millrace.settle_schedule();
