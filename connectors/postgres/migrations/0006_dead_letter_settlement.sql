-- Dead letters for operators: class and fingerprint of the failure, and resolution (replayed or discarded) with its reason.

-- Generated from the reason, so that rows of an older program have it as well. Classes: docs/guides/dead-letters.md.
alter table millrace.dead_letter
  add column class text not null generated always as (
    case
      when reason in ('malformed_payload', 'invalid_payload', 'malformed_properties', 'unsupported_content_type', 'missing_id',
                      'id_too_long', 'body_too_large') then 'permanent'
      when reason = 'id_conflict' then 'conflict'
      when reason = 'unknown_type' then 'unknown'
      when reason = 'attempts_exhausted' then 'exhausted'
      when reason = 'poison' then 'poison'
      when reason = 'dead_lettered' then 'broker'
      else 'rejected'
    end) stored,
  add column fingerprint text,
  add column run_id uuid,
  add column discarded_at timestamptz,
  add column discarded_by text,
  add column why text,
  add constraint dead_letter_settled_once check (replayed_at is null or discarded_at is null);
comment on column millrace.dead_letter.fingerprint is
  'identifies a failure that many tasks share: 16 hex digits over reason and error without numbers, ids, quoted texts and addresses; null until the program has computed it';
comment on column millrace.dead_letter.run_id is 'run id of the command that replayed or discarded it, as in the audit log';
comment on column millrace.dead_letter.why is 'the operator''s reason for the replay or discard';

-- Dead letters, mostly open ones, are read by time in both directions; (died_at, id) is the page mark.
drop index millrace.dead_letter_died_at;
create index dead_letter_died_at on millrace.dead_letter (died_at, id);
create index dead_letter_open on millrace.dead_letter (died_at, id) where replayed_at is null and discarded_at is null;
create index dead_letter_fingerprint on millrace.dead_letter (fingerprint, died_at);
create index dead_letter_type on millrace.dead_letter (type, died_at);
create index dead_letter_tenant on millrace.dead_letter (tenant, died_at);
create index dead_letter_original_id on millrace.dead_letter (original_id) where original_id is not null;
create index dead_letter_unfingerprinted on millrace.dead_letter (id) where fingerprint is null;
