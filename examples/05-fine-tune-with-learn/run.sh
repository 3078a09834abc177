#!/usr/bin/env bash
# Trains a policy in lock-step, then continues training while the robot runs in real time.
source "$(dirname "$0")/../support.sh"

policy="$OUT/reach.safetensors"
softqd pretrain --robot arm2 --task reach --steps "${STEPS:-5000}" --seed 1 --out "$policy" --eval-every 0
softqd run --robot arm2 --task reach --policy "$policy" --learn --duration "${DURATION:-60}" --json >"$OUT/run.jsonl"
tail -n 1 "$OUT/run.jsonl"
for run in "$SOFTQD_DATA_DIRECTORY"/runs/*/; do
  if [ -f "$run/policy.safetensors" ]; then softqd policy info "$run/policy.safetensors"; fi
done
