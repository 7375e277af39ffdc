# shellcheck shell=bash
# The versions of what the test clusters consist of, each served by the Go module proxy. Sourced.
# shellcheck disable=SC2034 # for those who source this
kubernetes_version=1.34.4
etcd_version=3.6.15
coredns_version=1.14.3
kind_version=0.30.0
helm_version=3.19.5
local_path_version=0.0.30
# The node image that the kind of that version names.
published_node_image=docker.io/kindest/node:v1.34.0@sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a
# The oldest Go that builds them (Kubernetes says so in its go.mod).
least_go=1.24
