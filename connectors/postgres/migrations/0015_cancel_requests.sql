-- A request is cleared once its task has ended, so that the index has only the open ones.
update millrace.task set cancel_requested_at = null where cancel_requested_at is not null and state not in ('running', 'scheduled', 'retrying');
comment on column millrace.task.cancel_requested_at is 'an operator asked to cancel what runs: it may still succeed, but is not tried again; null once it has ended';
