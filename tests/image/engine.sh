#!/bin/sh
# A Docker engine of the tests' own, under FOLDER: nothing of a system's engine, its images or the machine's firewall is touched.
#   engine.sh start FOLDER [DATA]    DATA: where images are kept, FOLDER/data unless given
#   engine.sh stop FOLDER
set -eu
case "$1" in
  start)
    mkdir -p "$2"
    dockerd --iptables=false --ip6tables=false --bridge=none --ip-forward=false --data-root "${3:-$2/data}" --exec-root "$2/exec" --pidfile "$2/pid" \
      --host "unix://$2/socket" >"$2/log" 2>&1 &
    for _ in $(seq 300); do
      /usr/bin/docker --host "unix://$2/socket" version >/dev/null 2>&1 && exit 0
      kill -0 $! 2>/dev/null || break
      sleep 0.1
    done
    echo "the engine did not start:" >&2
    tail -5 "$2/log" >&2
    exit 1
    ;;
  stop)
    pid=$(cat "$2/pid" 2>/dev/null || true)
    if [ -n "$pid" ] && kill "$pid" 2>/dev/null; then
      for _ in $(seq 300); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
      kill -9 "$pid" 2>/dev/null || true
    fi
    # The namespace of containers on the machine's own network stays mounted when the engine ends, and FOLDER could not be removed.
    awk -v folder="$2/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n 1 umount
    ;;
esac
