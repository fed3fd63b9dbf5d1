#!/bin/sh
# A private Postgres cluster for tests: postgres.sh start|stop|url DIR. Port and data live under DIR; nothing outside of it is touched.
set -eu
command=${1:?start, stop or url} dir=${2:?a folder}
bin=${LECTR_POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)}

# Postgres refuses to run as root.
as_owner() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
running() { [ -f "$dir/port" ] && as_owner "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; }

start() {
  if running; then return; fi
  mkdir -p "$dir"
  if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
  if [ ! -f "$dir/data/PG_VERSION" ]; then
    as_owner "$bin/initdb" -D "$dir/data" -U lectr --auth=trust --encoding=UTF8 --locale=C >"$dir/initdb.log" 2>&1
  fi
  # The port was free a moment ago only, so another one is tried when it is taken. A cluster that ran before keeps its port.
  for _ in 1 2 3 4 5; do
    [ -f "$dir/port" ] || free_port >"$dir/port"
    if as_owner "$bin/pg_ctl" -D "$dir/data" -w -t 30 -l "$dir/data/server.log" \
        -o "-p $(cat "$dir/port") -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100" start >/dev/null 2>&1; then return; fi
    rm -f "$dir/port"
  done
  echo "postgres.sh: the cluster in $dir does not start, see $dir/data/server.log" >&2
  exit 1
}

case $command in
  start) start ;;
  stop) if running; then as_owner "$bin/pg_ctl" -D "$dir/data" -w -m "${3:-fast}" stop >/dev/null; fi ;;
  url) echo "postgres://lectr@127.0.0.1:$(cat "$dir/port")/postgres" ;;
  *) echo "usage: postgres.sh start|stop|url DIR" >&2; exit 2 ;;
esac
