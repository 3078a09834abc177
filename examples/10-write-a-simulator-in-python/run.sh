#!/usr/bin/env bash
# Starts a simulator in plain Python and trains a policy on it.
source "$(dirname "$0")/../support.sh"

start "$OUT/simulator.log" python3 -u "$example/simulator_pendulum.py" --port "${PORT:-0}"
wait_for 'the simulator' grep -q 'ws://' "$OUT/simulator.log"
url="$(grep -o 'ws://[^ ]*' "$OUT/simulator.log" | head -n 1)"
softqd pretrain --robot pendulum --task Pendulum-v1 --steps "${STEPS:-5000}" --seed 1 --out "$OUT/pendulum.safetensors" \
  --set "simulator.url=$url"
