-- Transfers are inserted after their accounts were locked, so the time of that statement is their order on every account. The
-- default was the start of the transaction, which may be earlier than another transaction's transfers on the same account.
alter table millrace.transfer alter column posted_at set default statement_timestamp();
comment on column millrace.transfer.posted_at is 'when the batch was posted, after its accounts were locked: with number, the order of an account''s transfers';
