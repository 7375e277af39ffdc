# shellcheck shell=bash
# What the scripts of the cluster for tests share. Sourced; the scripts are up, down, load-images and
# their stages.
# shellcheck disable=SC2034 # for those who source this
kind_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_dir=$(cd "$kind_dir/../.." && pwd)
# shellcheck source=../cluster/versions.sh
source "$kind_dir/../cluster/versions.sh"
# shellcheck source=../../.ci/packages.sh
source "$source_dir/.ci/packages.sh"

cluster=clockwork
network=clockwork-kind
bridge=clockwork0 # the interface of that network on this machine
state=${XDG_CACHE_HOME:-$HOME/.cache}/clockwork-tests/kind
# Held by who uses the cluster (alone): one file for all users and clones, as they share the engine.
lock=/tmp/clockwork-kind.lock
mkdir -p "$state"
# Leaves the user's own configuration alone.
export KUBECONFIG=$state/kubeconfig
export KIND_EXPERIMENTAL_DOCKER_NETWORK=$network
# Without buildx the client falls back to the builder of old, and says so every time.
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0

say() { printf 'tests/kind: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# No script here ends without a word.
set -E
trap 'say "${BASH_SOURCE[0]##*/}, line $LINENO: $BASH_COMMAND: exit code $?"' ERR

# Goes on with the script that calls this, and its arguments, as the only one that uses the cluster; ends it when
# there is another.
alone_or_end() {
  [[ ${CLOCKWORK_KIND_LOCKED:-} == 1 ]] || exec "$kind_dir/alone" --no-wait "$0" "$@"
}

# The first characters of the SHA-256 of standard input: names what depends on it.
key() { sha256sum | cut -c -12; }

# Puts the programs of tests/cluster that are named into the PATH.
use_programs() {
  local directory
  directory=$("$source_dir/tests/cluster/build.sh" "$@") || exit 1 # it has said why
  PATH=$directory:$PATH
}

image_exists() { docker image inspect "$1" >/dev/null 2>&1; }

have_cluster() { kind get clusters 2>/dev/null | grep -q -x "$cluster"; }
