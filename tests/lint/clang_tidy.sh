#!/usr/bin/env bash
# clang-tidy finds nothing in the programs: clang_tidy.sh BUILD_DIRECTORY
#
# A file that was clean is not looked at again while it, the project's headers that it includes, its compile
# command and the configuration are unchanged: an empty file named after the hash of all these says so.
source "$(dirname "$0")/findings.sh"
build=$1
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/clockwork-tests/clang-tidy
mkdir -p "$cache"
find "$cache" -type f -mtime +30 -delete

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "source TAB header" for every project header (generated ones too) that the last build saw.
{ ninja -C "$build" -t deps 2>/dev/null || true; } | awk -v root="$PWD/" '
  /^[^ ]/ { source = "" }
  /^ / {
    path = $1
    # What the compiler cache has from another clone is named from the build directory.
    if (path ~ /^\.\.\//) path = root substr(path, 4)
    if (path !~ /^\//) path = "build:" path
    else if (index(path, root) != 1) next
    if (source == "") source = path
    print source "\t" path
  }' >"$work/deps"
general=$({ clang-tidy --version && cat .clang-tidy "${BASH_SOURCE[0]}"; } | sha256sum)
cp .clang-tidy "$work/" # which counts for what is below

# A source's line in the database of compile commands: "command": "...",
command_of() {
  grep -F -B 1 -e "\"file\": \"$PWD/$1\"" "$build/compile_commands.json" | head -n 1 || true
}

key_of() {
  local file=$1 inputs
  mapfile -t inputs < <(awk -F '\t' -v file="$PWD/$file" '$1 == file { print $2 }' "$work/deps" |
    sed "s|^build:|$build/|" | sort -u)
  # Not built yet: then any header may be among its own.
  ((${#inputs[@]})) || mapfile -t inputs < <(echo "$file" && project_files '^(images|operator)/.*\.h$')
  {
    echo "$general"
    command_of "$file" | sed "s|$build|BUILD|g; s|$PWD|SOURCE|g"  # so that every clone knows what another found clean
    cat "${inputs[@]}"
  } | sha256sum | cut -d ' ' -f 1
}

check() {
  local file=$1 key=$2 report=$work/${1//\//_}
  if nice -n 10 clang-tidy --quiet -p "$build" "$file" >"$report" 2>"$report.log"; then
    touch "$cache/$key"
  else
    grep -q . "$report" || cp "$report.log" "$report"
    printf '%s\n' "$file" >>"$work/failed"
    cat "$report"
  fi
  printf '%s\n' "$file" >>"$work/seen"
}

# Sources that are compiled by the same command, one after the other as one file: most of the time goes into the system's
# headers, which they share. (Included they would not be analysed along their paths, as headers are not.) Where there is
# anything to say, each half of them is looked at, down to one source, so that it is said of the source as it is. What this
# misses is a using-declaration that only another of them needs.
check_together() { # FILE KEY...
  (($# > 2)) || {
    check "$@"
    return
  }
  local directory at pairs=$(($# / 2)) half
  half=$(($# - pairs / 2 * 2)) # of the arguments: whole pairs
  directory=$(mktemp -d "$work/XXXXXX")
  for ((at = 1; at < $#; at += 2)); do
    printf '#line 1 "%s"\n' "$PWD/${!at}"
    cat "${!at}"
  done >"$directory/together.cc"
  {
    printf '[{"directory": "%s",\n' "$build"
    command_of "$1" | sed "s|$PWD/$1|$directory/together.cc|g"
    printf '"file": "%s"}]\n' "$directory/together.cc"
  } >"$directory/compile_commands.json"
  if nice -n 10 clang-tidy --quiet -p "$directory" "$directory/together.cc" >/dev/null 2>&1; then
    for ((at = 1; at < $#; at += 2)); do printf '%s\n' "${!at}" >>"$work/seen"; done
    for ((at = 2; at <= $#; at += 2)); do touch "$cache/${!at}"; done
    return
  fi
  check_together "${@:1:half}"
  check_together "${@:half+1}"
}

limit=$(nproc)
begin() { # GROUP
  while (($(jobs -r | wc -l) >= limit)); do wait -n || true; done
  # shellcheck disable=SC2086 # pairs of names and keys
  check_together ${waiting[$1]} &
  waiting[$1]=
}

at_most=16
declare -A waiting
touch "$work"/{due,seen,failed}
while IFS= read -r file; do
  key=$(key_of "$file")
  [[ -e $cache/$key ]] && continue
  printf '%s\n' "$file" >>"$work/due"
  group=$(dirname "$file" && command_of "$file" | sed "s|[^ ]*${file##*/}[^ ]*||g")
  waiting[$group]+=" $file $key"
  (($(wc -w <<<"${waiting[$group]}") < 2 * at_most)) || begin "$group"
done < <(project_files '^(images|operator)/.*\.cc$')
for group in "${!waiting[@]}"; do
  [[ -z ${waiting[$group]} ]] || begin "$group"
done
wait
findings_of sed 's/$/:1: clang-tidy has something to say, see above/' "$work/failed"
findings_of comm -23 --output-delimiter= <(sed 's/$/:1: could not be looked at/' "$work/due" | sort) \
  <(sed 's/$/:1: could not be looked at/' "$work/seen" | sort)
finish
