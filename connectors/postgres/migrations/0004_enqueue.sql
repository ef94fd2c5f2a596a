-- For producers that use the same database: enqueues a task in the producer's transaction. The task exists if and only if
-- that transaction commits. The function only adds an outbox row, which a relay publishes within a second.

-- A time-ordered UUID (version 7): 48 bits of milliseconds, then random bits. Setting two bits turns version 4 into 7.
create function millrace.new_task_id() returns uuid
  language sql volatile parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1),
    'hex')::uuid
$$;
comment on function millrace.new_task_id() is 'a new UUID of version 7, for a task';

create function millrace.enqueue(
  type           text,
  payload        jsonb,
  id             uuid        default null,
  queue          text        default null,
  tenant         text        default 'default',
  due            timestamptz default null,
  priority       integer     default null,
  correlation_id text        default null,
  reply_to       text        default null,
  max_attempts   integer     default null,
  traceparent    text        default null
) returns uuid
  language plpgsql volatile security invoker
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  task_id constant uuid := coalesce(id, millrace.new_task_id());
  body constant bytea := convert_to(payload::text, 'UTF8');
  at constant timestamptz := greatest(coalesce(due, clock_timestamp()), clock_timestamp());
  wrong text;
begin
  wrong := case
    when type is null or type = '' then 'type is missing; name a task type such as ''notification.email'''
    when octet_length(type) > 255 then 'type is longer than 255 bytes'
    when type ~ '[[:cntrl:]]' then 'type holds control characters'
    when payload is null then 'payload is null; pass ''{}'' for an empty one, or ''null''::jsonb if null is meant'
    when length(body) > 16777216 then 'payload is larger than 16 MiB; pass a reference to the data'
    when queue = '' or octet_length(queue) > 255 or queue ~ '[[:cntrl:]]'
      then 'queue must be the name of a queue, up to 255 bytes without control characters; leave it out to go by type'
    when tenant is null or tenant !~ '^[A-Za-z0-9._-]{1,64}$' then 'tenant must be 1 to 64 characters of A-Z a-z 0-9 . _ -'
    when not isfinite(due) or due >= '2200-01-01 00:00:00+00' then 'due must be a time before the year 2200'
    when priority not between 0 and 10 then 'priority must be from 0 to 10'
    when octet_length(correlation_id) > 255 or correlation_id ~ '[[:cntrl:]]'
      then 'correlation_id must be up to 255 bytes without control characters'
    when octet_length(reply_to) > 255 or reply_to ~ '[[:cntrl:]]'
      then 'reply_to must be the name of a queue, up to 255 bytes without control characters'
    when max_attempts not between 1 and 1000 then 'max_attempts must be from 1 to 1000'
  end;
  if wrong is not null then
    raise exception 'millrace.enqueue: %', wrong using errcode = 'invalid_parameter_value';
  end if;
  insert into millrace.outbox (due_at, exchange, routing_key, type, message_id, content_type, correlation_id, reply_to,
                               priority, headers, body)
  values (at, case when queue is null then 'millrace' else '' end, coalesce(queue, type), type, task_id::text,
          'application/json', coalesce(correlation_id, ''), coalesce(reply_to, ''), priority,
          jsonb_strip_nulls(jsonb_build_object(
            'tenant', tenant,
            'max_attempts', max_attempts::text,
            'traceparent', case when octet_length(traceparent) <= 255 then traceparent end,
            'millrace-generation', '0',
            'millrace-published-at', floor(extract(epoch from at) * 1000000)::bigint::text)),
          body);
  return task_id;
end
$$;
comment on function millrace.enqueue is
  'Enqueues a task in the caller''s transaction and returns its id; a repeated id is ignored. The caller needs USAGE on schema '
  'millrace and INSERT on millrace.outbox.';
