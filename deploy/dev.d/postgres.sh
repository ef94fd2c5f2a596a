# A private PostgreSQL: own data, own port, loopback only, a random password. fsync stays on: tests kill the server.
# shellcheck shell=bash

postgres_bin() { find /usr/lib/postgresql/*/bin -maxdepth 0 | sort -V | tail -n 1; }

# PostgreSQL refuses to run as root; root starts it as the package's postgres user.
postgres_run_as() {
  if ((EUID == 0)); then
    echo setpriv --reuid=postgres --regid=postgres --init-groups --
  fi
}

# postgres_data_folder DIR: below .dev if the server's user can write there, otherwise in /tmp (for example for a checkout below /root).
postgres_data_folder() {
  local dir=$1 data="$1/postgres"
  if ((EUID != 0)); then
    mkdir -p "$data"
  else
    install -d -o postgres -g postgres -m 700 "$data"
    if ! setpriv --reuid=postgres --regid=postgres --init-groups -- test -w "$data"; then
      rmdir "$data"
      data=$(mktemp -d /tmp/millrace-postgres.XXXXXX)
      chown postgres:postgres "$data"
    fi
  fi
  echo "$data" >"$dir/postgres.folder"
}

# postgres_start DIR PORT PASSWORD. TCP only, with a password, because a superuser can run programs.
postgres_start() {
  local dir=$1 port=$2 password=$3 data bin as
  bin=$(postgres_bin)
  read -ra as <<<"$(postgres_run_as)"
  postgres_data_folder "$dir"
  data=$(<"$dir/postgres.folder")
  mkdir -p "$dir/log"
  # The password is passed in a file, never in a process list. No sync: the empty cluster holds no data yet.
  "${as[@]}" install -m 600 /dev/null "$data/password"
  echo "$password" >"$data/password"
  pushd / >/dev/null || return # a folder that the server's user may enter
  "${as[@]}" "$bin/initdb" --pgdata "$data/data" --username millrace --auth scram-sha-256 \
    --pwfile "$data/password" --encoding UTF8 --locale C.UTF-8 --no-sync >"$dir/log/initdb.log" 2>&1 ||
    { tail -n 20 "$dir/log/initdb.log" >&2; die "initdb failed" "see $dir/log/initdb.log"; }
  "${as[@]}" rm -f "$data/password"
  popd >/dev/null || return
  echo "$port" >"$dir/postgres.port"
  postgres_run "$dir"
}

# postgres_run DIR: starts the server on its existing data.
postgres_run() {
  local dir=$1 data as port
  read -ra as <<<"$(postgres_run_as)"
  data=$(<"$dir/postgres.folder")
  port=$(<"$dir/postgres.port")
  pushd / >/dev/null || return
  process_spawn "$dir/postgres.pid" "$dir/log/postgres.log" "${as[@]}" "$(postgres_bin)/postgres" -D "$data/data" \
    -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories= \
    -c max_connections=200 -c shared_buffers=128MB -c log_statement=none -c log_min_messages=warning
  popd >/dev/null || return
}

# postgres_ready DIR URL
postgres_ready() {
  wait_for 60 PostgreSQL "$1/postgres.pid" psql -qAtX -c 'select 1' "$2" && return
  tail -n 20 "$1/log/postgres.log" >&2 || true
  return 1
}

# INT is PostgreSQL's fast shutdown: it disconnects clients and writes a checkpoint.
postgres_stop() {
  local dir=$1
  process_stop "$dir/postgres.pid" INT 60
  [[ ! -s $dir/postgres.folder ]] || rm -rf -- "$(<"$dir/postgres.folder")"
  rm -f "$dir/postgres.folder"
}
