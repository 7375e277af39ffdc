#!/usr/bin/env bash
# Shell scripts are free of what shellcheck knows to go wrong, and can be executed.
source "$(dirname "$0")/findings.sh"

mapfile -t files < <(project_files '\.sh$|^\.ci/run$|^images/build$|^tests/kind/(up|down|load-images|compare-n10)$')
for file in "${files[@]}"; do
  if head -n 1 "$file" | grep -q '^#!' && [[ ! -x $file ]]; then
    finding "$file:1: is not executable; run chmod +x $file"
  fi
done
findings_of bash -c 'shellcheck --external-sources --source-path=SCRIPTDIR --format=gcc "$@" || true' \
  shellcheck "${files[@]}"
finish
