#!/usr/bin/env bash
# Prints the name of an image of a minimal Debian 12, the base of all others: the published one where it can be
# had, else one made with debootstrap.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

published=docker.io/library/debian:12-slim
if image_exists $published || timeout 120 docker pull -q $published >/dev/null 2>&1; then
  printf '%s\n' $published
  exit 0
fi
suite=bookworm
name=clockwork-base:$(printf '%s %s 2' $suite "$(uname -m)" | key)
archive=$state/${name/:/-}.tar
if [[ ! -f $archive ]]; then
  ensure_packages "${node_packages[@]}" >&2
  say "making a minimal Debian (once per machine) ..."
  work=$(mktemp -d "$state/.base.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  debootstrap --variant=minbase $suite "$work/root" >"$state/debootstrap.log" ||
    die "debootstrap failed; see $state/debootstrap.log"
  printf 'force-unsafe-io\n' >"$work/root/etc/dpkg/dpkg.cfg.d/unsafe-io" # as in the published image
  (cd "$work/root" && rm -rf usr/share/{doc,man,locale,info} var/lib/apt/lists/* var/cache/apt/*)
  tar -C "$work/root" -cf "$work/archive" .
  mv "$work/archive" "$archive"
fi
image_exists "$name" || docker import "$archive" "$name" >/dev/null
printf '%s\n' "$name"
