-- The audit log can be checked for tampering: a chain of hashes over its rows (docs/guides/audit.md).

-- Rows do not become visible in the order of their ids, but all rows below the oldest open transaction are complete. The default
-- is not volatile: existing rows get this transaction's number without a rewrite of the table.
alter table millrace.audit add column xid xid8 not null default pg_current_xact_id();
create index audit_xid on millrace.audit (xid, id);
comment on column millrace.audit.xid is 'the transaction that added the row; with the id, the order of sealing';

create table millrace.audit_seal (
  number   bigint constraint audit_seal_key primary key constraint audit_seal_number check (number > 0),
  audit_id bigint not null constraint audit_seal_audit_id unique,
  hash     bytea not null constraint audit_seal_hash check (length(hash) = 32)
);
comment on table millrace.audit_seal is 'One row per sealed row of the audit log';
comment on column millrace.audit_seal.number is 'position in the chain, from 1 without gaps';
comment on column millrace.audit_seal.hash is 'SHA-256 of the previous hash and the sealed row';

create trigger audit_seal_rows before update or delete on millrace.audit_seal
  for each row execute function millrace.refuse_change();
create trigger audit_seal_table before truncate on millrace.audit_seal
  for each statement execute function millrace.refuse_change();
alter table millrace.audit_seal enable always trigger audit_seal_rows;
alter table millrace.audit_seal enable always trigger audit_seal_table;

revoke update, delete, truncate on millrace.audit, millrace.audit_seal from public;
