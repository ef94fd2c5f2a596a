# A complete installation on one machine: servers, sinks, the program, samples of every task type and their results.
# shellcheck shell=bash

up_samples=20 # of every task type in every queue

up_query() { psql -qAtX -v ON_ERROR_STOP=1 "$MILLRACE_DATABASE_URL" "$@"; }

up_stop() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP # a second Ctrl-C must not leave servers behind
  step "stopping"
  instance_stop up
  exit "$status"
}

up_config() { # up_config DIR MAIL_PORT METRICS_PORT API_PORT
  mkdir -p "$1/reports"
  cat >"$1/millrace.yaml" <<YAML
environment: development
node: up
state_dir: $1/state
amqp:
  urls: ['\${MILLRACE_AMQP_URL}']
  management_url: http://${MILLRACE_TEST_RABBIT_API##*@}
postgres:
  url: '\${MILLRACE_DATABASE_URL}'
smtp:
  url: smtp://127.0.0.1:$2
  starttls: false
  from: Millrace <millrace@example.org>
webhook:
  signing_secret: whsec_$(head -c 32 /dev/urandom | base64)
  allow_private_addresses: true
  allow_http: true
report:
  catalogue_dir: $root/config/reports
  output_dir: $1/reports
monitoring:
  bind: 127.0.0.1:$3
api:
  bind: 127.0.0.1:$4
YAML
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

up_sinks() { # up_sinks DIR MAIL_PORT WEBHOOK_PORT
  rm -f "$1"/mail.jsonl "$1"/webhook.jsonl
  process_spawn "$1/mail.pid" "$1/log/mail.log" \
    /usr/bin/python3 "$root/deploy/dev.d/mail_sink.py" --port "$2" --journal "$1/mail.jsonl"
  process_spawn "$1/webhook.pid" "$1/log/webhook.log" \
    /usr/bin/python3 "$root/deploy/dev.d/webhook_sink.py" --port "$3" --journal "$1/webhook.jsonl"
  wait_for 20 "the mail sink" "$1/mail.pid" port_open "$2" || die "no mail sink" "see $1/log/mail.log"
  wait_for 20 "the webhook sink" "$1/webhook.pid" port_open "$3" || die "no webhook sink" "see $1/log/webhook.log"
}

# up_publish ARGUMENTS...: publishes samples and records their expected states in a table.
up_publish() {
  AMQP_URL=$MILLRACE_AMQP_URL WEBHOOK_URL=$up_webhook_url /usr/bin/python3 "$root/deploy/dev.d/samples.py" "$@" |
    up_query -c '\copy sample.expected from stdin'
}

up_tables() {
  up_query <<'SQL'
create schema sample;
create table sample.expected (id uuid primary key, queue text, type text, state text, published_at timestamptz);
create view sample.seen as
  select e.*, coalesce(t.state::text, case when d.task_id is not null then 'dead' end, 'not seen') as became,
         coalesce(t.finished_at, d.died_at) as done_at, coalesce(t.error, d.error) as error
  from sample.expected e
  left join millrace.task t using (id)
  left join lateral (select * from millrace.dead_letter where task_id = e.id order by died_at limit 1) d on true;
SQL
}

up_wait() { # until every sample is terminal
  local limit=$((SECONDS + 120)) left last=-1
  while left=$(up_query -c 'select count(*) from sample.seen where done_at is null') || return; ((left > 0)); do
    if ((left != last)); then say "        $left samples in progress"; fi
    last=$left
    process_alive "$(instance_folder up)/serve.pid" || { say "millrace serve has exited"; return 1; }
    ((SECONDS < limit)) || { say "$left samples have not finished after two minutes"; return 1; }
    sleep 0.3
  done
}

up_table() {
  psql -qX -P footer=off "$MILLRACE_DATABASE_URL" <<'SQL'
select queue, type, became as state, count(*),
       round((1000 * percentile_cont(0.5) within group (order by extract(epoch from done_at - published_at)))::numeric, 1)
         as median_ms,
       round((1000 * percentile_cont(0.99) within group (order by extract(epoch from done_at - published_at)))::numeric, 1)
         as p99_ms
from sample.seen group by 1, 2, 3 order by 1, 2, 3;
SQL
}

# up_verdict: lists samples in an unexpected state; fails if there are any.
up_verdict() {
  local wrong
  wrong=$(up_query -c "select count(*) from sample.seen where became <> state") || return
  ((wrong == 0)) && { say "every sample is in its expected state"; return; }
  say "$wrong samples are in an unexpected state; the first ones:"
  psql -qX "$MILLRACE_DATABASE_URL" >&2 \
    -c 'select id, queue, type, state as expected, became, error from sample.seen where became <> state order by published_at limit 10'
  return 1
}

up_addresses() { # up_addresses DIR METRICS_PORT API_PORT
  cat <<TEXT
metrics   http://127.0.0.1:$2/metrics
health    http://127.0.0.1:$2/healthz   http://127.0.0.1:$2/readyz
api       http://127.0.0.1:$3/api/v1   create a token with: millrace token create
mails     $(wc -l <"$1/mail.jsonl") in $1/mail.jsonl
webhooks  $(wc -l <"$1/webhook.jsonl") in $1/webhook.jsonl
log       $1/log/serve.log
TEXT
}

up_sample_run() {
  step "publishing $up_samples samples of every task type to every queue"
  up_tables && up_publish accounts && up_wait && up_publish tasks "$up_samples" && up_wait
}

# up_start DIR PROGRAM: sinks, schema and program on the running servers.
up_start() {
  local dir=$1 program=$2 mail webhook
  read -r mail webhook up_metrics up_api <<<"$(free_ports 4)"
  up_webhook_url=http://127.0.0.1:$webhook
  up_config "$dir" "$mail" "$up_metrics" "$up_api"
  up_sinks "$dir" "$mail" "$webhook"
  step "migrating and starting millrace serve"
  "$program" --config "$dir/millrace.yaml" migrate >&2 || die "the migration failed" "see its error above"
  process_spawn "$dir/serve.pid" "$dir/log/serve.log" "$program" --config "$dir/millrace.yaml" serve
  wait_for 60 "millrace serve" "$dir/serve.pid" curl -fsS "http://127.0.0.1:$up_metrics/readyz" && return
  tail -n 20 "$dir/log/serve.log" >&2
  die "millrace serve is not ready" "see $dir/log/serve.log"
}

command_up() {
  local once= dir program=$root/.build/release/runtime/millrace verdict=0
  case ${1:-} in
    '') ;;
    --once) once=1 ;;
    *) die "unknown argument '$1'" "usage: deploy/dev up [--once]" ;;
  esac
  install_packages
  build_preset release || die "the build failed" "see the first error above"
  dir=$(instance_folder up)
  if process_alive "$dir/owner.pid"; then die "deploy/dev up is already running in this checkout" "stop it with Ctrl-C first"; fi
  up_interrupted=130
  trap up_stop EXIT
  trap 'exit 130' TERM HUP
  trap 'exit $up_interrupted' INT
  instance_start up $$
  instance_export up
  up_start "$dir" "$program"
  up_sample_run || verdict=1
  up_table || verdict=1
  up_verdict || verdict=1
  up_addresses "$dir" "$up_metrics" "$up_api"
  [[ -z $once ]] || return "$verdict"
  up_interrupted=0 # from here on Ctrl-C is the regular way to stop
  say "
Running until Ctrl-C. In another shell, try:
  eval \"\$(sed 's/^/export /' $dir/env)\"
  $program --config $dir/millrace.yaml publish notification.webhook '{\"url\": \"$up_webhook_url/x\", \"event\": \"x\", \"data\": {}}'"
  while process_alive "$dir/serve.pid"; do sleep 1; done
  die "millrace serve has exited" "see $dir/log/serve.log"
}
