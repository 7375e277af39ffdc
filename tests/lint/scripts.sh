#!/usr/bin/env bash
# Shell scripts are free of what shellcheck knows to go wrong, and can be executed.
source "$(dirname "$0")/findings.sh"

# What has no extension is a shell script if its first line says so.
mapfile -t files < <(project_files '\.sh$')
mapfile -t others < <(project_files '(^|/)[^./]+$')
for file in "${others[@]}"; do
  if head -n 1 "$file" | grep -qE '^#!.*[ /](ba)?sh( |$)'; then files+=("$file"); fi
done
for file in "${files[@]}"; do
  if head -n 1 "$file" | grep -q '^#!' && [[ ! -x $file ]]; then
    finding "$file:1: is not executable; run chmod +x $file"
  fi
done
findings_of bash -c 'shellcheck --external-sources --source-path=SCRIPTDIR --format=gcc "$@" || true' \
  shellcheck "${files[@]}"
finish
