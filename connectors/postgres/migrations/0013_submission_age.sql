-- Idempotency keys of the API are deleted by age (api.idempotency_retention).
create index submission_at on millrace.submission (at);
