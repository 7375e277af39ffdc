#!/usr/bin/env bash
# The steps of the Containerfiles in this folder, inside the container that builds.
#   stage.sh compile REVISION    compiles all programs into /programs
#   stage.sh root PROGRAM [ca]   makes /root-of/PROGRAM: the program and what it needs, nothing else
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs=(worker_dummy controller client telemetry clockwork-operator)

# With the commands of the README's build, so that what .ccache of the context has from there counts here.
compile() {
  # shellcheck source=.ci/compiler_cache.sh
  source .ci/compiler_cache.sh
  share_compilations "$PWD/.ccache"
  export CCACHE_DIR=/compiler-cache
  cmake --preset release -DCLOCKWORK_TESTS=OFF -DCLOCKWORK_COMMIT="$1" --log-level=WARNING
  cmake --build --preset release --target "${programs[@]}"
  mkdir /programs
  for program in "${programs[@]}"; do strip -o "/programs/$program" "build/bin/$program"; done
  rm -rf build "$CCACHE_DIR"
}

root() {
  local program=$1 root=/root-of/$1 libraries
  mkdir -p "$root/usr/local/bin" "$root/etc" "$root/tmp"
  chmod 1777 "$root/tmp"
  cp "/programs/$program" "$root/usr/local/bin/"
  # Lines such as "libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x...)", and the loader's own path.
  libraries=$(ldd "/programs/$program" | sed -nE 's#^.*[[:space:]](/[^ ]+) \(0x.*#\1#p')
  [[ $libraries == */ld-linux* ]] || {
    printf 'stage.sh: cannot tell the libraries of %s\n' "$program" >&2
    exit 1
  }
  xargs cp -L --parents -t "$root" <<<"$libraries"
  printf 'nonroot:x:65532:65532::/:/none\n' >"$root/etc/passwd"
  printf 'nonroot:x:65532:\n' >"$root/etc/group"
  if [[ ${2:-} == ca ]]; then cp -L --parents -t "$root" /etc/ssl/certs/ca-certificates.crt; fi
}

"$@"
