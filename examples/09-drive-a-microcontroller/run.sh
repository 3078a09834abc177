#!/usr/bin/env bash
# Starts the firmware as a virtual board, pushes its joint, and learns on it in real time.
source "$(dirname "$0")/../support.sh"

start_virtual --robot pendulum-rig
softqd jog hinge --robot pendulum-rig --driver "bridge:$OUT/port" --effort 0.02 --duration 0.3
softqd run --robot pendulum-rig --task swing-up --driver "bridge:$OUT/port" --learn --explore --duration "${DURATION:-60}"
