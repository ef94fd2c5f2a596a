-- Cancelling. The index holds only what was asked to be cancelled, so tasks that nobody cancels keep their HOT updates.
alter table millrace.task add column cancel_requested_at timestamptz;
create index task_cancel_requested on millrace.task (node) where cancel_requested_at is not null;
comment on column millrace.task.cancel_requested_at is 'an operator asked to cancel it; while running it may still succeed, but is not tried again';
