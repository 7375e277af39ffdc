# shellcheck shell=bash
# The versions of what the test cluster consists of, each served by the Go module proxy. Sourced.
# shellcheck disable=SC2034 # for those who source this
kubernetes_version=1.34.4
etcd_version=3.6.15
# The oldest Go that builds them (Kubernetes says so in its go.mod).
least_go=1.24
