#!/usr/bin/env bash
# Inside the node image being built: makes of Debian what kind expects of a node.
set -euo pipefail
chmod 755 /usr/local/bin/* /kind/bin /kind/bin/*
rm -f /etc/systemd/system/containerd-fuse-overlayfs.service
ln -sf /usr/bin/containerd /usr/local/bin/containerd
mkdir -p /opt/cni/bin /etc/kubernetes/manifests /etc/cni/net.d
cp /usr/lib/cni/{ptp,host-local,loopback,portmap} /opt/cni/bin/

# Of systemd, only what a node in a container needs.
units=/lib/systemd/system
rm -f "$units"/{multi-user,local-fs,basic}.target.wants/* /etc/systemd/system/*.wants/* \
  "$units"/sockets.target.wants/*{udev,initctl}* "$units"/sysinit.target.wants/systemd-tmpfiles-setup.service
printf 'ReadKMsg=no\n' >>/etc/systemd/journald.conf
systemctl enable kubelet containerd undo-mount-hacks
systemctl mask systemd-binfmt systemd-udevd systemd-logind getty.target systemd-modules-load

# A machine that withholds CAP_SYS_RESOURCE lets nobody lower a score of the out-of-memory killer, and no
# sandbox would start.
sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/; s#pause:3\.10"#pause:3.10.1"#' \
  /etc/containerd/config.toml
grep -q 'restrict_oom_score_adj = true' /etc/containerd/config.toml
ctr oci spec |
  jq '.hooks.createContainer += [{path: "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' \
    >/etc/containerd/cri-base.json
