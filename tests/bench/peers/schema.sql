-- The tables of all peers. A task is one durable row, inserted once per id, or one transfer between two accounts.
drop schema if exists peers cascade;
create schema peers;
create table peers.task (
  id uuid primary key, type text not null, tenant text not null, payload jsonb not null,
  state text not null default 'succeeded', finished_at timestamptz not null default now());
create table peers.account (id int primary key, balance bigint not null default 0);
insert into peers.account select number, 1000000000 from generate_series(0, 999) number;
create table peers.transfer (
  id uuid primary key, debit int not null, credit int not null, amount bigint not null,
  at timestamptz not null default now());
