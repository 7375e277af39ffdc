#!/usr/bin/env bash
# --version names the commit that was built, with nothing compiled or linked that need not be: a miniature project
# around images/common/base/revision.cmake is built, committed to and built again.
set -euo pipefail
module=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../images/common/base/revision.cmake")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.com GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

fail() {
  printf 'revision_test: %s\n' "$*" >&2
  exit 1
}

# A program that is linked with the commit, and one that is not.
make_project() {
  mkdir -p "$1/images"
  printf 'words\n' >"$1/README.md"
  cat >"$1/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.24)
project(miniature CXX)
include($module)
clockwork_revision_library(revision)
add_library(base STATIC images/no_revision.cc)
add_executable(program images/program.cc)
target_link_libraries(program PRIVATE base revision)
add_executable(bystander images/program.cc)
target_link_libraries(bystander PRIVATE base)
CMAKE
  cat >"$1/images/program.cc" <<'CC'
#include <cstdio>
namespace clockwork { extern const char kRevision[]; }
int main() { std::puts(clockwork::kRevision); }
CC
  printf 'namespace clockwork { extern const char kRevision[]; const char kRevision[] = "unknown"; }\n' \
    >"$1/images/no_revision.cc"
}

configure() { cmake -G Ninja -S "$1" -B "$1/build" "${@:2}" >"$work/log" 2>&1 || fail "$(cat "$work/log")"; }
build() { cmake --build "$1/build" >"$work/log" 2>&1 || fail "$(cat "$work/log")"; }
commit() { git -C "$1" commit -q --allow-empty -m "$2"; }
head_of() { git -C "$1" rev-parse --short=12 HEAD; }
# Objects, archives and programs that the last build made.
made() { (cd "$1/build" && find . -newer "$work/before" \( -name '*.o' -o -name '*.a' -o -perm -u+x -type f \) -printf '%f\n') | sort; }
shows() {
  local got
  got=$("$1/build/program")
  [[ $got == "$2" ]] || fail "$3: it shows '$got', not '$2'"
  [[ $("$1/build/bystander") == unknown ]] || fail "$3: the bystander knows the commit"
}

repository=$work/repository
make_project "$repository"
git -C "$repository" init -q
printf '/build/\n' >"$repository/.gitignore"
git -C "$repository" add .
commit "$repository" first
configure "$repository"
build "$repository"
shows "$repository" "$(head_of "$repository")" 'the first build'

touch "$work/before"
build "$repository"
[[ -z $(made "$repository") ]] || fail "nothing had changed, but it made $(made "$repository")"

commit "$repository" second
touch "$work/before"
build "$repository"
shows "$repository" "$(head_of "$repository")" 'the build after a commit'
[[ $(made "$repository") == $'program\nrevision.cc.o' ]] ||
  fail "a commit needs the program only, but it made $(made "$repository")"

printf 'unknown to git\n' >"$repository/note"
printf 'more words\n' >>"$repository/README.md"
build "$repository"
shows "$repository" "$(head_of "$repository")" 'a build beside words that are not committed'
printf '// new\n' >"$repository/images/new.cc"
build "$repository"
shows "$repository" "$(head_of "$repository")-dirty" 'a build beside a source that git does not know'
rm "$repository/images/new.cc"
build "$repository"
shows "$repository" "$(head_of "$repository")" 'a build without that source'
mv "$repository/.git/index" "$work/index"
printf 'damaged\n' >"$repository/.git/index"
build "$repository"
shows "$repository" "$(head_of "$repository")-dirty" 'a build of what git cannot compare'
mv "$work/index" "$repository/.git/index"
printf '// changed\n' >>"$repository/images/no_revision.cc"
build "$repository"
shows "$repository" "$(head_of "$repository")-dirty" 'a build of what is not committed'
touch "$work/before"
printf '// once more\n' >>"$repository/images/no_revision.cc"
git -C "$repository" add images/no_revision.cc
build "$repository"
shows "$repository" "$(head_of "$repository")-dirty" 'a build of what is to be committed'
[[ $(made "$repository") == $'bystander\nlibbase.a\nno_revision.cc.o\nprogram' ]] ||
  fail "another change needs no new revision, but it made $(made "$repository")"
git -C "$repository" commit -q -m third
build "$repository"
shows "$repository" "$(head_of "$repository")" 'a build of what was committed'

configure "$repository" -DCLOCKWORK_COMMIT=0123456789ab
build "$repository"
shows "$repository" 0123456789ab 'a build that is told the commit'

# As unpacked from an archive, by chance inside somebody's repository.
archive=$repository/archive
make_project "$archive"
configure "$archive"
build "$archive"
shows "$archive" unknown 'a build without a repository'
