#!/usr/bin/env bash
# docs/programs.md and --help name the same options: options.sh PROGRAM_DIRECTORY
source "$(dirname "$0")/findings.sh"
programs=$1
page=docs/programs.md

# The long options that a section of the page names. ("## name" begins it.)
documented() {
  awk -v name="$1" '/^## / { inside = ($0 == "## " name) } inside' "$page" |
    grep -o -E -e '--[a-z][a-z-]+' | sort -u || true
}

# The long options of a program and its commands, as it lists them at the start of a line.
offered() {
  local program=$1 command
  shift
  for command in "" "$@"; do
    "$programs/$program" ${command:+"$command"} --help </dev/null
  done | grep -E '^ +-' | grep -o -E -e '^[^ ]* *[^ ]+' | grep -o -E -e '--[a-z][a-z-]+' | sort -u
}

common=$(documented "Common to all")
all_offered=
check() {
  local program=$1 help own
  if ! help=$(offered "$@"); then
    finding "$page:1: $program --help fails"
    return
  fi
  own=$(documented "$program")
  all_offered+=$'\n'$help
  for option in $(comm -23 <(echo "$help") <(printf '%s\n' "$own" "$common" | sort -u)); do
    finding "$page:1: $program offers $option, and the page does not say so"
  done
  for option in $(comm -13 <(echo "$help") <(echo "$own")); do
    finding "$page:1: $program is said to take $option, and --help does not name it"
  done
}

check worker_dummy
check controller
check client
check telemetry process figures collect file-trial result archive hold
check clockwork-experiment run validate report fetch watch
check clockwork-operator
for option in $(comm -13 <(sort -u <<<"$all_offered") <(echo "$common")); do
  finding "$page:1: no program takes $option"
done
finish
