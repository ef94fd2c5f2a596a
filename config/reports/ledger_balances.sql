-- title: Balances of all accounts
-- parameter: tenant tenant
-- parameter: currency text default
-- An empty currency means all of them.
select name as account, currency, balance, allow_negative, opened_at
from millrace.account
where tenant = $1::text and ($2::text = '' or currency = $2::text)
order by currency, name
