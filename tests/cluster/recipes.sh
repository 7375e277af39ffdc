# shellcheck shell=bash
# shellcheck disable=SC2154 # what build.sh sets
# How each program of the test clusters is built from Go modules. Sourced by build.sh, which calls
# build_PROGRAM in a subshell, in an empty directory of its own, with the Go command in $go and the
# program's path in $output. The text of a function is part of the key of what it builds.

# Makes an empty module here that imports package $2..., after the lines of go.mod from standard input.
module() {
  local package name=$1
  shift
  { printf 'module %s\n\ngo %s.0\n\n' "$name" "$least_go" && cat; } >go.mod
  {
    printf '//go:build tools\n\npackage tools\n\n'
    for package in "$@"; do printf 'import _ "%s"\n' "$package"; done
  } >tools.go
  tidy
}

tidy() {
  "$go" mod tidy 2>tidy.log && return
  tail -n 5 tidy.log >&2
  die "go mod tidy failed; is the module proxy ($("$go" env GOPROXY)) reachable?"
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
  printf '//go:build tools\n\npackage tools\n\nimport _ "k8s.io/kubernetes/cmd/%s"\n' "$program" >tools.go
  tidy
}

build_kubernetes() {
  local variables=k8s.io/component-base/version flags='-s -w'
  flags+=" -X $variables.gitVersion=v$kubernetes_version -X $variables.gitMajor=1"
  flags+=" -X $variables.gitMinor=$(cut -d . -f 2 <<<"$kubernetes_version")"
  flags+=" -X $variables.gitTreeState=archive -X $variables.gitCommit=unknown"
  flags+=" -X $variables.buildDate=1970-01-01T00:00:00Z"
  kubernetes_module
  "$go" build -p 2 -ldflags "$flags" -o "$output" "k8s.io/kubernetes/cmd/$program"
}

# etcd's modules carry replace directives, so `go install` refuses them; a module that requires them works.
build_etcd_family() {
  local package=go.etcd.io/etcd/$1/v3
  printf 'require %s v%s\n' "$package" "$etcd_version" | module etcdbuild "$package"
  "$go" build -p 2 -ldflags '-s -w' -o "$output" "$package"
}

# CoreDNS with the plugins that kubeadm's configuration names: those for cloud providers are most of its
# build.
build_coredns_family() {
  local origin=github.com/coredns/coredns plugin packages=()
  for plugin in cache errors forward health kubernetes loadbalance loop metrics ready reload; do
    packages+=("$origin/plugin/$plugin")
  done
  printf 'require %s v%s\n' "$origin" "$coredns_version" |
    module corednsbuild "$origin/coremain" "${packages[@]}"
  {
    printf 'package main\n\nimport "%s/coremain"\n' "$origin"
    printf 'import _ "%s"\n' "${packages[@]}"
    printf '\nfunc main() { coremain.Run() }\n'
  } >main.go
  "$go" build -p 2 -ldflags '-s -w' -o "$output" .
}

# Package $1 at version $2, from a module that replaces nothing; with more of the linker's flags in $3.
build_installed() {
  GOBIN=$PWD/bin "$go" install -p 2 -ldflags "-s -w ${3:-}" "$1@v$2"
  mv bin/* "$output"
}

# helm takes the Kubernetes that it is built for where it cannot ask a cluster, and 1.20 when it is not told.
build_helm() {
  local variables=helm.sh/helm/v3/pkg/chartutil flags
  flags="-X $variables.k8sVersionMajor=1 -X $variables.k8sVersionMinor=$(cut -d . -f 2 <<<"$kubernetes_version")"
  build_installed helm.sh/helm/v3/cmd/helm "$1" "$flags"
}

# Prints the function that builds program $1, then its arguments, the version among them or after them.
recipe() {
  case $1 in
    kube-apiserver | kube-controller-manager | kube-scheduler | kube-proxy | kubelet | kubeadm | kubectl)
      printf 'build_kubernetes %s\n' "$kubernetes_version"
      ;;
    etcd) printf 'build_etcd_family server %s\n' "$etcd_version" ;;
    etcdctl) printf 'build_etcd_family etcdctl %s\n' "$etcd_version" ;;
    coredns) printf 'build_coredns_family %s\n' "$coredns_version" ;;
    kind) printf 'build_installed sigs.k8s.io/kind %s\n' "$kind_version" ;;
    helm) printf 'build_helm %s\n' "$helm_version" ;;
    local-path-provisioner)
      printf 'build_installed github.com/rancher/local-path-provisioner %s\n' "$local_path_version"
      ;;
    *) die "there is no program '$1'; see tests/cluster/recipes.sh" ;;
  esac
}
