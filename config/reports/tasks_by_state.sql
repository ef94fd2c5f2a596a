-- title: Tasks by type and state
-- parameter: tenant tenant
-- parameter: since timestamp default 1970-01-01T00:00:00Z
select type, state, count(*) as tasks, sum(attempt) as attempts, min(received_at) as first_received,
       max(finished_at) as last_finished
from millrace.task
where tenant = $1::text and received_at >= $2::timestamptz
group by type, state
order by type, state
