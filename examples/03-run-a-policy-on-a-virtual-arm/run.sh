#!/usr/bin/env bash
# Trains a policy for an SO-101 arm in simulation, then runs it over the servo bus of a virtual arm.
source "$(dirname "$0")/../support.sh"

policy="$OUT/so101.safetensors"
softqd pretrain --robot so101 --task reach --steps "${STEPS:-6000}" --seed 1 --out "$policy" --eval-every 0
start_virtual --robot so101
softqd scan --driver "feetech:$OUT/port?baud=1000000"
softqd run --robot so101 --task reach --driver "feetech:$OUT/port" --policy "$policy" --duration "${DURATION:-20}"
