-- Tasks of an ordered queue are published in the order of their insertion, by one relay at a time. Nodes write here which
-- messages go to an ordered queue. A trigger marks them, because other programs insert outbox rows as well.
create table millrace.ordered_route (
  exchange    text,
  routing_key text,
  constraint ordered_route_key primary key (exchange, routing_key)
);
comment on table millrace.ordered_route is 'messages that are routed to an ordered queue';
comment on column millrace.ordered_route.routing_key is 'a regular expression';
grant select on millrace.ordered_route to public;
insert into millrace.ordered_route values ('millrace', '^transaction(\.[^.]+)*$'), ('millrace', '^ledger(\.[^.]+)*$'),
                                          ('', '^priority\.ledger$');

alter table millrace.outbox add column ordered boolean not null default false;
comment on column millrace.outbox.ordered is 'set by a trigger: goes to an ordered queue';
create index outbox_ordered on millrace.outbox (due_at, id) where ordered;

create function millrace.mark_ordered() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  new.ordered := exists (select from millrace.ordered_route r
                         where r.exchange = new.exchange and new.routing_key ~ r.routing_key);
  return new;
end
$$;
create trigger mark_ordered before insert on millrace.outbox for each row execute function millrace.mark_ordered();

-- Proves that a message was published by this installation; see actors/delivery/seal.hpp. Not readable by producers.
create table millrace.seal_key (
  only_row boolean not null default true constraint seal_key_key primary key constraint seal_key_is_single check (only_row),
  key      bytea not null
);
comment on table millrace.seal_key is 'the key of the header millrace-seal: 32 random bytes';
insert into millrace.seal_key (key) values (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
