-- Idempotency keys of the API are forgotten by their age (api.idempotency_retention).
create index submission_at on millrace.submission (at);
