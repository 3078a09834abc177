#!/usr/bin/env bash
# Creates a robot directory from a URDF, checks it, and shows the settings of a task on it.
source "$(dirname "$0")/../support.sh"

softqd robot import "$example/arm.urdf" --name my-arm --out "$OUT/my-arm" --tip tool
softqd config check "$OUT/my-arm/robot.json5"
softqd config show --robot "$OUT/my-arm" --task reach --json >"$OUT/settings.json"
echo "all settings: $OUT/settings.json"
