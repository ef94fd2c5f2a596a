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
