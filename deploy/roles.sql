-- The role that nodes and operators connect as: it reads and writes what work needs, changes no table, and can only add to the audit
-- log. Without it, whoever runs a node could switch off the triggers that keep the log. As the owner of the database, after each
-- `millrace migrate`, for a role that exists (create role millrace_node login password '...'):
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
