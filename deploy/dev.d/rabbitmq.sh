# A private RabbitMQ: own data, own ports, own epmd, on loopback or in a network namespace. It runs as the calling user.
# shellcheck shell=bash

# rabbitmq_memory: the high watermark above which the broker blocks publishers. Small, as several instances may run concurrently.
: "${rabbitmq_memory:=1GB}"
# rabbitmq_sampling_ms: the interval of statistics. The broker's default of 5000 would slow down tests that wait for an empty queue.
: "${rabbitmq_sampling_ms:=500}"
# rabbitmq_ticktime_s: after about this long without an answer, brokers of a cluster consider each other down.
: "${rabbitmq_ticktime_s:=10}"

# rabbitmq_start DIR AMQP_PORT API_PORT METRICS_PORT DIST_PORT EPMD_PORT
rabbitmq_start() {
  rabbitmq_configure "$@" 127.0.0.1
  rabbitmq_run "$1"
}

# rabbitmq_configure DIR AMQP_PORT API_PORT METRICS_PORT DIST_PORT EPMD_PORT ADDRESS [NAMESPACE]
rabbitmq_configure() {
  local dir=$1 amqp=$2 api=$3 metrics=$4 dist=$5 epmd=$6 address=$7 namespace=${8:-}
  mkdir -p "$dir/rabbitmq/plugins" "$dir/log"
  cat >"$dir/rabbitmq/rabbitmq.conf" <<CONF
listeners.tcp.default = $address:$amqp
management.tcp.ip = $address
management.tcp.port = $api
prometheus.tcp.ip = $address
prometheus.tcp.port = $metrics
log.file.level = warning
log.console = false
vm_memory_high_watermark.absolute = $rabbitmq_memory
collect_statistics_interval = $rabbitmq_sampling_ms
CONF
  cat >"$dir/rabbitmq/advanced.config" <<CONF
[{kernel, [{net_ticktime, $rabbitmq_ticktime_s}]},
 {rabbit, [{quorum_tick_interval, $rabbitmq_sampling_ms}]},
 {rabbitmq_management, [{sample_retention_policies, [{global, [{60, 1}]}, {basic, [{60, 1}]}, {detailed, [{60, 1}]}]}]}].
CONF
  echo '[rabbitmq_management, rabbitmq_prometheus].' >"$dir/rabbitmq/enabled_plugins"
  echo "$dist $epmd $address $namespace" >"$dir/rabbitmq/addresses"
}

# The Erlang node's name for an address. Addresses of a cluster need long names.
rabbitmq_node() { if [[ $1 == 127.0.0.1 ]]; then echo millrace@localhost; else echo "millrace@$1"; fi; }
rabbitmq_long_name() { if [[ $1 == 127.0.0.1 ]]; then echo false; else echo true; fi; }

# rabbitmq_run DIR: starts the broker on its existing data.
rabbitmq_run() {
  local dir=$1 dist epmd address namespace inside=()
  read -r dist epmd address namespace <"$dir/rabbitmq/addresses"
  [[ -z $namespace ]] || inside=(ip netns exec "$namespace")
  process_alive "$dir/epmd.pid" ||
    process_spawn "$dir/epmd.pid" "$dir/log/epmd.log" "${inside[@]}" epmd -port "$epmd" -address "$address"
  # HOME keeps the Erlang cookie private; CONF_ENV_FILE keeps the system's /etc/rabbitmq out; RUNNING_UNDER_SYSTEMD
  # makes the start script exec the Erlang machine, so that the recorded pid is the broker's own.
  process_spawn "$dir/rabbitmq.pid" "$dir/log/rabbitmq-start.log" "${inside[@]}" env \
    HOME="$dir/rabbitmq" \
    ERL_EPMD_PORT="$epmd" ERL_EPMD_ADDRESS="$address" \
    RUNNING_UNDER_SYSTEMD=true \
    RABBITMQ_NODENAME="$(rabbitmq_node "$address")" \
    RABBITMQ_USE_LONGNAME="$(rabbitmq_long_name "$address")" \
    RABBITMQ_CONF_ENV_FILE="$dir/rabbitmq/none" \
    RABBITMQ_CONFIG_FILE="$dir/rabbitmq/rabbitmq.conf" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$dir/rabbitmq/advanced.config" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$dir/rabbitmq/enabled_plugins" \
    RABBITMQ_PLUGINS_EXPAND_DIR="$dir/rabbitmq/plugins" \
    RABBITMQ_MNESIA_BASE="$dir/rabbitmq/mnesia" \
    RABBITMQ_LOG_BASE="$dir/log" \
    RABBITMQ_PID_FILE="$dir/rabbitmq/pid" \
    ERL_CRASH_DUMP="$dir/log/erl_crash.dump" \
    RABBITMQ_DIST_PORT="$dist" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-start_epmd false -kernel inet_dist_use_interface {${address//./,}} +S 2:2 +A 8" \
    /usr/lib/rabbitmq/bin/rabbitmq-server
}

# rabbitmq_control DIR [--tool TOOL] ARGUMENTS...: rabbitmqctl, or another tool of RabbitMQ, for this broker.
rabbitmq_control() {
  local dir=$1 tool=rabbitmqctl epmd address namespace inside=() names=()
  shift
  if [[ ${1:-} == --tool ]]; then tool=$2 && shift 2; fi
  read -r _ epmd address namespace <"$dir/rabbitmq/addresses"
  [[ -z $namespace ]] || inside=(ip netns exec "$namespace")
  [[ $(rabbitmq_long_name "$address") == false ]] || names=(--longnames)
  "${inside[@]}" env HOME="$dir/rabbitmq" ERL_EPMD_PORT="$epmd" RABBITMQ_CONF_ENV_FILE="$dir/rabbitmq/none" \
    "/usr/lib/rabbitmq/bin/$tool" --node "$(rabbitmq_node "$address")" "${names[@]}" "$@"
}

# rabbitmq_ready DIR API_PORT: the API answers and the AMQP listener is open (a new node has all feature flags on).
rabbitmq_ready() {
  local address
  read -r _ _ address _ <"$1/rabbitmq/addresses"
  wait_for 120 RabbitMQ "$1/rabbitmq.pid" \
    curl -fsS -u guest:guest "http://$address:$2/api/health/checks/protocol-listener/amqp" && return
  tail -n 20 "$1"/log/rabbitmq-start.log "$1"/log/millrace@*.log >&2 2>/dev/null || true
  return 1
}

rabbitmq_stop() {
  process_stop "$1/rabbitmq.pid" TERM 60
  process_stop "$1/epmd.pid" TERM
  rm -rf "$1/rabbitmq"
}
