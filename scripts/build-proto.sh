#!/usr/bin/env bash
# proto/softqd/v1/*.proto -> src/wire/generated/messages.js + .d.ts (static ESM code) and descriptors.json (for logs).
set -euo pipefail
cd "$(dirname "$0")/.."
out=src/wire/generated
mkdir -p "$out"
npx --no-install pbjs -t static-module -w esm --dts --force-number --no-delimited -p proto -o "$out/messages.js" proto/softqd/v1/*.proto
# --force-number types 64-bit fields as numbers: without Long they are numbers when decoded, too.
cat >> "$out/messages.js" <<'JS'

$protobuf.util.Long = null;
$protobuf.configure();
JS
npx --no-install pbjs -t json -p proto -o "$out/descriptors.json" proto/softqd/v1/*.proto
