-- title: Statement of an account
-- parameter: tenant tenant
-- parameter: account text
-- parameter: since date default 1970-01-01
-- The entries of one account with the balance after each, oldest first.
select posted_at, task_id, debit, credit, amount, currency, balance, memo
from (
  select e.posted_at, e.number, e.task_id, t.debit, t.credit, e.amount, e.currency, t.memo,
         sum(e.amount) over (order by e.posted_at, e.number) as balance
  from millrace.entry e
  join millrace.transfer t on t.task_id = e.task_id and t.tenant = e.tenant
  where e.tenant = $1::text and e.account = $2::text
) entries
where posted_at >= $3::date
order by posted_at, number
