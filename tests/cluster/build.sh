#!/usr/bin/env bash
# Builds programs of the test clusters from Go modules, once per machine, and prints a directory that
# holds them. Each is keyed by its own recipe and version; safe to call several times at once, and to kill.
# usage: build.sh [PROGRAM...]      (default: what the tests against an API server need)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=versions.sh
source "$here/versions.sh"
# shellcheck source=recipes.sh
source "$here/recipes.sh"

programs=("$@")
((${#programs[@]})) || programs=(etcd kube-apiserver kubectl kube-controller-manager)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clockwork-tests/cluster

say() { printf 'tests/cluster/build.sh: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# Whether version $1 is at least version $2.
at_least() { printf '%s\n%s\n' "$2" "$1" | sort -C -V; }

# Puts a Go that is new enough into $go and $go_release, or ends the script.
find_go() {
  local remedy="install Go $least_go or newer from https://go.dev/dl so that \`go\` is in the PATH"
  go=$(command -v go || true)
  [[ -n $go || ! -x /usr/local/go/bin/go ]] || go=/usr/local/go/bin/go
  [[ -n $go ]] || die "NO GO: the API server of the tests is built with Go, and there is none; $remedy"
  go_release=$("$go" env GOVERSION)
  export CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false -mod=mod'
  at_least "${go_release#go}" "$least_go" && return
  # From 1.21 on the go command fetches the release that a go.mod asks for from the module proxy.
  at_least "${go_release#go}" 1.21 ||
    die "GO IS TOO OLD: $go is ${go_release#go}, the API server of the tests needs $least_go; $remedy"
  export GOTOOLCHAIN=auto
}

# Prints where program $1 is kept: under a key of what goes into it.
place() {
  local program=$1 call key
  call=$(recipe "$program")
  key=$({
    declare -f module tidy kubernetes_module "${call%% *}"
    printf '%s %s\n' "$call" "$least_go"
    uname -m
  } | sha256sum | cut -c -12)
  printf '%s/programs/%s-%s/%s\n' "$cache" "${call##* }" "$key" "$program"
}

# Builds program $1, which is kept at $2, unless somebody else has by now. To be called in a subshell.
build() {
  local program=$1 kept=$2 start=$SECONDS work output lock call
  mkdir -p "${kept%/*}"
  exec {lock}>"${kept%/*}/.lock"
  flock -n "$lock" || {
    say "waiting for another run that builds $program"
    flock "$lock"
  }
  [[ ! -f $kept ]] || return 0
  find_go
  say "building $program (once per machine; minutes for the first) ..."
  work=$(mktemp -d "${kept%/*}/.work.XXXXXX")
  # shellcheck disable=SC2064 # the names of now
  trap "((\$? == 0)) || say '$program could not be built; see the messages above'; rm -rf '$work'" EXIT
  output=$work/output
  mkdir "$work/module"
  cd "$work/module"
  read -r -a call < <(recipe "$program")
  "${call[@]}"
  mv "$output" "$kept"
  say "built $program in $((SECONDS - start)) s"
}

# A directory of links, named by what they lead to.
places=()
for program in "${programs[@]}"; do places+=("$(place "$program")"); done
directory=$cache/sets/$(printf '%s\n' "${places[@]}" | sha256sum | cut -c -12)
mkdir -p "$directory"
for kept in "${places[@]}"; do
  [[ -f $kept ]] || (build "${kept##*/}" "$kept")
  [[ -e $directory/${kept##*/} ]] || ln -sfn "$kept" "$directory/${kept##*/}"
done
printf '%s\n' "$directory"
