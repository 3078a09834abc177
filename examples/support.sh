# Sourced by every example. Environment variables override the defaults:
#   SOFTQD    the command to run (default: node bin/softqd.js of this checkout)
#   OUT       the directory for all files (default: a new directory under /tmp)
#   STEPS     environment steps of a training
#   DURATION  seconds of a run in real time
# Any setting of docs/configuration.md can be given as its SOFTQD_... variable.
set -euo pipefail
example="$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
OUT="${OUT:-$(mktemp -d -t softqd-example-XXXXXX)}"
export SOFTQD_DATA_DIRECTORY="${SOFTQD_DATA_DIRECTORY:-$OUT/data}"
read -ra softqd_command <<<"${SOFTQD:-node $root/bin/softqd.js}"
started=()

# Prints a command and runs it.
softqd() {
  printf '\n$ softqd %s\n' "$*"
  "${softqd_command[@]}" "$@"
}

# Starts a command in the background; it is terminated when the example ends.
start() {
  local log="$1"
  shift
  printf '\n$ %s &\n' "$*"
  "$@" >"$log" 2>&1 &
  started+=("$!")
}

# Starts `softqd virtual` with its port at $OUT/port and waits until the port is there.
start_virtual() {
  start "$OUT/virtual.jsonl" "${softqd_command[@]}" virtual "$@" --symlink "$OUT/port" --json
  wait_for "the virtual robot" test -e "$OUT/port"
}

# Waits up to 60 s until a command succeeds.
wait_for() {
  local what="$1"
  shift
  for _ in $(seq 600); do
    if "$@"; then return; fi
    sleep 0.1
  done
  echo "timeout: $what; see the files in $OUT" >&2
  exit 1
}

stop_started() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
}
trap stop_started EXIT
