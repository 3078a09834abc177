#!/usr/bin/env bash
# Records a run in real time, then feeds the recorded readings through the control loop again and compares every command.
source "$(dirname "$0")/../support.sh"

softqd run --robot arm2 --task reach --duration "${DURATION:-5}" >/dev/null
recording=("$SOFTQD_DATA_DIRECTORY"/runs/*/log)
softqd run --robot arm2 --task reach --driver "playback:${recording[0]}" --json >"$OUT/playback.jsonl"
tail -n 1 "$OUT/playback.jsonl"
