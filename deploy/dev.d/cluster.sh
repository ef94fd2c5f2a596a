# Instances with a cluster of three RabbitMQ brokers. Each broker has a network namespace of its own, joined by a bridge, so
# that one can be cut off. PostgreSQL and the nodes of Millrace stay outside.
# shellcheck shell=bash

cluster_brokers=(1 2 3)
cluster_password=guest # reachable from this machine only

broker_folder() { echo "$(instance_folder "$1")/broker-$2"; }

# cluster_address FOLDER NUMBER; number 1 of the last part is the bridge.
cluster_address() { echo "10.213.$(<"$1/network").$((10 + $2))"; }
cluster_bridge() { echo "mrbridge$(<"$1/network")"; }

# cluster_network DIR: takes a free subnet and makes its bridge.
cluster_network() {
  local dir=$1 number
  for number in {1..99}; do
    ip link add "mrbridge$number" type bridge 2>"$dir/log/network.log" || continue
    echo "$number" >"$dir/network"
    ip address add "10.213.$number.1/24" dev "mrbridge$number"
    ip link set "mrbridge$number" up
    return
  done
  cat "$dir/log/network.log" >&2
  die "no bridge can be made" "a cluster needs root, or the capability CAP_NET_ADMIN, for its network namespaces"
}

# cluster_attach DIR NUMBER: the namespace of a broker and its cable to the bridge.
cluster_attach() {
  local bridge space cable
  bridge=$(cluster_bridge "$1")
  space="$bridge-$2" cable="mr$(<"$1/network")c$2"
  ip netns add "$space"
  ip link add "$cable" type veth peer name eth0 netns "$space"
  ip link set "$cable" master "$bridge" up
  ip -n "$space" link set lo up
  ip -n "$space" address add "$(cluster_address "$1" "$2")/24" dev eth0
  ip -n "$space" link set eth0 up
}

# cluster_cable DIR NUMBER 0|3: port states of the bridge: 0 drops every frame, 3 forwards.
cluster_cable() { bridge link set dev "mr$(<"$1/network")c$2" state "$3"; }

cluster_configure() {
  local dir=$1 number=$2 broker="$1/broker-$2" each
  rabbitmq_configure "$broker" 5672 15672 15692 25672 4369 "$(cluster_address "$dir" "$number")" "$(cluster_bridge "$dir")-$number"
  {
    echo 'loopback_users = none'
    echo 'cluster_partition_handling = pause_minority'
    echo 'cluster_formation.peer_discovery_backend = classic_config'
    for each in "${cluster_brokers[@]}"; do
      echo "cluster_formation.classic_config.nodes.$each = millrace@$(cluster_address "$dir" "$each")"
    done
  } >>"$broker/rabbitmq/rabbitmq.conf"
  install -m 400 "$dir/cookie" "$broker/rabbitmq/.erlang.cookie"
}

# cluster_start NAME: three brokers. The first forms the cluster, the others join it.
cluster_start() {
  local dir number
  dir=$(instance_folder "$1")
  cluster_network "$dir"
  (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/cookie")
  for number in "${cluster_brokers[@]}"; do
    cluster_attach "$dir" "$number"
    cluster_configure "$dir" "$number"
  done
  for number in "${cluster_brokers[@]}"; do
    rabbitmq_run "$dir/broker-$number"
    rabbitmq_ready "$dir/broker-$number" 15672 || return
  done
  cluster_complete "$dir"
}

cluster_running() {
  curl -fsS -u "guest:$cluster_password" "http://$(cluster_address "$1" 1):15672/api/nodes" |
    /usr/bin/python3 -c 'import json, sys; sys.exit(sum(n["running"] for n in json.load(sys.stdin)) != 3)'
}
cluster_complete() { wait_for 60 "the cluster" "$1/broker-1/rabbitmq.pid" cluster_running "$1"; }

# cluster_env DIR: the addresses of all brokers, separated by commas.
cluster_env() {
  local number urls=() api
  for number in "${cluster_brokers[@]}"; do
    urls+=("amqp://guest:$cluster_password@$(cluster_address "$1" "$number"):5672/")
  done
  api="http://guest:$cluster_password@$(cluster_address "$1" 1):15672"
  printf "MILLRACE_AMQP_URL='%s'\nMILLRACE_TEST_AMQP_URL='%s'\nMILLRACE_TEST_RABBIT_API='%s'\n" \
    "$(IFS=, && echo "${urls[*]}")" "$(IFS=, && echo "${urls[*]}")" "$api"
}

# cluster_lose DIR NUMBER: kills a broker and removes its disk. cluster_replace: a new, empty broker takes its place.
cluster_lose() {
  process_stop "$1/broker-$2/rabbitmq.pid" KILL
  rm -rf "$1/broker-$2/rabbitmq/mnesia"
}
cluster_replace() {
  local dir=$1 lost=$2 other=$(($2 % 3 + 1)) node
  node="millrace@$(cluster_address "$dir" "$lost")"
  rabbitmq_control "$dir/broker-$other" forget_cluster_node "$node"
  rabbitmq_run "$dir/broker-$lost"
  rabbitmq_ready "$dir/broker-$lost" 15672
  rabbitmq_control "$dir/broker-$other" --tool rabbitmq-queues grow "$node" all
}

cluster_stop() {
  local dir=$1 number
  for number in "${cluster_brokers[@]}"; do
    rabbitmq_stop "$dir/broker-$number"
  done
  [[ -s $dir/network ]] || return 0
  for number in "${cluster_brokers[@]}"; do
    # First, because the kernel removes the cables of a deleted namespace some time later, and their names are used again.
    ip link delete "mr$(<"$dir/network")c$number" 2>/dev/null || true
    ip netns delete "$(cluster_bridge "$dir")-$number" 2>/dev/null || true
  done
  ip link delete "$(cluster_bridge "$dir")" 2>/dev/null || true
  rm -f "$dir/network" "$dir/cookie"
}

# cluster_command VERB NAME NUMBER
cluster_command() {
  local dir
  dir=$(instance_folder "$2")
  [[ -s $dir/network && ${3:-} =~ ^[123]$ ]] || die "'$1' needs an instance with a cluster and a broker, 1 to 3" \
    "deploy/dev services start NAME --cluster"
  case $1 in
    cut) cluster_cable "$dir" "$3" 0 ;;
    join) cluster_cable "$dir" "$3" 3 ;;
    lose) cluster_lose "$dir" "$3" ;;
    replace) cluster_replace "$dir" "$3" ;;
  esac
}
