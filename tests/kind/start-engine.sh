#!/usr/bin/env bash
# Makes sure that a Docker engine answers: the one that is there, else Debian's, started here. Ends with one
# line and code 1 where that is impossible.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

docker info >/dev/null 2>&1 && exit 0
cannot="NO CLUSTER OF PODS ON THIS MACHINE: no Docker engine answers, and"
remedy="start Docker, or leave these tests out with ./test.sh --without kind"
((EUID == 0)) || die "$cannot only root can start one; $remedy"
command -v dockerd >/dev/null || command -v apt-get >/dev/null || die "$cannot there is none to start; $remedy"
(ensure_packages "${kind_packages[@]}") || die "$cannot its packages (${kind_packages[*]}) are missing; $remedy"

sysctl -qw fs.inotify.max_user_instances=1024 2>/dev/null || say "fs.inotify.max_user_instances stays low"
# A killed engine leaves the numbers of its processes, which others may have by now.
if ! pgrep -x -r R,S,D dockerd >/dev/null; then
  rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
fi
wrapper=()
if ! capsh --print 2>/dev/null | grep -q '^Bounding.*cap_sys_resource'; then
  # The engine may outlive this tree.
  install "$kind_dir/runtime.sh" "$state/runtime.sh"
  wrapper=(--add-runtime "wrapped=$state/runtime.sh" --default-runtime wrapped)
fi
log=$state/engine.log
setsid nohup dockerd "${wrapper[@]}" --log-level warn >"$log" 2>&1 </dev/null 9>&- & # not the lock
engine=$!
printf '%s\n' "$engine" >"$state/engine.pid"
for _ in $(seq 600); do
  docker info >/dev/null 2>&1 && exit 0
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.3
done
tail -n 20 "$log" >&2
"$kind_dir/stop-engine.sh" || true
die "$cannot the one started here did not come up (its last words are above); $remedy"
