#!/usr/bin/env bash
# Inside the node image: writes to standard output an archive of what kube-proxy needs beside itself, which is
# iptables with its plug-ins and the libraries of both.
set -euo pipefail
library=$(dirname "$(find /usr/lib -path '*/xtables/libxt_statistic.so')")
files=(/usr/sbin/xtables-nft-multi /usr/sbin/xtables-legacy-multi /usr/sbin/nft)
mapfile -t plugins < <(find "$library" -name '*.so')
root=$(mktemp -d)
mkdir -p "$root/run" "$root/etc" "$root/usr/sbin"
cp /etc/{protocols,services,ethertypes} "$root/etc/" 2>/dev/null || true
cp -aL --parents -t "$root" "${files[@]}" "${plugins[@]}"
ldd "${files[@]}" "${plugins[@]}" | sed -nE 's#^.*[[:space:]](/[^ ]+) \(0x.*#\1#p' | sort -u |
  xargs cp -aL --parents -t "$root"
for name in {ip,ip6}tables{,-save,-restore}; do ln -s xtables-nft-multi "$root/usr/sbin/$name"; done
tar -C "$root" -c .
