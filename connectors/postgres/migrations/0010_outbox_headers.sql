-- Other programs insert outbox rows as well. A header that is not text stopped the relay and so all other rows. A row that no
-- queue accepts was retried every two seconds forever.
update millrace.outbox set headers = case when jsonb_typeof(headers) = 'object' then
    (select coalesce(jsonb_object_agg(key, value #>> '{}') filter (where value <> 'null'), '{}') from jsonb_each(headers))
  else '{}' end
where case when jsonb_typeof(headers) = 'object'
  then jsonb_path_exists(headers, 'strict $.* ? (@.type() != "string")') else true end;

alter table millrace.outbox
  add column refusals integer not null default 0,
  add constraint outbox_headers_are_text check (case when jsonb_typeof(headers) = 'object'
    then not jsonb_path_exists(headers, 'strict $.* ? (@.type() != "string")') else false end);
comment on column millrace.outbox.refusals is 'times that no queue accepted the message; each makes the delay before the next attempt longer';
comment on constraint outbox_headers_are_text on millrace.outbox is 'headers are an object of texts, such as {"tenant": "acme"}';
