#!/usr/bin/env bash
# Every C++ source is compiled by some target: dead_files.sh BUILD_DIRECTORY
source "$(dirname "$0")/findings.sh"

compiled=$(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$1/compile_commands.json")
mapfile -t files < <(project_files '^(images|operator|tests)/.*\.cc$')
for file in "${files[@]}"; do
  grep -q -x -F -e "$PWD/$file" <<<"$compiled" ||
    finding "$file:1: no target compiles it; name it in a CMakeLists.txt or delete it"
done
finish
