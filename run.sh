#!/usr/bin/env bash
# Builds the programs, measures an experiment on this machine and draws its figures. See README.md.
set -euo pipefail
caller_dir=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=.ci/packages.sh
source .ci/packages.sh
# Every clone may use what the compiler cache has from another.
# shellcheck source=.ci/compiler_cache.sh
source .ci/compiler_cache.sh

small=manifests/samples/figure-11-small.yaml
full=manifests/samples/figure-11.yaml
programs=(worker_dummy controller client telemetry clockwork-experiment)

usage() {
  cat <<TXT
Usage: ./run.sh [--full | -f FILE] [-o DIR]
       ./run.sh --build

Measures Figure 11 on this machine: N emulated GPU workers against peak goodput. Missing Debian packages
are installed and the programs built first. An interrupted run is continued by the same command; a
finished one is kept aside, under the time of its end, and measured anew.

  (nothing)   a scaled-down Figure 11, about three minutes: $small
  --full      the paper's experiment, hours: $full
  -f FILE     any other experiment
  -o DIR      where the result goes; default results/<name of the experiment>
  --build     build the programs into build/bin and measure nothing
  -h, --help  this help
TXT
}

complain() {
  printf 'run.sh: %s (try ./run.sh --help)\n' "$1" >&2
  exit 2
}

# A path as the caller meant it, from the directory where run.sh was called.
from_caller() { [[ $1 == /* ]] && printf '%s\n' "$1" || printf '%s\n' "$caller_dir/$1"; }

file=$small
output=
only_build=
while (($#)); do
  case $1 in
    --full) file=$full ;;
    --build) only_build=1 ;;
    -f | -o)
      (($# > 1)) || complain "$1 needs a value"
      if [[ $1 == -f ]]; then file=$(from_caller "$2"); else output=$(from_caller "$2"); fi
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) complain "there is no option '$1'" ;;
  esac
  shift
done

build() {
  ensure_packages "${build_packages[@]}" "${plot_packages[@]}"
  # The tests need more packages: they are left out until test.sh puts them in.
  local without_tests=()
  [[ -e build/CMakeCache.txt ]] || without_tests=(-DCLOCKWORK_TESTS=OFF)
  cmake --preset release "${without_tests[@]}" --log-level=WARNING >/dev/null
  cmake --build --preset release --target "${programs[@]}"
}

# Moves a finished run out of the way of the next one.
keep_finished() {
  local result=$1/result.json ended
  grep -q -s '^  "complete": true' "$result" || return 0
  ended=$(date -u -r "$result" +%Y%m%dT%H%M%SZ)
  mv -- "$1" "$1.$ended"
  printf 'The finished run of before is now %s\n' "$1.$ended"
}

build
[[ -z $only_build ]] || exit 0
if [[ -z $output ]]; then
  # Says "FILE: NAME is valid: ...", or what is wrong with the file.
  description=$(build/bin/clockwork-experiment validate -f "$file")
  [[ $description =~ :\ ([^ :]+)\ is\ valid: ]] || complain "cannot tell the experiment's name"
  output=results/${BASH_REMATCH[1]}
fi
output=${output%/}
keep_finished "$output"
exec build/bin/clockwork-experiment run -f "$file" -o "$output"
