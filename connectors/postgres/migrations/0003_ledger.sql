-- The ledger. Amounts are integers in minor units. A transfer row is both of its entries, a debit and a credit of one
-- amount, so the ledger balances by construction.
create table millrace.account (
  tenant         text collate "C" not null,
  name           text collate "C" not null,
  currency       text not null constraint account_currency check (currency ~ '^[A-Z]{3}$'),
  allow_negative boolean not null default false,
  balance        bigint not null default 0,
  opened_at      timestamptz not null default now(),
  constraint account_key primary key (tenant, name),
  constraint account_funds check (allow_negative or balance >= 0)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
comment on column millrace.account.balance is 'credits minus debits, in minor units; equals the sum of the account''s entries';
comment on column millrace.account.allow_negative is 'a funding account: money enters the ledger as its debit';

-- Unique by task id permanently, even after the task's own row is deleted.
create table millrace.transfer (
  task_id   uuid not null,
  tenant    text collate "C" not null,
  debit     text collate "C" not null,
  credit    text collate "C" not null,
  amount    bigint not null constraint transfer_amount check (amount > 0),
  currency  text not null,
  memo      text,
  posted_at timestamptz not null default now(),
  number    bigint generated always as identity,
  constraint transfer_key primary key (task_id, tenant),
  constraint transfer_sides check (debit <> credit)
);
comment on column millrace.transfer.number is 'order within one posted_at, which a whole batch shares; gaps have no meaning';
create index transfer_posted_at on millrace.transfer using brin (posted_at) with (pages_per_range = 32);

create view millrace.entry as
  select tenant, debit as account, -amount as amount, currency, task_id, posted_at, number from millrace.transfer
  union all
  select tenant, credit, amount, currency, task_id, posted_at, number from millrace.transfer;
comment on view millrace.entry is 'the transfers as single entries: debits negative, credits positive';

-- Empty in every snapshot; a row is an alarm.
create view millrace.ledger_imbalance as
  select coalesce(a.tenant, e.tenant) as tenant, coalesce(a.name, e.account) as account, a.balance, coalesce(e.total, 0) as entries
  from millrace.account a
  full join (select tenant, account, sum(amount) as total from millrace.entry group by tenant, account) e
    on e.tenant = a.tenant and e.account = a.name
  where a.balance is distinct from coalesce(e.total, 0);

-- Posted transfers are immutable. Accounts cannot be deleted or change their nature; only balances change.
create trigger transfer_rows before update or delete on millrace.transfer
  for each row execute function millrace.refuse_change();
create trigger transfer_table before truncate on millrace.transfer
  for each statement execute function millrace.refuse_change();
create trigger account_rows before delete or update of tenant, name, currency, allow_negative, opened_at on millrace.account
  for each row execute function millrace.refuse_change();
create trigger account_table before truncate on millrace.account
  for each statement execute function millrace.refuse_change();
alter table millrace.transfer enable always trigger transfer_rows;
alter table millrace.transfer enable always trigger transfer_table;
alter table millrace.account enable always trigger account_rows;
alter table millrace.account enable always trigger account_table;
