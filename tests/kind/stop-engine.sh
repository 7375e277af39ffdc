#!/usr/bin/env bash
# Stops the Docker engine that start-engine.sh started; leaves any other alone.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[[ -s $state/engine.pid ]] || exit 0
engine=$(<"$state/engine.pid")
rm -f "$state/engine.pid"
# The number may be somebody else's by now.
[[ $(cat "/proc/$engine/comm" 2>/dev/null) == dockerd ]] || exit 0
kill "$engine"
for _ in $(seq 300); do
  kill -0 "$engine" 2>/dev/null || exit 0
  sleep 0.2
done
die "the Docker engine $engine does not end"
