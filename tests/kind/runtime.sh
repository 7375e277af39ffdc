#!/usr/bin/env bash
# An OCI runtime in front of runc, for machines that withhold CAP_SYS_RESOURCE: Docker 20.10 asks for every
# capability for a privileged container, whether the machine has it or not. Asks for what can be given.
set -euo pipefail
bundle=$PWD process='' verb='' arguments=("$@")
for ((i = 0; i < $#; i++)); do
  case ${arguments[i]} in
    --bundle | -b) bundle=${arguments[i + 1]} ;;
    --bundle=*) bundle=${arguments[i]#*=} ;;
    --process | -p) process=${arguments[i + 1]} ;;
    --process=*) process=${arguments[i]#*=} ;;
    create | run | exec) [[ -n $verb ]] || verb=${arguments[i]} ;;
  esac
done

less='(.capabilities // {}) |= map_values(map(select(. != "CAP_SYS_RESOURCE")))
  | if (.oomScoreAdj // 0) < 0 then .oomScoreAdj = 0 else . end'
edit() {
  local edited
  edited=$(jq "$1" "$2")
  printf '%s\n' "$edited" >"$2"
}
case $verb in
  create | run) edit ".process |= ($less)" "$bundle/config.json" ;;
  exec) [[ -z $process ]] || edit "$less" "$process" ;;
esac
exec /usr/sbin/runc "$@"
