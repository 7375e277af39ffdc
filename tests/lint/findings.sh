# shellcheck shell=bash
# Sourced by the house rules of this folder: each is a script that prints "file:line: what is wrong" for
# every breach and fails when there was one. They run from the repository's root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2

findings=0

finding() {
  printf '%s\n' "$*"
  findings=$((findings + 1))
}

# Takes over the findings that a command prints, one per line.
findings_of() {
  local line
  while IFS= read -r line; do finding "$line"; done < <("$@")
}

finish() {
  if ((findings)); then
    printf '%d found\n' "$findings"
    exit 1
  fi
  exit 0
}

# Prints the project's files whose path matches the extended regular expression: what is tracked, or
# would be if it were added. Without git (a source archive), everything but build and results.
project_files() {
  {
    git ls-files --cached --others --exclude-standard 2>/dev/null ||
      find . \( -path ./build -o -path ./results -o -path ./.git \) -prune -o -type f -printf '%P\n'
  } | sort -u | grep -E -e "$1" | while IFS= read -r file; do
    if [[ -f $file ]]; then printf '%s\n' "$file"; fi
  done
}
