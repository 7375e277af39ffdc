#!/usr/bin/env bash
# Builds and runs the tests, all of them or the named parts. See docs/testing.md.
set -uo pipefail
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$source_dir" || exit 1
# shellcheck source=.ci/packages.sh
source .ci/packages.sh
# shellcheck source=.ci/compiler_cache.sh
source .ci/compiler_cache.sh

# Every part: name, build preset, ctest label, targets to build, what it is.
# While the tests of one run, the next is built: apiserver waits longest, and threads has most to build, that of races included.
parts=(
  "lint|release|lint|programs|format, layers, sizes, words, scripts, documentation against --help, clang-tidy"
  "unit|asan|unit|tests_unit|one library at a time, under address and undefined-behaviour sanitizers"
  "sim|asan|sim|tests_sim|the cores together on a simulated clock, under the same sanitizers"
  "fuzz|asan|fuzz|tests_fuzz|decoders fed with recorded and damaged input, under the same sanitizers"
  "integration|release|integration|programs tests_integration|real processes on this machine"
  "chart|release|chart|tests_chart|the Helm chart: linted, equal to manifests/, every value explained, used and checked"
  "apiserver|release|apiserver|programs tests_apiserver|manifests and operator against a real etcd and kube-apiserver"
  "threads|tsan|unit|base_test kube_threads_test kube_transport_test telemetry_test telemetry_commands_test programs race_canary|what may be called from several threads, under the thread sanitizer"
  "races|release|races|programs tests_races|those of integration again, and an experiment on a real API server, with programs under the thread sanitizer"
  "faults|release|faults|programs tests_faults|bad input and faults again, with sanitized programs"
  "kind|release|kind|programs tests_kind|the product on a cluster of kind: real pods, and faults of nodes, operator and API server"
  "bench|release|bench_smoke|tests_bench_smoke|every benchmark once, with tiny input"
)
# Of the parts that look at the programs of another build: its preset and what is built with it.
declare -A others_programs=([faults]="asan programs" [races]="tsan programs race_canary")
# Of the parts that run a selection of their label: the regular expression of test names.
declare -A selection=(
  [faults]='/(BadInput|Faults|Garbage|Shutdown|Api(Faults|Outage|Tls|Token)\.|CacheSync\.|Experiment\.|OperatorProgram\.|Permissions|TwoReplicas\.)'
  [threads]='^(Clock|EventRecorderTest|HealthServer|HealthServerTest|Kube(Stream|Tls|Transport)|LeaseElection|Log|LogFileTest|ReflectorTest|WorkQueue|WriteBehindTest)\.|^TrialTablesTest\.(AWindow|AreTheSameForAnyNumber|AreTheSameForRows|Damage|Latencies)'
)

# Of the parts whose tests wait for something else most of the time: how many run beside each other, instead of one
# for each processor.
declare -A jobs=([kind]=5 [integration]=4 [apiserver]=3 [faults]=3 [races]=3)
# The part that as a whole runs beside the others. It takes longest and mostly waits, so what is built while it runs
# gives way to what it builds and asks in this session. (Nodes and pods are in sessions of their own.)
beside=kind
gently=()

usage() {
  cat <<TXT
Usage: ./test.sh [--without PART]... [PART...]
       ./test.sh --list | --help

Builds what the parts need and runs them; without a PART, all of them. Missing Debian packages are
installed first. Ends with "N passed, N failed" and a non-zero code when something failed.

--without PART leaves a part out, and so does CLOCKWORK_WITHOUT=PART in the environment (several
between blanks). The part kind needs a Docker engine, or to be root on Debian to start one.
TXT
}

list() {
  local part name preset label targets what
  for part in "${parts[@]}"; do
    IFS='|' read -r name preset label targets what <<<"$part"
    printf '%-12s %s\n' "$name" "$what"
  done
}

passed=0
failed=0
failures=()
declare -A configured
# The processes that run tests, and a file that is there while the cluster is ours: an interrupted run takes
# them along.
groups=()
ahead= # the process that builds the next part
cluster_mark=${TMPDIR:-/tmp}/clockwork-cluster-of-tests.$$

# The numbers of a process and all that it has started.
tree() {
  local child children
  printf '%d\n' "$1"
  read -r -d '' -a children < <(cat "/proc/$1/task/"*/children 2>/dev/null)
  for child in "${children[@]}"; do tree "$child"; done
}

end_all() {
  local group all
  for group in "${groups[@]}"; do
    mapfile -t all < <(tree "$group") # tests are in groups of their own
    kill "${all[@]}" 2>/dev/null
    wait "$group"
  done
  [[ ! -e $cluster_mark ]] || { rm -f "$cluster_mark" && tests/kind/alone tests/kind/down; }
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Configures the preset's build directory, once per run of this script.
configure() {
  local preset=$1
  [[ -n ${configured[$preset]:-} ]] && return
  # run.sh leaves the tests out of a build directory that it is the first to configure.
  cmake --preset "$preset" -DCLOCKWORK_TESTS=ON --log-level=WARNING >/dev/null || return 1
  configured[$preset]=1
}

build() {
  local preset=$1
  shift
  configure "$preset" && "${gently[@]}" "${wrapper[@]}" cmake --build --preset "$preset" --target "$@"
}

# Builds all that the described part needs.
build_needs() {
  # shellcheck disable=SC2086 # lists of target names
  build "$preset" $targets && { [[ -z ${others_programs[$name]:-} ]] || build ${others_programs[$name]}; }
}

# The first value of an attribute in a report, which is that of its <testsuite>.
count() { grep -o -m 1 "\b$2=\"[0-9]*\"" "$1" | tr -dc '0-9'; }

could_not_run() {
  failed=$((failed + 1))
  failures+=("$1: $2")
  printf '%s: %s\n' "$1" "$2"
}

# Sets what the functions below need to know of a part: `name` and so on, and where its files are.
describe_part() {
  IFS='|' read -r name preset label targets what <<<"$1"
  directory=build
  [[ $preset == release ]] || directory=build/$preset
  report=$source_dir/$directory/report-$name.xml
  output=$source_dir/$directory/output-$name.txt
  # The thread sanitizer does not find its place where the kernel randomises addresses widely.
  wrapper=()
  if [[ $preset == tsan || ${others_programs[$name]:-} == tsan* ]] && setarch -R true 2>/dev/null; then wrapper=(setarch -R); fi
}

build_part() {
  local start=$SECONDS
  printf '\n== %s\n' "$name"
  [[ -z $ahead ]] || end_tests "$ahead"
  ahead=
  # The images are made of the same programs, and compile what is not there by then.
  [[ $name != kind ]] ||
    (share_compilations "${XDG_CACHE_HOME:-$HOME/.cache}/clockwork-tests/images-ccache" && build "$preset" programs)
  if ! build_needs; then
    could_not_run "$name" "could not be built"
    return 1
  fi
  printf '== %s: built in %d s\n' "$name" $((SECONDS - start))
  rm -f "$report" "$output" "$output.seconds"
}

# Runs the tests of the directory that have the part's label; all they say goes to $output, too.
run_tests() {
  local alone=()
  [[ $name != kind ]] || alone=(tests/kind/alone --mark "$cluster_mark")
  "${alone[@]}" "${wrapper[@]}" ctest --test-dir "$1" -L "^$label\$" ${selection[$name]:+-R "${selection[$name]}"} \
    --no-tests=error --output-on-failure -j "${jobs[$name]:-$(nproc)}" --output-junit "$report" 2>&1 | tee "$output" |
    grep --line-buffered -v -E '^(Internal ctest|Test project|Label Time|[a-z_]+ +=  |Total Test time| *$)|(Start +[0-9]+:)|( +Passed +)'
}

# Starts the tests of a part in a process group of their own, the last of $groups.
begin_tests() {
  set -m
  (
    run_tests "$1"
    printf '%d\n' "$SECONDS" >"$output.seconds"
  ) </dev/null &
  set +m
  groups+=("$!")
}

# Builds a part while the tests of the one before it run, which wait most of the time: on a new machine, where nothing
# has been compiled, that takes longest. What goes wrong is told when the part's turn comes. Begins once those tests have,
# as ctest must have read what a build in the same directory may write anew.
build_ahead() { # PART TESTS OUTPUT
  local name preset label targets what directory report output wrapper gently=(nice -n 19)
  [[ -n $1 ]] || return
  describe_part "$1"
  set -m
  {
    until grep -q -s '^ *Start' "$3"; do
      kill -0 "$2" || break
      sleep 0.2
    done
    build_needs
  } </dev/null >/dev/null 2>&1 &
  set +m
  ahead=$!
  groups+=("$ahead")
}

# Waits for a group of tests.
end_tests() {
  local each left=()
  wait "$1"
  for each in "${groups[@]}"; do [[ $each == "$1" ]] || left+=("$each"); done
  groups=("${left[@]}")
}

judge_part() {
  local seconds=$1 tests part_failed skipped blocked
  if [[ ! -s $report ]]; then
    could_not_run "$name" "has no tests"
    return
  fi
  tests=$(count "$report" tests)
  # What could not run because what it needs had failed counts as skipped in the report, and as failed here.
  blocked=$(grep -c 'message="Fixture dependency failed"' "$report")
  part_failed=$(($(count "$report" failures) + blocked))
  skipped=$(($(count "$report" skipped) + $(count "$report" disabled) - blocked))
  passed=$((passed + tests - part_failed - skipped))
  failed=$((failed + part_failed))
  ((part_failed == 0)) || failures+=("$name: $part_failed of $tests; details in ${output#"$source_dir"/}")
  if ((skipped)); then
    printf '!! %s: %d SKIPPED, and so not counted:\n' "$name" "$skipped"
    sed -n 's/^.*Test *#[0-9]*: \([^ ]*\) .*\*\*\*\(Skipped\|Not Run\).*/!!   \1/p' "$output"
  fi
  printf '== %s: %d of %d passed in %d s\n' "$name" $((tests - part_failed - skipped)) "$tests" "$seconds"
}

# Builds a part and runs its tests; meanwhile the next one, if there is one, is built.
run_part() {
  local name preset label targets what directory report output wrapper start tests
  describe_part "$1"
  build_part || return
  start=$SECONDS
  begin_tests "$directory"
  tests=$!
  build_ahead "${2:-}" "$tests" "$output"
  end_tests "$tests"
  judge_part $((SECONDS - start))
}

# Lets the tests of a part run beside those of the others, which use the same build directory: the log of ctest
# has a place of its own. They end when finish_part says so.
start_part() {
  local name preset label targets what directory report output wrapper place
  describe_part "$1"
  build_part || return
  place=$source_dir/$directory/beside-$name
  mkdir -p "$place"
  printf 'subdirs("%s")\n' "$source_dir/$directory/tests/$label" >"$place/CTestTestfile.cmake"
  printf '== %s: runs beside the other parts; how far: %s\n' "$name" "${output#"$source_dir"/}"
  begin_tests "$place" >"$output.told" 2>&1
  started+=("$1|$!|$SECONDS")
  gently=(nice -n 10)
}

finish_part() {
  local name preset label targets what directory report output wrapper job start
  IFS='|' read -r _ _ _ _ _ job start <<<"$1"
  describe_part "${1%|*|*}"
  printf '\n== %s, which ran beside the others\n' "$name"
  end_tests "$job"
  cat "$output.told"
  judge_part $(($(<"$output.seconds") - start))
}

# Ends the script when its argument names no part.
require_part() {
  local known
  known=$(list | cut -d ' ' -f 1)
  if ! grep -q -x -F -e "$1" <<<"$known"; then
    printf 'test.sh: %s is not a part; give any of: %s\n' "$1" "${known//$'\n'/ }" >&2
    exit 2
  fi
}

# Those of the parts that are to run, in their order.
choose_parts() {
  local part name
  for part in "${parts[@]}"; do
    name=${part%%|*}
    ((${#wanted[@]} == 0)) || [[ " ${wanted[*]} " == *" $name "* ]] || continue
    if [[ " ${without[*]} " == *" $name "* ]]; then
      printf '\n!! %s: LEFT OUT, as asked for\n' "$name"
    else
      chosen+=("$part")
    fi
  done
}

main() {
  local wanted=() without=() chosen=() others=() started=() name part at
  read -r -a without <<<"${CLOCKWORK_WITHOUT:-}"
  while (($#)); do
    case $1 in
      -h | --help) usage
        exit 0
        ;;
      --list) list
        exit 0
        ;;
      --without)
        without+=("${2:-}")
        shift
        ;;
      *) wanted+=("$1") ;;
    esac
    shift
  done
  for name in "${wanted[@]}" "${without[@]}"; do require_part "$name"; done
  ensure_packages "${build_packages[@]}" "${plot_packages[@]}" "${test_packages[@]}"
  choose_parts
  ((${#chosen[@]} > 1)) || beside=
  for part in "${chosen[@]}"; do
    if [[ ${part%%|*} == "$beside" ]]; then start_part "$part"; else others+=("$part"); fi
  done
  for at in "${!others[@]}"; do
    run_part "${others[at]}" "${others[at + 1]:-}" </dev/null
  done
  for part in "${started[@]}"; do finish_part "$part"; done
  printf '\n%d s in all\n' "$SECONDS"
  ((${#failures[@]} == 0)) || printf 'FAILED %s\n' "${failures[@]}"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0 && passed > 0))
}

main "$@"
