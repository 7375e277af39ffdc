#!/usr/bin/env bash
# Prints the name of the image of a kind node: the one that kind publishes where it can be had, else one built
# here from Debian's packages and Go modules, once for given inputs.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if image_exists "$published_node_image" ||
  timeout 600 docker pull -q "$published_node_image" >/dev/null 2>&1; then
  printf '%s\n' "$published_node_image"
  exit 0
fi

ensure_packages "${node_packages[@]}" >&2
programs=$("$source_dir/tests/cluster/build.sh" kubelet kubeadm kubectl kube-apiserver kube-controller-manager \
  kube-scheduler kube-proxy etcd etcdctl coredns local-path-provisioner)
base=$("$kind_dir/base.sh")
inputs=$(cat "$kind_dir/node-image.sh" "$kind_dir"/node/* | key)
name=clockwork-node:$(printf '%s %s %s %s' "$inputs" "$programs" "$base" "$kind_version" | key)
image_exists "$name" && { printf '%s\n' "$name" && exit 0; }

say "building the image of a node (once per machine) ..."
started=$SECONDS
version=v$kubernetes_version
work=$(mktemp -d "$state/.node.XXXXXX")
trap 'rm -rf "$work"; docker rm -f clockwork-node-build >/dev/null 2>&1 || true' EXIT

# Its module's files are read-only, and so would be their copies.
# shellcheck disable=SC2016 # the backquotes are those of the source file
fetch_kind_files() {
  local go module
  go=$(command -v go || printf /usr/local/go/bin/go)
  module=$("$go" mod download -json "sigs.k8s.io/kind@v$kind_version" | jq -r .Dir)
  cp -r "$module/images/base/files" "$1/kind"
  chmod -R u+w "$1/kind"
  mkdir "$1/manifests"
  cp "$kind_dir/node/pod-network.yaml" "$1/manifests/default-cni.yaml"
  # The storage manifest is a constant of a source file; the images that it names are ours.
  awk '/^const defaultStorageManifest/ { on = 1; next } /^`$/ { on = 0 } on' \
    "$module/pkg/build/nodeimage/const_storage.go" |
    sed 's#` + storageProvisionerImage + `#clockwork.test/local-path-provisioner:1#
      s#` + storageHelperImage + `#clockwork.test/busybox:1#' >"$1/manifests/default-storage.yaml"
}

build_bare_node() {
  local context=$work/context
  mkdir -p "$context/programs"
  fetch_kind_files "$context"
  cp -L "$programs"/{kubelet,kubeadm,kubectl} "$context/programs/"
  cp "$kind_dir"/node/{Containerfile,setup.sh} "$context/"
  printf %s "$version" >"$context/version"
  tar -C "$context" --sort=name --mtime=@0 -c . |
    docker build --build-arg "BASE=$base" -t clockwork-node-bare:1 -f Containerfile - >"$state/node-build.log" 2>&1 ||
    die "the image of a node could not be built; see $state/node-build.log"
}

# An image of the files in a directory. usage: import DIRECTORY NAME [PROGRAM]
import() {
  local changes=(-c 'ENV PATH=/usr/local/bin:/usr/sbin:/bin')
  [[ -z ${3:-} ]] || changes+=(-c "ENTRYPOINT [\"/usr/local/bin/$3\"]")
  tar -C "$1" --owner=0 --group=0 -c . | docker import "${changes[@]}" - "$2" >/dev/null
}

# A directory with the named programs in the PATH, and what standard input holds as an archive.
root_of() {
  local root=$work/root-$1
  mkdir -p "$root/usr/local/bin"
  cp -L "${@/#/$programs/}" "$root/usr/local/bin/"
  printf '%s\n' "$root"
}

# The images that kubeadm and the manifests of storage and network ask for.
build_images() {
  local wanted component root
  wanted=$("$programs/kubeadm" config images list --kubernetes-version "$version" 2>/dev/null)
  for component in kube-apiserver kube-controller-manager kube-scheduler; do
    import "$(root_of $component)" "registry.k8s.io/$component:$version" $component
  done
  import "$(root_of coredns)" "$(grep /coredns <<<"$wanted")" coredns
  import "$(root_of etcd etcdctl)" "$(grep /etcd <<<"$wanted")"
  root=$(root_of kube-proxy)
  docker run --rm -i --entrypoint bash clockwork-node-bare:1 <"$kind_dir/node/proxy-root.sh" | tar -C "$root" -x
  import "$root" "registry.k8s.io/kube-proxy:$version"

  mkdir -p "$work/pause/usr/local/bin" "$work/busybox/bin"
  gcc -static -Os -s -o "$work/pause/usr/local/bin/pause" "$kind_dir/node/pause.c"
  import "$work/pause" "$(grep /pause <<<"$wanted")" pause
  docker run --rm --entrypoint cat clockwork-node-bare:1 /bin/busybox >"$work/busybox/bin/busybox"
  chmod 755 "$work/busybox/bin/busybox"
  for component in $("$work/busybox/bin/busybox" --list); do
    ln -s busybox "$work/busybox/bin/$component" 2>/dev/null || true
  done
  import "$work/busybox" clockwork.test/busybox:1
  for component in kubectl local-path-provisioner; do
    root=$(root_of $component)
    cp -a "$work/busybox/bin" "$root/"
  done
  import "$work/root-kubectl" clockwork.test/routes:1
  import "$work/root-local-path-provisioner" clockwork.test/local-path-provisioner:1 local-path-provisioner
  mapfile -t images <<<"$wanted"
  images+=(clockwork.test/{busybox,routes,local-path-provisioner}:1)
}

# Into the node's own containerd, as kind's own build does.
fill_node() {
  docker rm -f clockwork-node-build >/dev/null 2>&1 || true
  docker run -d --name clockwork-node-build --privileged --entrypoint sleep clockwork-node-bare:1 infinity >/dev/null
  docker exec -d clockwork-node-build containerd
  docker exec clockwork-node-build bash -c \
    'for i in $(seq 600); do ctr version >/dev/null 2>&1 && exit; sleep 0.2; done; exit 1' ||
    die "containerd does not answer inside of the container clockwork-node-build"
  docker save "${images[@]}" |
    docker exec -i clockwork-node-build ctr -n k8s.io images import --all-platforms --no-unpack - >/dev/null
  docker exec clockwork-node-build bash -c \
    'kill $(pidof containerd); while pidof containerd >/dev/null; do sleep 0.1; done'
  # What it ran with is no property of a node: kind would wait for systemd in vain.
  docker commit -c 'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]' -c 'CMD []' clockwork-node-build "$name" \
    >/dev/null
}

build_bare_node
build_images
fill_node
say "built the image of a node in $((SECONDS - started)) s"
printf '%s\n' "$name"
