#!/usr/bin/env bash
# Calibrates a virtual SO-101 arm whose joints are moved by a simulated hand, then moves one joint.
# The script presses Enter for you, at the times that the README describes.
source "$(dirname "$0")/../support.sh"

start_virtual --robot so101 --uncalibrated --hand-guiding --seed 3
prompted() { grep -q "\"step\":\"$1\"" "$OUT/calibrate.jsonl"; }
# The last thing that the hand reported: it rests in the middle for 6 s.
resting() { tail -n 1 "$OUT/virtual.jsonl" | grep -q '"middle"'; }
not_resting() { ! resting; }

press_enter() {
  wait_for 'the prompt for the middle' prompted middle
  wait_for 'the hand in the middle' resting
  echo
  wait_for 'the prompt for the range' prompted range
  wait_for 'the hand to start with the first joint' not_resting
  wait_for 'a whole round of the hand' resting
  echo
}
: >"$OUT/calibrate.jsonl"
press_enter | softqd calibrate --robot so101 --driver "feetech:$OUT/port" --json >>"$OUT/calibrate.jsonl"
tail -n 1 "$OUT/calibrate.jsonl"
softqd jog shoulder_pan --robot so101 --driver "feetech:$OUT/port" --to 0.3 --speed 1 --torque-off
