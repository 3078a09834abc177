#!/usr/bin/env bash
# Records a run, shows what is in its log, exports the transitions, and computes the return of each episode from them.
source "$(dirname "$0")/../support.sh"

softqd run --robot pendulum --task Pendulum-v1 --duration "${DURATION:-25}" >/dev/null
logs=("$SOFTQD_DATA_DIRECTORY"/runs/*/log/*.mcap)
softqd log info "${logs[@]}"
softqd log export "${logs[@]}" --format csv --out "$OUT/transitions.csv"
softqd log export "${logs[@]}" --format jsonl --out "$OUT/transitions.jsonl"
node "$example/returns.mjs" "$OUT/transitions.jsonl"
