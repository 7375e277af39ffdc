#!/usr/bin/env bash
# Builds the programs of the test cluster from Go modules, once per machine, and prints the directory
# they are in. Keyed by what goes into them; safe to call several times at once, and to kill.
# usage: build.sh [PROGRAM...]      (default: what the tests against an API server need)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=versions.sh
source "$here/versions.sh"

programs=("$@")
((${#programs[@]})) || programs=(etcd kube-apiserver kubectl kube-controller-manager)

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
  at_least "${go_release#go}" "$least_go" && return
  # From 1.21 on the go command fetches the release that a go.mod asks for from the module proxy.
  at_least "${go_release#go}" 1.21 ||
    die "GO IS TOO OLD: $go is ${go_release#go}, the API server of the tests needs $least_go; $remedy"
  export GOTOOLCHAIN=auto
}

# Kubernetes refers to its own libraries by local path; as a dependency it needs them replaced by their
# releases, which its go.mod names.
kubernetes_module() {
  local its_module
  printf 'module clusterbuild\n\ngo %s.0\n' "$least_go" >go.mod
  its_module=$("$go" list -m -f '{{.GoMod}}' "k8s.io/kubernetes@v$kubernetes_version")
  {
    printf 'module clusterbuild\n\n'
    grep -E '^(go|godebug) ' "$its_module"
    printf 'require k8s.io/kubernetes v%s\n' "$kubernetes_version"
    sed -nE 's#^\s*(k8s.io/[a-z-]+) => \./staging.*#replace \1 => \1 v0.'"${kubernetes_version#1.}#p" \
      "$its_module" | sort -u
  } >go.mod.new
  mv go.mod.new go.mod
  printf 'import _ "k8s.io/kubernetes/cmd/%s"\n' kube-apiserver kube-controller-manager kube-scheduler \
    kubelet kube-proxy kubeadm kubectl
}

# etcd's modules carry replace directives, so `go install` refuses them; a module that requires them works.
etcd_module() {
  printf 'module etcdbuild\n\ngo %s.0\n\nrequire go.etcd.io/etcd/server/v3 v%s\n' "$least_go" \
    "$etcd_version" >go.mod
  printf 'import _ "go.etcd.io/etcd/server/v3"\n'
}

# Enters a module that can build the programs of family $1 (kubernetes or etcd), made when it is new.
enter_module() {
  mkdir -p "$work/modules/$1"
  cd "$work/modules/$1"
  [[ ! -e go.sum ]] || return 0
  local imports
  imports=$("$1_module")
  printf '//go:build tools\n\npackage tools\n\n%s\n' "$imports" >tools.go
  "$go" mod tidy 2>tidy.log || {
    tail -n 5 tidy.log >&2
    die "go mod tidy failed for $1; is the module proxy ($("$go" env GOPROXY)) reachable?"
  }
}

build() {
  local program=$1 package flags='-s -w' start=$SECONDS variables=k8s.io/component-base/version
  say "building $program (once per machine; minutes for the first) ..."
  if [[ $program == etcd ]]; then
    enter_module etcd
    package=go.etcd.io/etcd/server/v3
  else
    enter_module kubernetes
    package=k8s.io/kubernetes/cmd/$program
    flags+=" -X $variables.gitVersion=v$kubernetes_version -X $variables.gitMajor=1"
    flags+=" -X $variables.gitMinor=$(cut -d . -f 2 <<<"$kubernetes_version")"
    flags+=" -X $variables.gitTreeState=archive -X $variables.gitCommit=unknown"
    flags+=" -X $variables.buildDate=1970-01-01T00:00:00Z"
  fi
  nice -n 10 "$go" build -p 2 -ldflags "$flags" -o "$work/$program" "$package" ||
    die "$program could not be built; see the messages above"
  mv "$work/$program" "$directory/$program"
  say "built $program in $((SECONDS - start)) s"
}

all_there() {
  local program
  for program in "${programs[@]}"; do
    [[ -f $directory/$program ]] || return 1
  done
}

# What is already built needs no Go.
key=$(sha256sum "$here/build.sh" "$here/versions.sh" | cut -d ' ' -f 1 |
  cat - <(uname -m) | sha256sum | cut -c -16)
directory=${XDG_CACHE_HOME:-$HOME/.cache}/clockwork-tests/cluster/$key
if ! all_there; then
  find_go
  mkdir -p "$directory"
  exec {lock}>"$directory/.lock"
  flock -n "$lock" || {
    say "waiting for another run that builds the same"
    flock "$lock"
  }
  export CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false -mod=mod'
  work=$(mktemp -d "$directory/.work.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  for program in "${programs[@]}"; do
    [[ -f $directory/$program ]] || (build "$program")
  done
fi
printf '%s\n' "$directory"
