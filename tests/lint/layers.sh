#!/usr/bin/env bash
# Dependencies point downwards and pure code includes nothing that acts (docs/architecture.md).
# Exceptions stand in layers.allow, each with its reason.
source "$(dirname "$0")/findings.sh"

# Which project headers a folder may include; the first match decides.
allowed_of() {
  local base='images/common/base/' plan='images/common/plan/'
  case $1 in
    images/common/base/*) echo "$base" ;;
    images/common/net/*) echo "$base|images/common/(net|wire)/" ;;
    images/common/*) echo "$base|$(cut -d / -f 1-3 <<<"$1")/" ;;
    images/*/core/*) echo "$base|images/common/(model|wire|telemetry)/|$(cut -d / -f 1-3 <<<"$1")/" ;;
    images/*) echo "images/common/|$(cut -d / -f 1-2 <<<"$1")/" ;;
    operator/api/*) echo "$base|operator/api/" ;;
    operator/plan/*) echo "$base|$plan|operator/(api|plan)/" ;;
    operator/kinds.h) echo "operator/kube/" ;;
    operator/kube/*) echo "$base|operator/kube/" ;;
    operator/reconcile/* | operator/operator_main.cc)
      echo "$base|$plan|images/common/net/|operator/(kinds\.h|(api|plan|kube|reconcile)/)"
      ;;
    operator/remote/* | operator/experiment_main.cc)
      echo "$base|$plan|images/common/archive/|operator/(kinds\.h|(api|plan|kube|local|remote)/)"
      ;;
    operator/*) echo "$base|$plan|operator/(api|plan|local)/" ;;
    *) echo '' ;;
  esac
}

is_pure() {
  [[ $1 =~ ^(images/[a-z_]+/core|images/common/(wire|model|plan)|operator/(api|plan))/ ]]
}

# What acts: the clock, the log, files, the network, streams, threads and the system's own headers.
# (Those of libraries have a folder or are named here: lz4.h compresses bytes.)
acts='^("images/common/(base/(clock|log|file|environment|command_line|scheduling)\.h|net/)'
acts+='|<(iostream|fstream|istream|ostream|filesystem|thread|mutex|condition_variable|future|chrono'
acts+='|cstdio|ctime|csignal)>'
acts+='|<((sys|netinet|arpa|linux)/.*|[a-z_0-9]+\.h)>)'

declare -A reason used
while read -r file include why; do
  [[ -z $file || $file == \#* ]] && continue
  [[ -n $why ]] || finding "tests/lint/layers.allow:1: $file $include: give the reason"
  reason["$file $include"]=$why
done <tests/lint/layers.allow

breach() {
  local key="$1 ${3//[\"<>]/}"
  if [[ -n ${reason[$key]:-} ]]; then
    used[$key]=1
  else
    finding "$1:$2: $4 $3"
  fi
}

while IFS=: read -r file line include; do
  include=${include#\#include }
  if [[ $include == \"* ]]; then
    allowed=$(allowed_of "$file")
    [[ -z $allowed || ${include#\"} =~ ^($allowed) ]] ||
      breach "$file" "$line" "$include" "this folder must not depend on"
  fi
  if is_pure "$file" && [[ $include =~ $acts && $include != '<lz4.h>' ]]; then
    breach "$file" "$line" "$include" "pure code includes"
  fi
done < <(project_files '^(images|operator)/.*\.(cc|h)$' | xargs grep -n -H '^#include ')

# The HTTP library can be replaced: one interface hides it.
while IFS=: read -r file line include; do
  [[ $file =~ ^operator/kube/cpprest_ ]] || finding "$file:$line: only operator/kube/cpprest_* may have $include"
done < <(project_files '\.(cc|h)$' | xargs grep -n -H -E '^#include <(cpprest|pplx)/' || true)

for key in "${!reason[@]}"; do
  [[ -n ${used[$key]:-} ]] || finding "tests/lint/layers.allow:1: nothing needs $key any more"
done
finish
