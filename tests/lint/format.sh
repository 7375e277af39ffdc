#!/usr/bin/env bash
# Every C++ file is as clang-format leaves it.
source "$(dirname "$0")/findings.sh"

mapfile -t files < <(project_files '\.(cc|h)$')
for file in "${files[@]}"; do
  if ! clang-format "$file" | cmp -s - "$file"; then
    finding "$file:1: not formatted; run clang-format -i $file"
  fi
done
finish
