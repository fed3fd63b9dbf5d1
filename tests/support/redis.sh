#!/bin/sh
# A private Redis for tests: redis.sh start|stop|url DIR. Nothing is written to disk but its log.
set -eu
command=${1:?start, stop or url} dir=${2:?a folder}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
answers() { [ -f "$dir/port" ] && [ "$(redis-cli -p "$(cat "$dir/port")" ping 2>/dev/null)" = PONG ]; }

start() {
  if answers; then return; fi
  mkdir -p "$dir"
  for _ in 1 2 3 4 5; do
    free_port >"$dir/port"
    redis-server --port "$(cat "$dir/port")" --bind 127.0.0.1 --save '' --appendonly no --dir "$dir" --logfile "$dir/server.log" --daemonize yes >/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      if answers; then return; fi
      sleep 0.1
    done
  done
  echo "redis.sh: the server in $dir does not start, see $dir/server.log" >&2
  exit 1
}

case $command in
  start) start ;;
  stop) if answers; then redis-cli -p "$(cat "$dir/port")" shutdown nosave >/dev/null 2>&1 || true; fi ;;
  url) echo "redis://127.0.0.1:$(cat "$dir/port")" ;;
  *) echo "usage: redis.sh start|stop|url DIR" >&2; exit 2 ;;
esac
