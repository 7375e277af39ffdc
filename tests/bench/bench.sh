#!/usr/bin/env bash
# Builds a benchmark and what it needs, quietly, and runs it: bench.sh NAME [ARGUMENTS...]
set -euo pipefail
source_directory=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
name=$1
shift
build=${CLOCKWORK_BUILD_DIRECTORY:-$source_directory/build}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
[[ -e $build/CMakeCache.txt ]] || (cd "$source_directory" && cmake --preset release -B "$build") >"$log" 2>&1 ||
  { cat "$log" >&2; exit 1; }
cmake --build "$build" --target "$name" programs >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
rm -f "$log"
exec "$build/tests/$name" "$@"
