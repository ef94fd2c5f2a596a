-- Actions of operators and nodes. Append-only: the triggers fire even for sessions in replica mode (ENABLE ALWAYS).
create table millrace.audit (
  id      bigint generated always as identity constraint audit_key primary key,
  at      timestamptz not null default clock_timestamp(),
  actor   text not null,
  action  text not null,
  tenant  text,
  subject text not null,
  detail  text
);
comment on column millrace.audit.detail is 'JSON text';

create function millrace.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%.% is append-only', tg_table_schema, tg_table_name using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_rows before update or delete on millrace.audit
  for each row execute function millrace.refuse_change();
create trigger audit_table before truncate on millrace.audit
  for each statement execute function millrace.refuse_change();
alter table millrace.audit enable always trigger audit_rows;
alter table millrace.audit enable always trigger audit_table;
