# Instances of RabbitMQ, one broker or a cluster, and PostgreSQL. Each has a folder .dev/NAME with its state, logs and data. `services`, `up` and
# every test run use their own instance, so they can run concurrently.
# shellcheck shell=bash

instance_folder() { echo "$root/.dev/$1"; }

instance_runs() {
  local dir
  dir=$(instance_folder "$1")
  process_alive "$dir/postgres.pid" && [[ -s $dir/env ]] || return
  [[ -s $dir/network ]] || process_alive "$dir/rabbitmq.pid"
}

# instance_start NAME [OWNER_PID] [--cluster]: an instance with an owner is removed after its owner has exited.
instance_start() {
  local name=$1 owner=${2:-} cluster=${3:-} dir amqp api metrics dist epmd pg password brokers
  dir=$(instance_folder "$name")
  instance_sweep
  if instance_runs "$name"; then
    say "$name: RabbitMQ and PostgreSQL are already running (state in $dir)"
    return
  fi
  instance_stop "$name"
  rm -rf "$dir/log"
  mkdir -p "$dir/log"
  [[ -z $owner ]] || process_record "$dir/owner.pid" "$owner"
  step "starting RabbitMQ and PostgreSQL ($name)"
  read -r amqp api metrics dist epmd pg <<<"$(free_ports 6)"
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  postgres_start "$dir" "$pg" "$password"
  local server="postgresql://millrace:$password@127.0.0.1:$pg"
  if [[ -n $cluster ]]; then brokers=(cluster_start "$name"); else
    rabbitmq_start "$dir" "$amqp" "$api" "$metrics" "$dist" "$epmd"
    brokers=(rabbitmq_ready "$dir" "$api")
  fi
  if ! { "${brokers[@]}" && postgres_ready "$dir" "$server/postgres"; }; then
    instance_stop "$name"
    die "the servers did not start" "see the logs in $dir/log"
  fi
  psql -qX -c 'create database millrace' "$server/postgres"
  (umask 077 && cat >"$dir/env") <<ENV
MILLRACE_DATABASE_URL='$server/millrace'
MILLRACE_TEST_DATABASE_URL='$server/postgres'
ENV
  if [[ -n $cluster ]]; then
    cluster_env "$dir" >>"$dir/env"
    say "        three brokers at $(cluster_address "$dir" 1) to $(cluster_address "$dir" 3), PostgreSQL on 127.0.0.1:$pg, logs below $dir"
    return
  fi
  cat >>"$dir/env" <<ENV
MILLRACE_AMQP_URL='amqp://guest:guest@127.0.0.1:$amqp/'
MILLRACE_TEST_AMQP_URL='amqp://guest:guest@127.0.0.1:$amqp/'
MILLRACE_TEST_RABBIT_API='http://guest:guest@127.0.0.1:$api'
MILLRACE_TEST_RABBIT_METRICS='127.0.0.1:$metrics'
ENV
  say "        RabbitMQ on 127.0.0.1:$amqp, PostgreSQL on 127.0.0.1:$pg, logs in $dir/log"
}

# Removes the data and keeps the logs, for diagnosis.
instance_stop() {
  local dir user
  dir=$(instance_folder "$1")
  [[ -d $dir ]] || return 0
  rm -f "$dir/env"
  for user in load serve node-2 mail webhook prometheus; do process_stop "$dir/$user.pid" TERM 40; done # of `up`, `pictures`
  rabbitmq_stop "$dir"
  cluster_stop "$dir"
  postgres_stop "$dir"
  rm -f "$dir/owner.pid"
}

# instance_sweep: stops instances whose owning script was killed.
instance_sweep() {
  local dir
  for dir in "$root"/.dev/*/; do
    if [[ ! -e $dir/owner.pid ]] || process_alive "$dir/owner.pid"; then continue; fi
    warn "stopping the servers that a killed run left in $dir"
    instance_stop "$(basename "$dir")"
  done
}

# instance_export NAME: exports the addresses into the environment of this script.
instance_export() {
  set -a
  # shellcheck disable=SC1090,SC1091
  . "$(instance_folder "$1")/env"
  set +a
}

# instance_resume NAME SERVER: restarts a server on its existing data and waits until it is ready.
instance_resume() {
  local dir
  dir=$(instance_folder "$1")
  process_alive "$dir/$2.pid" || { [[ $2 == rabbitmq-* ]] && process_alive "$dir/broker-${2#*-}/rabbitmq.pid"; } && return
  (
    instance_export "$1"
    case $2 in
      rabbitmq)
        rabbitmq_run "$dir"
        rabbitmq_ready "$dir" "${MILLRACE_TEST_RABBIT_API##*:}"
        ;;
      rabbitmq-[123])
        rabbitmq_run "$dir/broker-${2#*-}"
        rabbitmq_ready "$dir/broker-${2#*-}" 15672
        ;;
      postgres)
        postgres_run "$dir"
        postgres_ready "$dir" "$MILLRACE_TEST_DATABASE_URL"
        ;;
      *) die "unknown server '$2'" "use rabbitmq, postgres, or rabbitmq-1 to rabbitmq-3 of a cluster" ;;
    esac
  )
}

command_services() {
  local name=${2:-services} number=${3:-}
  case ${1:-} in
    start)
      install_packages
      if [[ $number == --cluster ]]; then instance_start "$name" "${4:-}" --cluster; else instance_start "$name" "$number"; fi
      say "addresses: eval \"\$(deploy/dev services env${2:+ $2})\""
      ;;
    stop)
      instance_stop "$name"
      say "$name: stopped"
      ;;
    env)
      instance_runs "$name" || die "$name: the servers are not running" "start them: deploy/dev services start${2:+ $2}"
      sed 's/^/export /' "$(instance_folder "$name")/env"
      ;;
    resume) instance_resume "$name" "${3:-}" ;;
    cut | join | lose | replace) cluster_command "$1" "$name" "$number" ;;
    control) rabbitmq_control "$(broker_folder "$name" "$number")" "${@:4}" ;;
    rabbitmqctl) rabbitmq_control "$(instance_folder "$name")" "${@:3}" ;;
    *) die "unknown services command '${1:-}'" "see deploy/dev help" ;;
  esac
}
