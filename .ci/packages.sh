# shellcheck shell=bash
# The Debian packages that the project needs, in one place, and how they get installed.
# Sourced by run.sh and test.sh.
# shellcheck disable=SC2034 # the lists are for those who source this

build_packages=(
  g++ cmake ninja-build pkg-config ccache git
  libcli11-dev libconfig++-dev libcpprest-dev libfmt-dev liblz4-dev libprotozero-dev libspdlog-dev
  libssl-dev libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev
)
plot_packages=(python3-matplotlib)
test_packages=(
  libbenchmark-dev libgmock-dev libgtest-dev libprotobuf-dev protobuf-compiler
  clang-format clang-tidy openssl python3-pandas qpdf shellcheck
)
# What the tests on real pods start where no Docker engine runs.
kind_packages=(docker.io iproute2 iptables jq libcap2-bin procps)

# And what they need where kind's published images cannot be pulled.
node_packages=(debootstrap jq)

# Prints the given packages that are not installed, one per line.
missing_packages() {
  local installed
  # dpkg-query fails for names that it has never heard of; those are simply not in its output.
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^ii *//p') || true
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$installed")
}

# Runs apt-get without questions, quietly unless it fails. Usage: quiet_apt_get PREFIX... -- ARG...
quiet_apt_get() {
  local prefix=()
  while [[ $1 != -- ]]; do prefix+=("$1") && shift; done
  shift
  local output
  output=$("${prefix[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" 2>&1 </dev/null) || {
    printf '%s\n' "$output" >&2
    return 1
  }
}

# Installs what is missing of the given packages: as root, or through sudo where it asks no password.
# Otherwise says what to do and ends the script with code 2. Takes milliseconds when nothing is missing.
# CLOCKWORK_SKIP_PACKAGES=1 leaves installing to others (another distribution, an image).
ensure_packages() {
  [[ ${CLOCKWORK_SKIP_PACKAGES:-} == 1 ]] && return
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    printf '%s: this system has no apt-get; install what Debian 12 calls %s, then set %s\n' \
      "${0##*/}" "$*" "CLOCKWORK_SKIP_PACKAGES=1" >&2
    exit 2
  fi
  local missing prefix=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    prefix=(sudo -n)
    if ! sudo -n true 2>/dev/null; then
      printf '%s: packages are missing; install them, then start again:\n  sudo apt-get install %s\n' \
        "${0##*/}" "${missing[*]}" >&2
      exit 2
    fi
  fi
  printf 'Installing %s\n' "${missing[*]}"
  # The package lists are fetched only when those at hand do not serve.
  local install=(install --no-install-recommends "${missing[@]}")
  if ! quiet_apt_get "${prefix[@]}" -- "${install[@]}" 2>/dev/null; then
    if ! quiet_apt_get "${prefix[@]}" -- update ||
      ! quiet_apt_get "${prefix[@]}" -- "${install[@]}"; then
      printf '%s: apt-get could not install %s; see its messages above\n' \
        "${0##*/}" "${missing[*]}" >&2
      exit 2
    fi
  fi
}
