#!/usr/bin/env bash
# Trains and evaluates a policy on a simulator in plain Python, which softqd starts.
source "$(dirname "$0")/../support.sh"

simulator="python3 '$example/simulator_pendulum.py'"
softqd pretrain --robot pendulum --task Pendulum-v1 --steps "${STEPS:-5000}" --seed 1 --out "$OUT/pendulum.safetensors" \
  --simulator "$simulator"
softqd evaluate --policy "$OUT/pendulum.safetensors" --episodes 5 --simulator "$simulator"
