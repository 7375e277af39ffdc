#!/usr/bin/env bash
# Every C++ file is as clang-format leaves it.
source "$(dirname "$0")/findings.sh"

said=$(mktemp)
trap 'rm -f "$said"' EXIT
if ! project_files '\.(cc|h)$' | xargs -P "$(nproc)" -n 50 clang-format --dry-run >"$said" 2>&1; then
  finding "clang-format:1: $(tail -n 1 "$said")"
fi
# Of each file the first place.
# shellcheck disable=SC2016 # the dollars are awk's
findings_of awk -F : '/: warning: / && !seen[$1]++ {
  print $1 ":" $2 ": not formatted; run clang-format -i " $1
}' "$said"
finish
