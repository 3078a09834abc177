#!/usr/bin/env bash
# Trains a policy in simulation, evaluates it, describes the policy file and writes the report.
source "$(dirname "$0")/../support.sh"

policy="$OUT/pendulum.safetensors"
softqd pretrain --robot pendulum --task Pendulum-v1 --steps "${STEPS:-5000}" --seed 1 --out "$policy"
softqd evaluate --policy "$policy" --episodes 10 --seed 1000 --mode best
softqd policy info "$policy"
softqd report --out "$OUT/report.html"
