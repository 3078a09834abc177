#!/usr/bin/env bash
# proto/softqd/v1/*.proto -> src/wire/generated/messages.js + .d.ts (static ESM code) and descriptors.json (for logs).
set -euo pipefail
cd "$(dirname "$0")/.."
out=src/wire/generated
mkdir -p "$out"
npx --no-install pbjs -t static-module -w esm --dts --force-number --no-delimited -p proto -o "$out/messages.js" proto/softqd/v1/*.proto
# --force-number types 64-bit fields as numbers: without Long they are numbers when decoded and by default, too.
sed -i 's|^import $protobuf from "protobufjs/minimal.js";$|&\n\n$protobuf.util.Long = null;\n$protobuf.configure();|' "$out/messages.js"
grep -q '^$protobuf.util.Long = null;$' "$out/messages.js"
npx --no-install pbjs -t json -p proto -o "$out/descriptors.json" proto/softqd/v1/*.proto
