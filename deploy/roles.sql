-- The role that nodes and operators connect as. It reads and writes the rows of tasks, alters no table, and can only append to the
-- audit log; the database's owner could disable the triggers that protect the log. Run as the owner after each `millrace migrate`,
-- for an existing role (create role millrace_node login password '...'):
--
--   psql "$OWNER_URL" -v node=millrace_node -f deploy/roles.sql
\set ON_ERROR_STOP on
begin;
grant usage on schema millrace to :"node";
grant select, insert, update, delete on all tables in schema millrace to :"node";
grant usage, select on all sequences in schema millrace to :"node";
grant execute on all functions in schema millrace to :"node";
revoke update, delete on millrace.audit, millrace.audit_seal from :"node";
revoke insert, update, delete on millrace.schema_migration from :"node";
commit;
