# Pictures of the dashboards for the documentation: two nodes under load with injected faults, scraped by a real Prometheus.
# shellcheck shell=bash

pictures_end() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  step "stopping"
  instance_stop pictures
  rm -rf "$(instance_folder pictures)/prometheus"
  exit "$status"
}

# pictures_node DIR NAME: a second node with the settings of the first but its own name and addresses.
pictures_node() {
  local dir=$1 name=$2
  process_spawn "$dir/$name.pid" "$dir/log/$name.log" "$pictures_program" --config "$dir/$name.yaml" serve
  wait_for 60 "$name" "$dir/$name.pid" curl -fsS "http://127.0.0.1:$pictures_metrics/readyz" ||
    die "$name is not ready" "see $dir/log/$name.log"
}

pictures_second_node() { # pictures_second_node DIR
  local api
  read -r pictures_metrics api <<<"$(free_ports 2)"
  sed -e 's/^node: .*/node: node-2/' -e "s|^state_dir: .*|state_dir: $1/state-2|" \
    -e "s/127.0.0.1:$up_metrics/127.0.0.1:$pictures_metrics/" -e "s/127.0.0.1:$up_api/127.0.0.1:$api/" \
    "$1/millrace.yaml" >"$1/node-2.yaml"
  pictures_node "$1" node-2
}

# pictures_prometheus DIR PORT: the shipped configuration with this run's addresses, and names instead of the nodes' addresses.
pictures_prometheus() {
  local first="- {targets: ['127.0.0.1:$up_metrics'], labels: {instance: node-1}}"
  local second="- {targets: ['127.0.0.1:$pictures_metrics'], labels: {instance: node-2}}"
  sed -e "s|- targets: \[127.0.0.1:9464\].*|$first\n      $second|" \
    -e "s/127.0.0.1:15692/$MILLRACE_TEST_RABBIT_METRICS/" -e 's/_interval: 15s/_interval: 2s/' \
    "$root/monitoring/prometheus/prometheus.yml" >"$1/prometheus.yml"
  process_spawn "$1/prometheus.pid" "$1/log/prometheus.log" prometheus --config.file="$1/prometheus.yml" \
    --storage.tsdb.path="$1/prometheus" --web.listen-address="127.0.0.1:$2" --log.level=warn
  wait_for 30 Prometheus "$1/prometheus.pid" curl -fsS "http://127.0.0.1:$2/-/ready" ||
    die "Prometheus is not ready" "see $1/log/prometheus.log"
}

# pictures_until FRACTION LOAD_PIDFILE: waits until that percentage of the load's duration has passed.
pictures_until() {
  local at=$((pictures_began + pictures_seconds * $1 / 100))
  while ((SECONDS < at)) && process_alive "$2"; do sleep 0.2; done
}

# pictures_faults DIR: the faults that the pictures show.
pictures_faults() {
  local dir=$1 queue=("$pictures_program" --config "$1/millrace.yaml" queue)
  pictures_until 28 "$dir/load.pid"
  say "        the webhook queue is paused"
  "${queue[@]}" pause webhook --why 'the receiver is being moved' >&2
  pictures_until 45 "$dir/load.pid"
  say "        and resumed"
  "${queue[@]}" resume webhook --why 'the receiver has moved' >&2
  pictures_until 62 "$dir/load.pid"
  say "        node-2 is killed"
  process_stop "$dir/node-2.pid" KILL
  pictures_until 75 "$dir/load.pid"
  say "        and started again"
  pictures_node "$dir" node-2
  pictures_until 100 "$dir/load.pid"
}

# command_pictures [SECONDS]: the duration of the load, six minutes by default.
command_pictures() {
  local dir prometheus
  pictures_seconds=${1:-360}
  [[ $pictures_seconds =~ ^[1-9][0-9]{1,3}$ ]] || die "'$1' is no duration" "pictures takes the duration of the load in seconds, 10 to 9999"
  install_packages packages packages.pictures
  pictures_program=$root/.build/release/runtime/millrace
  build_preset release millrace || die "the build failed" "see the first error above"
  dir=$(instance_folder pictures)
  trap pictures_end EXIT
  trap 'exit 130' INT TERM HUP
  instance_start pictures $$
  instance_export pictures
  up_start "$dir" "$pictures_program"
  pictures_second_node "$dir"
  read -r prometheus <<<"$(free_ports 1)"
  pictures_prometheus "$dir" "$prometheus"
  step "$pictures_seconds seconds of load"
  pictures_began=$SECONDS
  AMQP_URL=$MILLRACE_AMQP_URL WEBHOOK_URL=$up_webhook_url process_spawn "$dir/load.pid" "$dir/log/load.log" \
    /usr/bin/python3 "$root/deploy/dev.d/pictures_load.py" "$pictures_seconds"
  pictures_faults "$dir"
  step "drawing"
  /usr/bin/python3 "$root/monitoring/grafana/draw.py" --prometheus "http://127.0.0.1:$prometheus" \
    --seconds "$pictures_seconds" --into "$root/docs/images" overview queues
}
