#!/usr/bin/env bash
# Headers are guarded by #pragma once and open with what they promise; includes start at the root.
source "$(dirname "$0")/findings.sh"

mapfile -t headers < <(project_files '\.h$')
for file in "${headers[@]}"; do
  grep -q '^#pragma once$' "$file" || finding "$file:1: has no #pragma once"
done

mapfile -t sources < <(project_files '\.(cc|h)$')
# shellcheck disable=SC2016 # the dollars are awk's
findings_of awk '/^#include "/ && !/^#include "(images|operator|tests)\// && !/\.pb\.h"$/ {
  print FILENAME ":" FNR ": includes start at the repository root: " $2
}' "${sources[@]}"
finish
