#!/usr/bin/env bash
# Every relative link of a page leads to a file of the repository.
source "$(dirname "$0")/findings.sh"

mapfile -t pages < <(project_files '\.md$')
for page in "${pages[@]}"; do
  while IFS=: read -r line target; do
    [[ -e $(dirname "$page")/$target ]] || finding "$page:$line: links to $target, which is not there"
  done < <(grep -n -o -E '\]\([^)#]+' "$page" | sed -E 's/^([0-9]+):\]\(/\1:/' | grep -v -E ':(https?|mailto):' || true)
done
finish
