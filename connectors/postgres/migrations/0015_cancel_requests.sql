-- A request is cleared once its task has ended, so that the index has only the open ones.
update millrace.task set cancel_requested_at = null where cancel_requested_at is not null and state not in ('running', 'scheduled', 'retrying');
comment on column millrace.task.cancel_requested_at is 'an operator requested to cancel the running task, which may still succeed but is not retried; null once it has ended';
