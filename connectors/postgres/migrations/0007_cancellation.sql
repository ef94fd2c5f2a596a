-- Cancel requests. The index has only requested rows and no column that other updates change (HOT).
alter table millrace.task add column cancel_requested_at timestamptz;
create index task_cancel_requested on millrace.task (id) where cancel_requested_at is not null;
comment on column millrace.task.cancel_requested_at is 'an operator requested to cancel it; a running task may still succeed, but is not retried';
