# A private RabbitMQ: own data, own ports, own epmd, loopback only. It runs as the calling user.
# shellcheck shell=bash

# rabbitmq_memory: the high watermark above which the broker blocks publishers. Small, as several instances may run concurrently.
: "${rabbitmq_memory:=1GB}"
# rabbitmq_sampling_ms: the interval of statistics. The broker's default of 5000 would slow down tests that wait for an empty queue.
: "${rabbitmq_sampling_ms:=500}"

# rabbitmq_start DIR AMQP_PORT API_PORT METRICS_PORT DIST_PORT EPMD_PORT
rabbitmq_start() {
  local dir=$1 amqp=$2 api=$3 metrics=$4 dist=$5 epmd=$6
  mkdir -p "$dir/rabbitmq/plugins" "$dir/log"
  cat >"$dir/rabbitmq/rabbitmq.conf" <<CONF
listeners.tcp.default = 127.0.0.1:$amqp
management.tcp.ip = 127.0.0.1
management.tcp.port = $api
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = $metrics
log.file.level = warning
log.console = false
vm_memory_high_watermark.absolute = $rabbitmq_memory
collect_statistics_interval = $rabbitmq_sampling_ms
CONF
  cat >"$dir/rabbitmq/advanced.config" <<CONF
[{rabbit, [{quorum_tick_interval, $rabbitmq_sampling_ms}]},
 {rabbitmq_management, [{sample_retention_policies, [{global, [{60, 1}]}, {basic, [{60, 1}]}, {detailed, [{60, 1}]}]}]}].
CONF
  echo '[rabbitmq_management, rabbitmq_prometheus].' >"$dir/rabbitmq/enabled_plugins"
  echo "$dist $epmd" >"$dir/rabbitmq/erlang-ports"
  process_spawn "$dir/epmd.pid" "$dir/log/epmd.log" epmd -port "$epmd" -address 127.0.0.1
  rabbitmq_run "$dir"
}

# rabbitmq_run DIR: starts the broker on its existing data.
rabbitmq_run() {
  local dir=$1 dist epmd
  read -r dist epmd <"$dir/rabbitmq/erlang-ports"
  # HOME keeps the Erlang cookie private; CONF_ENV_FILE keeps the system's /etc/rabbitmq out; RUNNING_UNDER_SYSTEMD
  # makes the start script exec the Erlang machine, so that the recorded pid is the broker's own.
  process_spawn "$dir/rabbitmq.pid" "$dir/log/rabbitmq-start.log" env \
    HOME="$dir/rabbitmq" \
    ERL_EPMD_PORT="$epmd" ERL_EPMD_ADDRESS=127.0.0.1 \
    RUNNING_UNDER_SYSTEMD=true \
    RABBITMQ_NODENAME=millrace@localhost \
    RABBITMQ_CONF_ENV_FILE="$dir/rabbitmq/none" \
    RABBITMQ_CONFIG_FILE="$dir/rabbitmq/rabbitmq.conf" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$dir/rabbitmq/advanced.config" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$dir/rabbitmq/enabled_plugins" \
    RABBITMQ_PLUGINS_EXPAND_DIR="$dir/rabbitmq/plugins" \
    RABBITMQ_MNESIA_BASE="$dir/rabbitmq/mnesia" \
    RABBITMQ_LOG_BASE="$dir/log" \
    RABBITMQ_PID_FILE="$dir/rabbitmq/pid" \
    RABBITMQ_DIST_PORT="$dist" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +A 8" \
    /usr/lib/rabbitmq/bin/rabbitmq-server
}

# rabbitmq_control DIR ARGUMENTS...: rabbitmqctl for this broker.
rabbitmq_control() {
  local dir=$1 epmd
  shift
  read -r _ epmd <"$dir/rabbitmq/erlang-ports"
  HOME="$dir/rabbitmq" ERL_EPMD_PORT="$epmd" RABBITMQ_CONF_ENV_FILE="$dir/rabbitmq/none" \
    /usr/lib/rabbitmq/bin/rabbitmqctl --node millrace@localhost "$@"
}

# rabbitmq_ready DIR API_PORT: the API answers and the AMQP listener is open (a new node has all feature flags on).
rabbitmq_ready() {
  wait_for 120 RabbitMQ "$1/rabbitmq.pid" \
    curl -fsS -u guest:guest "http://127.0.0.1:$2/api/health/checks/protocol-listener/amqp" && return
  tail -n 20 "$1"/log/rabbitmq-start.log "$1"/log/millrace@localhost.log >&2 2>/dev/null || true
  return 1
}

rabbitmq_stop() {
  process_stop "$1/rabbitmq.pid" TERM 60
  process_stop "$1/epmd.pid" TERM
  rm -rf "$1/rabbitmq"
}
